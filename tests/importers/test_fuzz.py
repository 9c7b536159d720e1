"""Whatever happens to a file or a map: an import works and its account adds up, or it says what is wrong. Never a traceback."""

import json
import os
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_vendors import GA, SHOPIFY

from conftest import KEY, balanced, run_command
from cxkit.importers.store import LOG_FOLDER

MAP = (Path(__file__).parents[2] / "docs" / "examples" / "maps" / "incident-log.yml").read_text()
LOG = (
    "number,incident_state,opened_at,made_sla,closed_at,caller_id,contact_type,category,priority,resolved_at,reopen_count,sys_updated_at\n"
    "INC1,Closed,29-02-2016 01:16,TRUE,05-03-2016 12:00,Caller 1,Phone,Category 5,3 - Moderate,?,0,05-03-2016 12:00\n"
    "INC2,Active,01-03-2016 01:16,FALSE,?,Caller 2,Email,Category 5,2 - High,?,1,05-03-2016 12:00\n"
)
CASES = {"shopify": SHOPIFY, "ga": GA, "generic": LOG}
PIECES = st.sampled_from(
    [
        ",",
        ";",
        '"',
        "\n",
        "\t",
        "-1",
        "1.234",
        "1,5",
        "29/02/2026",
        "31-13-2026",
        "a@b.co",
        "\u00e9",
        "\x00",
        "1E+30",
        "NaN",
        "%",
        "#",
        " ",
        "=",
        ": ",
        "- ",
        "{",
    ]
)


@st.composite
def mutated(draw, text: str) -> str:
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(text)))
        kind = draw(st.sampled_from(["insert", "delete", "cut", "swap lines", "repeat line", "replace"]))
        lines = text.splitlines(keepends=True)
        if kind == "insert":
            text = text[:at] + draw(PIECES) + text[at:]
        elif kind == "delete":
            text = text[:at] + text[at + draw(st.integers(1, 30)) :]
        elif kind == "cut":
            text = text[:at]
        elif kind == "replace":
            text = text[:at] + draw(PIECES) + text[at + 5 :]
        elif lines:
            first, second = draw(st.integers(0, len(lines) - 1)), draw(st.integers(0, len(lines) - 1))
            if kind == "repeat line":
                lines.insert(first, lines[second])
            else:
                lines[first], lines[second] = lines[second], lines[first]
            text = "".join(lines)
    return text


def check_import(vendor: str, text: str, map_text: str, encoding: str, twice: bool) -> None:
    os.environ["CXKIT_KEY"] = KEY
    with tempfile.TemporaryDirectory() as folder:
        data, map_file, out = Path(folder, "data.csv"), Path(folder, "map.yml"), Path(folder, "out")
        data.write_bytes(text.encode(encoding, "replace"))
        map_file.write_text(map_text, "utf-8")
        arguments = [
            vendor,
            str(data),
            "--out",
            str(out),
            "--timezone",
            "UTC",
            *(["--map", str(map_file)] if vendor == "generic" else []),
        ]
        code, error = run_command(arguments)
        assert (code, bool(error)) in ((0, False), (2, True))
        if code == 0:
            run = json.loads((out / LOG_FOLDER / "log.json").read_text())[0]
            assert all(map(balanced, run["accounts"]))
        if code == 0 and twice:
            files = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
            assert run_command(arguments)[0] == 0
            assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == files
        assert code == 0 or not out.exists()


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_mutated_files(data):
    vendor = data.draw(st.sampled_from(sorted(CASES)))
    text = data.draw(mutated(CASES[vendor]))
    check_import(vendor, text, MAP, data.draw(st.sampled_from(["utf-8", "utf-16", "cp1252"])), data.draw(st.booleans()))


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(mutated(MAP))
def test_mutated_maps(map_text):
    check_import("generic", LOG, map_text, "utf-8", False)
