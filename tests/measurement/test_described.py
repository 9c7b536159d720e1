"""A figure that a plain function computes stands in the same frame, catalogue and page as any metric."""

import numpy as np
import pandas as pd
import pytest

import cxkit as cx
from cxkit.catalogue.page import describe
from cxkit.errors import ArgumentError
from cxkit.metric import Described
from cxkit.row import COLUMNS, PART_COLUMNS, Row, Side
from cxkit.segment import Segment
from cxkit.stats import empty_change

OCTOBER = cx.Period.parse("2026-10")


def longest(ask):
    """Rows in the two periods, by hand."""
    days = ask.source.sql("select cast(ordered_at as date) as day from orders").day
    now, then = (
        float(((days >= pd.Timestamp(p.start)) & (days < pd.Timestamp(p.end))).sum()) if p else np.nan
        for p in (ask.period, ask.base)
    )
    change = empty_change("")._replace(difference=now - then)
    return [Row(segment=Segment.parse("all=1"), now=Side(now), base=Side(then), change=change)]


FIGURE = Described(
    id="longest", title="Longest", function=longest, unit="count", definition="x", source="own", needs=("orders.ordered_at",)
)  # fmt: skip


def shop(until: str = "2026-10-31"):
    frame = pd.DataFrame(
        {
            "order_id": ["1", "2", "3"],
            "ordered_at": pd.to_datetime(["2026-09-05T10:00Z", "2026-10-02T10:00Z", "2026-10-03T10:00Z"]),
            "status": "paid", "net_amount": 5.0, "currency": "EUR",
        }
    )  # fmt: skip
    covered = {"orders": {"from": "2026-09-01", "to": until}}
    return cx.open_data({"orders": frame}, settings={"guests": "keep", "tables": covered})


def test_its_row_has_every_column_of_a_measurement():
    frame = cx.measure(shop(), FIGURE, OCTOBER)
    assert list(frame.columns) == [*COLUMNS, *PART_COLUMNS]
    row = frame.iloc[0]
    assert (row.metric_id, row.value, row.segment, row.period) == ("longest", 2, "all=1", "2026-10")


def test_without_a_test_there_is_no_verdict():
    row = cx.compare(shop(), FIGURE, OCTOBER, OCTOBER.previous()).iloc[0]
    assert (row.difference, row.base_value, row.verdict) == (1, 1, "can't tell")


def test_an_unfinished_period_is_cut_before_the_function_sees_it():
    row = cx.compare(shop(until="2026-10-02"), FIGURE, OCTOBER, OCTOBER.previous()).iloc[0]
    assert (row.value, row.base_value) == (1, 0)  # 1 and 2 October against 1 and 2 September
    assert "unfinished" in row["flags"]


def test_a_missing_column_switches_it_off():
    events = pd.DataFrame({"event_id": ["1"], "event_at": pd.to_datetime(["2026-10-02T10:00Z"]), "event_name": "page_view",
                           "surface": "web", "visitor_id": "a"})  # fmt: skip
    row = cx.measure(cx.open_data({"events": events}), FIGURE, OCTOBER).iloc[0]
    assert (row["flags"], row.exclusion_reasons) == ("off", "needs orders.ordered_at")


def test_it_cannot_be_grouped_and_says_so():
    with pytest.raises(ArgumentError, match="longest is not a ratio"):
        cx.measure(shop(), FIGURE, OCTOBER, by="status")


def test_the_catalogue_names_its_function():
    said = describe(FIGURE)
    assert (said["recipe"], said["view"]) == ("", "")
    assert str(said["formula"]).endswith("longest")
