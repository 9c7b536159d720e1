"""`cxkit check` on the dirty sample: each fault of faults.yml with its count and first place, and nothing else; a report counts the same."""

import json
import shutil

import nbformat
import pandas as pd
import pytest
import yaml

from cxkit.blocks import MIME
from cxkit.commands import main
from cxkit.dataset.source import open_data
from cxkit.sample.dirty import write_dirty
from cxkit.sample.write import write_csv

REASONS = {
    "empty required cell": "no {column}",
    "value outside its list": "{column} not in its list",
    "malformed": "{column} malformed",
    "below its minimum": "{column} below 0",
    "not above its bound": "{column} not above 0",
    "above its maximum": "{column} above {bound}",
    "time without time zone": "{column} without time zone",
    "second currency": "currency is not EUR",
    "duplicate row": "exact duplicate",
    "same key, other content": "shares its key with a row that differs",
    "line with too many fields": "line cannot be read",
    "refund before order": "breaks the rule: an order is refunded after it is placed",
    "reply before contact": "breaks the rule: a reply follows the contact",
    "solution after the export": "breaks the rule: a solution comes before the export",
    "outside its scale": "breaks the rule: an answer lies within its scale",
    "scale of another version": "breaks the rule: effort in its second form (ces2) is asked on 1 to 7",
    "answer before invitation": "breaks the rule: a response is sent after it is begun",
    "employee with a customer": "breaks the rule: employees carry no customer",
    "end before start": "breaks the rule: a term ends after it begins",
    "counts read before the post": "breaks the rule: counts are read after a post is published",
    "answer before mention": "breaks the rule: an answer follows the mention",
}
TYPES = {"net_amount": "an amount", "term_no": "a whole number", "consent_marketing": "true or false"}
BOUNDS = {"margin_share": 1, "confidence": 1, "seq": 7}
TOLD = {
    "time in the future": "later than the period that dataset.yml states",
    "open before delivery": "earlier than their message was sent",
    "reference that leads nowhere": "are found in customers.customer_id",
    "personal data in a text": "an e-mail address or a phone number in `text`",
    "delivered is not sent less bounces": "delivered is sent less bounces",
    "unique clicks above all clicks": "unique clicks are no more than all clicks",
    "clicks above impressions": "clicks are no more than impressions",
    "direct identifier, not in the contract": "column `email` is not in the contract and was left out; it looks like",
    "column not in the contract": "column `colour` is not in the contract",
}
WITHHELD = ("no consent to analysis", "erased", "staff or test")


@pytest.fixture(scope="module")
def folder(sample, tmp_path_factory):
    folder = tmp_path_factory.mktemp("dirty")
    write_dirty(sample, folder)
    return folder


@pytest.fixture(scope="module")
def faults(folder):
    return yaml.safe_load((folder / "faults.yml").read_text(encoding="utf-8"))["faults"]


def checked(folder, capsys, exit_code):
    assert main(["check", "--data", str(folder), "--json"]) == exit_code
    return json.loads(capsys.readouterr().out)


def reason(fault):
    column = fault["column"]
    if fault["kind"] == "wrong type":
        return f"{column} is not {TYPES.get(column, 'a day')}"
    return REASONS[fault["kind"]].format(column=column, bound=BOUNDS.get(column))


def place(fault):
    first = min(fault["lines"])
    return f"{fault['file']}, {'row' if fault['file'].endswith('.parquet') else 'line'} {first:,}"


def is_left_out(fault):
    return fault["kind"] not in TOLD and fault["count"]


def left_out(found):
    return {
        (table["name"], reject["reason"], reject["rows"], reject["first"])
        for table in found["tables"]
        for reject in table["rejects"]
        if not reject["reason"].startswith(WITHHELD)
    }


def told(found):
    notes = [f"{table['name']}: {note}" for table in found["tables"] for note in table["notes"]]
    return {line for line in [*found["warnings"], *notes] if ": no row from " not in line}  # of days without rows


def test_each_planted_fault_is_found_at_its_place_and_nothing_else(folder, faults, capsys, root):
    clean, dirty = checked(root / "data" / "sample", capsys, 0), checked(folder, capsys, 2)
    assert left_out(clean) == told(clean) == set()
    assert left_out(dirty) == {(f["table"], reason(f), f["count"], place(f)) for f in faults if is_left_out(f)}
    lines = told(dirty)
    for fault in (f for f in faults if f["kind"] in TOLD):
        (line,) = (line for line in lines if line.startswith(fault["table"]) and TOLD[fault["kind"]] in line)
        if fault["count"]:
            assert place(fault) in line
        if fault["count"] and fault["kind"] != "reference that leads nowhere":
            assert f"{fault['count']} " in line
        lines.remove(line)
    assert lines == set()
    (broken,) = [table for table in dirty["tables"] if table["faults"]]
    (fault,) = broken["faults"]
    assert fault.startswith("referrals: column `observed_until` is missing (referrals.csv).")


def test_references_that_lead_nowhere_are_counted_as_by_hand(folder, faults, capsys):
    (link,) = (
        link for link in checked(folder, capsys, 2)["links"]
        if link["column"] == "tickets.customer_id"
    )  # fmt: skip
    source = open_data(folder)
    asked = source.sql("select customer_id from tickets where customer_id is not null").customer_id
    strangers = asked.str.startswith("c-nobody-")
    known = asked.isin(source.sql("select customer_id from customers").customer_id)
    assert (link["rows"], link["matched"], link["level"]) == (len(asked), known.sum(), "warning")
    planted = {line for f in faults if f["kind"] == "reference that leads nowhere" for line in f["lines"]}
    written = pd.read_csv(folder / "tickets.csv", dtype=str).customer_id.str.startswith("c-nobody-", na=False)
    assert written.sum() == len(planted) >= strangers.sum() > 0.9 * len(planted)  # some are of people who refused


@pytest.mark.slow
def test_the_report_leaves_out_what_the_check_does(sample, folder, tmp_path, capsys, root):
    """Once the missing column is there, as the check asks, a report is made and counts the same."""
    data = tmp_path / "mended"
    shutil.copytree(folder, data)
    write_csv(sample.tables["referrals"], "referrals", data / "referrals.csv")
    found = checked(data, capsys, 0)
    out = tmp_path / "reports"
    arguments = [
        "--data",
        data,
        "--period",
        "2026-10",
        "--only",
        "engagement",
        "--out",
        out,
        "--notebooks",
        root / "notebooks",
    ]
    assert main(["report", *map(str, arguments)]) == 0
    notebook = nbformat.read(out / "2026-10" / "engagement.ipynb", as_version=4)
    blocks = [
        output.data[MIME]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if MIME in output.get("data", {})
    ]
    (quality,) = (block for block in blocks if block["block"] == "quality")
    expected = [[t["name"], r["reason"], r["rows"]] for t in found["tables"] for r in t["rejects"]]
    assert sorted(quality["left_out"]) == sorted(expected)
    assert quality["rows_read"] == sum(table["rows_read"] for table in found["tables"])
    assert quality["rows_used"] == sum(table["rows_used"] for table in found["tables"])
    notes = {f"{table['name']}: {note}" for table in found["tables"] for note in table["notes"]}
    assert notes <= set(quality["notes"])
