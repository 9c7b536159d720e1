"""The notebooks on e-mail and the app, cell by cell: on the sample, on data without their tables, and with columns missing."""

import nbformat
import pandas as pd
import pytest

import cxkit as cx
from cxkit.areas.email import charts as pictures
from cxkit.blocks import MIME, Block
from cxkit.metric import areas

OCTOBER = {"period": "2026-10", "compare": "previous", "segment": "", "conf_level": 0.95}
BARE = pd.DataFrame({"order_id": ["1"], "customer_id": ["c"], "ordered_at": ["2026-10-02T10:00:00Z"], "status": ["paid"], "net_amount": [1.0], "currency": ["EUR"]})  # fmt: skip


@pytest.fixture(scope="module")
def shop(root):
    return cx.open_data(root / "data" / "sample")


def run(root, name: str, **parameters) -> list[dict]:
    """What each cell shows, as JSON, in the order of the notebook; the parameters cell is left out."""
    notebook = nbformat.read(root / "notebooks" / f"{name}.ipynb", as_version=4)
    names, shown = {**OCTOBER, **parameters}, []
    for cell in notebook.cells:
        if cell.cell_type != "code" or "parameters" in cell.metadata.get("tags", []):
            continue
        lines = cell.source.split("\n")
        start = next((n for n, line in reversed(list(enumerate(lines))) if line[:1] not in (" ", ")", "]")), 0)
        if "setup" in cell.metadata.get("tags", []):
            exec(cell.source, names)
            continue
        exec("\n".join(lines[:start]), names)
        block = eval("\n".join(lines[start:]), names)
        assert isinstance(block, Block)
        shown.append(block._repr_mimebundle_()[MIME])
    return shown


def measured(blocks: list[dict]) -> set[str]:
    """Ids of the metrics that stand in a measured block and so come into metrics.csv."""
    found = set()
    for block in blocks:
        if "measurements" in block:
            place = block["measurements"]["columns"].index("metric_id")
            found |= {row[place] for row in block["measurements"]["rows"]}
    return found


@pytest.mark.parametrize("name", ["email", "app"])
def test_every_figure_of_the_area_comes_into_metrics_csv(root, shop, name):
    blocks = run(root, name, data=shop)
    assert {metric.id for metric in areas()[name]} <= measured(blocks)
    terms = next(block for block in blocks if block["block"] == "definitions")["terms"]
    assert {metric.id for metric in areas()[name]} <= {term["id"] for term in terms}


@pytest.mark.parametrize("name", ["email", "app"])
def test_without_the_tables_it_runs_to_the_end_and_names_what_is_off(root, name):
    source = cx.open_data({"orders": BARE}, settings={"guests": "keep"})
    blocks = run(root, name, data=source)
    quality = next(block for block in blocks if block["block"] == "quality")
    assert len(quality["off"]) > 5
    assert all("needs" in reason for _, reason in quality["off"])


def test_with_totals_alone_the_rates_stand(root):
    sent = {
        "campaign_id": "t",
        "channel": "email",
        "sent_at": "2026-10-05T10:00:00Z",
        "n_sent": 1000,
        "n_delivered": 990,
        "n_unique_click": 50,
    }
    settings = {"tables": {"campaigns": {"from": "2026-09-01", "to": "2026-10-31"}}}
    blocks = run(root, "email", data=cx.open_data({"campaigns": pd.DataFrame([sent])}, settings=settings))
    rows = blocks[0]["measurements"]
    first = dict(zip(rows["columns"], rows["rows"][0], strict=True))
    assert (first["metric_id"], first["numerator"], first["denominator"]) == ("click_rate", 50, 990)


def test_a_segment_and_no_base_run_to_the_end(root, shop):
    assert run(root, "email", data=shop, segment="mail_client=gmail", compare="none")
    assert run(root, "app", data=shop, segment="surface=android", compare="none")


def test_a_segment_that_messages_do_not_know_switches_them_off_by_name(root, shop):
    blocks = run(root, "email", data=shop, segment="surface=android", compare="none")
    off = dict(next(block for block in blocks if block["block"] == "quality")["off"])
    assert off["Click rate"] == "mails cannot be chosen by surface"


def test_click_to_open_is_flagged_where_machines_open_much(root, shop):
    frame = pictures.opens(cx.open_report(shop, "2026-10")).payload["measurements"]
    rows = [dict(zip(frame["columns"], row, strict=True)) for row in frame["rows"]]
    assert {row["metric_id"]: row["flags"] for row in rows}["click_to_open_rate"].endswith("machine_opens")
