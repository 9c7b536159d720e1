"""The churn and value notebooks on data at the edge: every cell runs and says what it can, nothing raises or warns."""

import json
import sys
from pathlib import Path

import pytest

from cxkit.commands import main

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests" / "helpers"))
from small_clubs import write_club, write_shop  # noqa: E402


def run_cells(name: str, **parameters) -> list:
    """What each code cell of a notebook gives, run in this process."""
    cells = [
        c for c in json.loads((ROOT / "notebooks" / f"{name}.ipynb").read_text())["cells"] if c["cell_type"] == "code"
    ]
    space: dict = {}
    shown = []
    for cell in cells:
        *lines, last = _statements("".join(cell["source"]))
        exec("\n".join(lines), space)
        if "parameters" in cell["metadata"].get("tags", []):
            exec(last, space)
            space |= parameters
        else:
            try:
                shown.append(eval(last, space))
            except SyntaxError:
                exec(last, space)
    return [block for block in shown if hasattr(block, "to_text")]


def _statements(source: str) -> list[str]:
    import ast

    return [ast.get_source_segment(source, node) for node in ast.parse(source).body]


CLUBS = {
    "nobody is a member": lambda folder: write_shop(folder, 30, 2),
    "one member": lambda folder: write_club(folder, 1, "nobody"),
    "one member, gone": lambda folder: write_club(folder, 1, "everybody"),
    "nobody leaves": lambda folder: write_club(folder, 80, "nobody"),
    "everybody leaves": lambda folder: write_club(folder, 80, "everybody"),
    "half leave": lambda folder: write_club(folder, 80, "half"),
}


@pytest.mark.parametrize("club", CLUBS)
def test_churn(club, tmp_path):
    since = "" if club == "nobody leaves" else "2026-01-15"
    blocks = run_cells("churn", data=str(CLUBS[club](tmp_path / "club")), period="2026-02", since=since)
    text = "\n".join(block.to_text() for block in blocks)
    assert len(blocks) >= 25
    assert "nan" not in text.lower().replace("financ", ""), text
    for block in blocks:
        assert block.to_html()


SHOPS = {
    "no orders": lambda folder: write_club(folder, 20, "half"),
    "one customer": lambda folder: write_shop(folder, 1, 1),
    "one customer, again": lambda folder: write_shop(folder, 1, 3),
    "nobody returns": lambda folder: write_shop(folder, 60, 1),
    "everybody returns": lambda folder: write_shop(folder, 60, 3),
    "near-daily": lambda folder: write_shop(folder, 40, 100, gap=1),
}


@pytest.mark.parametrize("shop", SHOPS)
def test_clv(shop, tmp_path):
    blocks = run_cells("clv", data=str(SHOPS[shop](tmp_path / "shop")), period="2026-02")
    text = "\n".join(block.to_text() for block in blocks)
    assert len(blocks) >= 20
    assert " nan " not in text, text
    for block in blocks:
        assert block.to_html()


@pytest.mark.slow
@pytest.mark.parametrize("case", ["one member", "everybody leaves"])
def test_as_a_report(case, tmp_path):
    folder = CLUBS[case](tmp_path / "club")
    code = main(["report", "--data", str(folder), "--period", "2026-02", "--only", "churn,clv", "--out", str(tmp_path / "out"),
                 "--notebooks", str(ROOT / "notebooks"), "--jobs", "1"])  # fmt: skip
    assert code == 0
    for name in ("churn", "clv"):
        page = (tmp_path / "out" / "2026-02" / f"{name}.html").read_text()
        assert "Traceback" not in page
        assert "What this cannot tell you" in page
