"""measure and compare on small data that can be checked by hand, and against brute force in pandas."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cxkit as cx
from cxkit.areas import engagement
from cxkit.areas.value import orders
from cxkit.engine.duckdb import words
from cxkit.errors import ArgumentError
from cxkit.measurement.query import sums_query

SETTINGS = {
    "timezone": "UTC",
    "currency": "EUR",
    "key_events": ["purchase"],
    "tables": {"events": {"from": "2026-08-01", "to": "2026-10-31"}},
}
SHOP = {"timezone": "UTC", "currency": "EUR", "guests": "keep"}
OCTOBER = cx.Period.parse("2026-10")
SEPTEMBER = OCTOBER.previous()


def visits(rows: list[tuple[str, str, str, str]], until: str = "2026-10-31") -> object:
    """A source with one event a row: visitor, day, device, event name."""
    frame = pd.DataFrame(rows, columns=["visitor_id", "day", "device_class", "event_name"])
    frame = frame.assign(
        event_id=[str(n) for n in range(len(frame))],
        event_at=pd.to_datetime(frame.pop("day") + "T12:00:00Z"),
        session_id=[f"s{n}" for n in range(len(frame))],
        surface="web",
        page="/",
    )
    covered = {"tables": {"events": {"from": "2026-08-01", "to": until}}}
    return cx.open_data({"events": frame}, settings=SETTINGS | covered)


def one(frame: pd.DataFrame) -> pd.Series:
    assert len(frame) == 1
    return frame.iloc[0]


FEW = [
    ("a", "2026-10-01", "mobile", "page_view"),
    ("a", "2026-10-02", "mobile", "purchase"),
    ("b", "2026-10-02", "desktop", "page_view"),
    ("b", "2026-09-05", "desktop", "purchase"),
    (None, "2026-10-03", "mobile", "page_view"),
]


def test_a_rate_carries_numerator_denominator_and_independent_units():
    row = one(cx.measure(visits(FEW), engagement.SESSION_CONVERSION_RATE, OCTOBER))
    assert (row.value, row.numerator, row.denominator, row.n_units) == (pytest.approx(1 / 3), 1, 3, 2)


def test_a_metric_per_cluster_counts_a_visitor_once():
    row = one(cx.measure(visits(FEW), engagement.USER_CONVERSION_RATE, OCTOBER))
    assert (row.value, row.numerator, row.denominator) == (0.5, 1, 2)


def test_a_change_is_current_minus_base_and_names_the_base():
    row = one(cx.compare(visits(FEW), engagement.SESSION_CONVERSION_RATE, OCTOBER, SEPTEMBER))
    assert row.base_period == "2026-09"
    assert row.difference == pytest.approx(1 / 3 - 1)


def test_too_few_visitors_give_no_verdict_but_the_reason():
    row = one(cx.compare(visits(FEW), engagement.SESSION_CONVERSION_RATE, OCTOBER, SEPTEMBER))
    assert row.verdict == "can't tell"
    assert row.shortfall == "n = 2, needs 30"
    assert "low_n" in row["flags"]


def test_segments_are_the_values_of_a_column_and_missing_is_none():
    frame = cx.measure(visits(FEW), engagement.SESSIONS, OCTOBER, by="device_class")
    assert dict(zip(frame.segment, frame.value, strict=True)) == {"device_class=desktop": 1, "device_class=mobile": 2}


def test_a_segment_parameter_keeps_only_its_rows():
    row = one(cx.measure(visits(FEW), engagement.SESSIONS, OCTOBER, segment="device_class=mobile"))
    assert (row.value, row.segment) == (2, "device_class=mobile")


def test_by_day_gives_every_day_of_the_period_also_the_empty_ones():
    frame = cx.measure(visits(FEW), engagement.SESSIONS, OCTOBER, by="day")
    assert len(frame) == 31
    assert frame.value.sum() == 3
    assert frame.value[4] == 0


def test_no_denominator_gives_nan_with_a_flag_never_zero():
    row = one(cx.measure(visits(FEW), engagement.BOUNCE_RATE, cx.Period.parse("2026-08")))
    assert "off" in row["flags"]  # engagement_time_s was not supplied
    row = one(cx.measure(visits(FEW), engagement.SESSION_CONVERSION_RATE, cx.Period.parse("2026-08")))
    assert np.isnan(row.value)
    assert "empty_denominator" in row["flags"]


def test_a_zero_numerator_is_a_real_zero_with_an_interval():
    rows = [(f"v{n}", "2026-10-02", "mobile", "page_view") for n in range(40)]
    row = one(cx.measure(visits(rows), engagement.SESSION_CONVERSION_RATE, OCTOBER))
    assert row.value == 0
    assert 0 < row.ci_high < 0.2


def test_a_missing_column_switches_the_metric_off_and_is_named():
    row = one(cx.compare(visits(FEW), engagement.BOUNCE_RATE, OCTOBER, SEPTEMBER))
    assert row.verdict == "off"
    assert row.exclusion_reasons == "needs events.engagement_time_s"


def test_an_unfinished_period_is_flagged_and_compared_over_the_days_elapsed():
    rows = [("a", "2026-09-08", "mobile", "page_view"), ("b", "2026-09-20", "mobile", "page_view")]
    row = one(cx.compare(visits(rows, until="2026-10-10"), engagement.SESSIONS, OCTOBER, SEPTEMBER))
    assert "unfinished" in row["flags"]
    assert row.base_value == 1  # 1 to 10 September only
    assert row.base_period == "2026-09"


def test_a_base_before_the_data_began_is_no_base_and_no_rise_from_zero():
    july = cx.Period.parse("2026-07")
    row = one(cx.compare(visits(FEW), engagement.SESSIONS, OCTOBER, july))
    assert row.verdict == "no base"
    assert np.isnan(row.difference)


def test_overlapping_periods_are_refused():
    with pytest.raises(ArgumentError, match="overlap"):
        cx.compare(visits(FEW), engagement.SESSIONS, OCTOBER, cx.Period.parse("2026-10-15..2026-11-15"))


def test_an_unknown_grouping_names_the_nearest_column():
    with pytest.raises(ArgumentError, match="Did you mean `device_class`"):
        cx.measure(visits(FEW), engagement.SESSIONS, OCTOBER, by="device_clas")


def test_grouping_reaches_the_customer_s_columns():
    customers = pd.DataFrame({"customer_id": ["c1", "c2"], "country": ["PL", "DE"]})
    bought = pd.DataFrame(
        {
            "order_id": ["1", "2", "3"],
            "customer_id": ["c1", "c2", None],
            "ordered_at": pd.to_datetime(["2026-10-01T10:00Z"] * 3),
            "status": "paid",
            "net_amount": [10.0, 20.0, 30.0],
            "currency": "EUR",
        }
    )
    covered = {"tables": {"orders": {"from": "2026-10-01", "to": "2026-10-31"}}}
    source = cx.open_data({"customers": customers, "orders": bought}, settings=SHOP | covered)
    frame = cx.measure(source, orders.AVERAGE_ORDER_VALUE, OCTOBER, by="country")
    assert dict(zip(frame.segment, frame.value, strict=True)) == {
        "country=DE": 20,
        "country=PL": 10,
        "country=none": 30,
    }


def test_rows_left_out_are_counted_with_their_reason():
    customers = pd.DataFrame({"customer_id": ["c1"]})
    bought = pd.DataFrame(
        {
            "order_id": ["1", "2"], "customer_id": ["c1", None], "status": "paid", "net_amount": 5.0, "currency": "EUR",
            "ordered_at": pd.to_datetime(["2026-10-01T10:00Z"] * 2),
        }
    )  # fmt: skip
    covered = {"tables": {"orders": {"from": "2026-10-01", "to": "2026-10-31"}}}
    source = cx.open_data({"customers": customers, "orders": bought}, settings=SHOP | covered)
    row = one(cx.measure(source, orders.PURCHASE_FREQUENCY, OCTOBER))
    assert (row.n_excluded, row.exclusion_reasons) == (1, "no customer_id: 1")


random_visits = st.lists(
    st.tuples(
        st.sampled_from([*"abcdefgh", None]),
        st.dates(SEPTEMBER.start, OCTOBER.last_day).map(str),
        st.sampled_from(["mobile", "desktop"]),
        st.sampled_from(["page_view", "purchase"]),
    ),
    min_size=1,
    max_size=40,
).filter(lambda rows: any(row[0] for row in rows))


@settings(max_examples=10, deadline=None)
@given(random_visits)
def test_sums_over_visitors_and_across_periods_equal_brute_force(rows):
    found = one(cx.compare(visits(rows), engagement.SESSION_CONVERSION_RATE, OCTOBER, SEPTEMBER))
    frame = pd.DataFrame(rows, columns=["visitor", "day", "device", "event"]).dropna(subset="visitor")
    for prefix, month in (("", "2026-10"), ("base_", "2026-09")):
        part = frame[frame.day.str.startswith(month)]
        assert found[f"{prefix}denominator"] == len(part)
        assert found[f"{prefix}numerator"] == (part.event == "purchase").sum()
        assert found[f"{prefix}n_units"] == part.visitor.nunique()


@settings(max_examples=5, deadline=None)
@given(random_visits)
def test_segments_of_a_count_add_up_to_the_whole(rows):
    source = visits(rows)
    whole = one(cx.measure(source, engagement.SESSIONS, OCTOBER)).value
    assert cx.measure(source, engagement.SESSIONS, OCTOBER, by="device_class").value.sum() == whole


def test_habits_of_people_in_both_periods_do_not_count_as_chance():
    """The same 60 visitors behave the same in both months: with them recognised the difference is known exactly."""
    rows = [
        (f"v{v}", f"{month}-{day:02}", "mobile", "purchase" if v < 20 else "page_view")
        for v in range(60)
        for month in ("2026-09", "2026-10")
        for day in range(1, 2 + v % 5)
    ]
    row = one(cx.compare(visits(rows), engagement.SESSION_CONVERSION_RATE, OCTOBER, SEPTEMBER))
    assert row.difference == 0
    assert row.difference_high - row.difference_low == pytest.approx(0, abs=1e-6)
    assert row.ci_high - row.ci_low > 0.1


def test_a_figure_is_the_same_beside_others_of_its_name():
    rates = [
        replace(engagement.SESSION_CONVERSION_RATE, id=name) for name in ("Bounce", "bounce", "bounce_1", "page 7")
    ]
    frame = cx.measure(visits(FEW), [*rates, rates[0]], OCTOBER)
    alone = one(cx.measure(visits(FEW), engagement.SESSION_CONVERSION_RATE, OCTOBER))
    assert sorted(frame.metric_id) == ["Bounce", "Bounce", "bounce", "bounce_1", "page 7"]
    assert alone.denominator > 0
    assert (frame.numerator == alone.numerator).all() and (frame.denominator == alone.denominator).all()


def test_sums_are_named_after_their_metric():
    sql = sums_query("sessions", [engagement.BOUNCE_RATE, engagement.SESSIONS], "''", "true")
    assert {"n1_bounce_rate", "d0_bounce_rate", "n1_sessions"} <= words(sql)
