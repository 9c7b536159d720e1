"""An import as the command line runs it, on files written here in the vendors' formats."""

import json
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from cxkit.commands import make_parser
from cxkit.errors import CxError

KEY = "a key for the tests, long enough"


@dataclass
class Brought:
    """What an import left behind."""

    code: int
    said: str
    out: Path

    def table(self, name: str) -> pd.DataFrame:
        return pd.read_csv(self.out / f"{name}.csv", dtype=str, keep_default_na=False)

    @property
    def accounts(self) -> list[dict]:
        return json.loads((self.out / "_import" / "log.json").read_text())[-1]["accounts"]

    @property
    def rejects(self) -> pd.DataFrame:
        return pd.read_csv(self.out / "_import" / "rejects.csv", dtype=str, keep_default_na=False).drop(
            columns="file_key"
        )


def run_command(arguments: list[str]) -> tuple[int, str]:
    """The exit code, and the message of an error. Anything but a CxError is a bug and fails the test."""
    parser, _ = make_parser("import")
    given = parser.parse_args(["import", *arguments])
    try:
        return given.run(given), ""
    except CxError as error:
        return 2, str(error)


@pytest.fixture
def bring(tmp_path, monkeypatch, capsys):
    """bring("vendor", {"file.csv": text or bytes}, "--option", …) -> Brought"""
    monkeypatch.setenv("CXKIT_KEY", KEY)
    out = tmp_path / "out"

    def bring(vendor: str, files: dict[str, str | bytes], *options: str) -> Brought:
        folder = tmp_path / "in"
        folder.mkdir(exist_ok=True)
        paths = []
        for name, content in files.items():
            path = folder / name
            path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
            if not name.startswith("map"):
                paths.append(str(path))
        maps = ["--map", str(folder / "map.yml")] if "map.yml" in files else []
        code, error = run_command([vendor, *paths, "--out", str(out), *maps, *options])
        return Brought(code, capsys.readouterr().out + error, out)

    return bring


def balanced(account: dict) -> bool:
    """Rows in = rows out + rows gone, by reason."""
    gone = sum(sum(account[name].values()) for name in ("left_out", "merged", "rejected"))
    return account["rows_read"] + sum(account["reshaped"].values()) - gone == account["rows_out"]
