"""Nothing of a person leaves with a report: no address, number, handle or text of theirs, and no group small enough to know them."""

import html
import io
import json
import re
import zipfile
from pathlib import Path

import nbformat
import openpyxl
import pandas as pd
import pytest

from cxkit.blocks import MIME
from cxkit.commands import main
from cxkit.dataset.source import open_data
from cxkit.disclosure.people import is_personal
from cxkit.metric import catalogue

pytestmark = pytest.mark.slow

NOTEBOOKS = "clv,engagement,social"  # one sees texts, the others count people by group
PATTERNS = {
    "e-mail address": r"[\w.+-]+@[\w-]+\.[a-z]{2,}",
    "phone number": r"\+\d(?:[ ()/-]?\d){8,}",
    "handle": r"(?<![\w/@])@(?!media\b|container\b|page\b|supports\b|font\b|keyframes\b|bottom\b)[A-Za-z_]\w{2,}",
}
COUNTS = ("n_customers", "customers", "n")  # columns of counts of people in figures and tables
K = 10


@pytest.fixture(scope="module")
def report(tmp_path_factory, root) -> Path:
    """A report on the sample, into whose texts somebody wrote an address, a number and a handle."""
    folder = tmp_path_factory.mktemp("privacy")
    data = folder / "sample"
    data.mkdir()
    for path in (root / "data" / "sample").iterdir():
        if path.is_file() and not path.name.startswith("social_mentions."):
            (data / path.name).symlink_to(path)
    mentions = open_data(root / "data" / "sample").sql(
        "select * exclude (mentioned_at_utc, answered_at_utc) from social_mentions"
    )
    mentions["text"] = mentions["text"] + " Ask jane.roe@example.org, +48 600 700 800 or @jane_roe_tea."
    settings = {"mentioned_at": "mentioned_at", "answered_at": "answered_at"}
    for column in settings:
        mentions[column] = mentions[column].dt.tz_localize("Europe/Warsaw", ambiguous=True, nonexistent="shift_forward")
    mentions.to_csv(data / "social_mentions.csv", index=False)
    arguments = [
        "--data",
        data,
        "--period",
        "2026-10",
        "--only",
        NOTEBOOKS,
        "--out",
        folder / "reports",
        "--notebooks",
        root / "notebooks",
    ]
    assert main(["report", *map(str, arguments)]) == 0
    made = folder / "reports" / "2026-10"
    assert main(["bundle", str(made), "--zip", "--html", "--xlsx", "--pptx", "--out", str(folder / "bundles")]) == 0
    return folder / "reports"


def unpacked(name: str, data: bytes) -> dict[str, bytes]:
    """The file; what it holds instead, where it is packed, as the workbooks behind the charts of slides are."""
    if not name.endswith((".zip", ".xlsx", ".pptx")):
        return {name: data}
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        parts = [unpacked(f"{name}: {part}", packed.read(part)) for part in packed.namelist()]
    return {path: content for part in parts for path, content in part.items()}


@pytest.fixture(scope="module")
def texts(report) -> dict[str, str]:
    """Every file of the report and of its bundles, with entities read; what is packed is taken out."""
    found: dict[str, bytes] = {}
    for path in (
        path for folder in (report, report.parent / "bundles") for path in folder.rglob("*") if path.is_file()
    ):
        found |= unpacked(str(path.relative_to(report.parent)), path.read_bytes())
    # Pictures and fonts are no text: a pattern would find anything in them.
    return {
        name: html.unescape(data.decode("utf-8", "replace"))
        for name, data in found.items()
        if not name.endswith((".png", ".woff2"))
    }


def test_every_kind_of_file_is_searched(texts):
    assert {Path(name).suffix for name in texts} >= {".html", ".ipynb", ".csv", ".json", ".xml"}
    assert len(texts) > 60
    assert any("xl/worksheets" in name for name in texts)
    assert any("ppt/slides" in name for name in texts)
    assert any("ppt/embeddings" in name and "xl/worksheets" in name for name in texts)


@pytest.mark.parametrize("kind", PATTERNS)
def test_no_address_number_or_handle(texts, kind):
    assert re.search(PATTERNS[kind], "Ask jane.roe@example.org, +48 600 700 800 or @jane_roe_tea.")
    assert {name: found for name, text in texts.items() if (found := re.findall(PATTERNS[kind], text))} == {}


def test_no_text_of_a_customer(texts, root):
    source = open_data(root / "data" / "sample")
    words = source.sql(
        "select text from social_mentions where text is not null union select value_text from survey_answers where value_text is not null"
    ).text
    words = [word for word in words if word.count(" ") >= 2]  # a word or two may be a name of something
    assert len(words) > 1_000
    assert [(name, word) for name, text in texts.items() for word in words if word in text] == []


def test_no_figure_of_one_to_nine_people(report):
    figures = pd.read_csv(report / "2026-10" / "metrics.csv", keep_default_na=False, na_values=[""])
    personal = figures[figures["metric_id"].map(lambda name: is_personal(catalogue().get(name)))]
    assert len(personal) > 100
    small = personal["n_units"].between(1, K - 1) | personal["base_n_units"].between(1, K - 1)
    assert personal.loc[small, ["metric_id", "segment", "n_units", "base_n_units"]].values.tolist() == []


def test_no_table_or_chart_counts_one_to_nine_people_and_none_follows_from_the_rest(report):
    seen, hidden = 0, 0
    for path in (report / "2026-10").glob("*.ipynb"):
        for cell in nbformat.read(path, as_version=4).cells:
            for output in cell.get("outputs", []):
                block = output.get("data", {}).get(MIME)
                if (
                    not block
                    or not block.get("rows")
                    or not {*_names(block)} & {*COUNTS}
                    or block.get("chart") == "funnel"
                ):
                    continue
                frame = pd.DataFrame(block["rows"], columns=_names(block))
                counts = frame[next(name for name in COUNTS if name in frame)]
                assert not pd.to_numeric(counts, errors="coerce").between(1, K - 1).any(), (
                    path.name,
                    json.dumps(block)[:200],
                )
                is_hidden = counts.isin([f"< {K}", "hidden"])
                seen, hidden = seen + 1, hidden + is_hidden.sum()
                assert is_hidden.sum() != 1, path.name  # one alone would follow from the total
    assert seen >= 3
    assert hidden >= 2


def test_no_sheet_of_the_workbook_counts_one_to_nine_people(report):
    book = openpyxl.load_workbook(next((report.parent / "bundles").glob("*.xlsx")))
    figures = pd.DataFrame(book["Figures"].values)
    figures = figures.iloc[1:].set_axis(figures.iloc[0], axis=1)
    personal = figures[figures.metric_id.map(lambda name: is_personal(catalogue().get(name)))]
    assert len(personal) > 100
    for name in ("n_units", "base_n_units"):
        assert not pd.to_numeric(personal[name]).between(1, K - 1).any()
    seen = hidden = 0
    for sheet in book.worksheets[2:]:
        heads: dict[int, str] = {}
        for row in sheet.iter_rows(values_only=True):
            said = [str(cell).lower().replace(" ", "_") for cell in row]
            if {*said} & {*COUNTS}:
                heads = {place: name for place, name in enumerate(said) if name in COUNTS}
                continue
            heads = {} if row[0] == " " else heads  # a table ends
            seen += len(heads)
            hidden += sum(row[place] == f"< {K}" for place in heads)
            assert not [
                name for place, name in heads.items() if isinstance(row[place], (int, float)) and 1 <= row[place] < K
            ]
    assert seen > 40
    assert hidden >= 3


def _names(block) -> list[str]:
    return [
        column["label"].lower().replace(" ", "_") if isinstance(column, dict) else column for column in block["columns"]
    ]
