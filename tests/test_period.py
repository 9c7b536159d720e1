from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxkit.errors import ArgumentError
from cxkit.period import Period, span

COVERAGE = (date(2025, 9, 1), date(2026, 10, 31))
labels = st.one_of(
    st.dates(date(1990, 1, 1), date(2100, 1, 1)).map(lambda d: f"{d:%Y-%m}"),
    st.dates(date(1990, 1, 1), date(2100, 1, 1)).map(lambda d: f"{d:%G-W%V}"),
    st.tuples(st.integers(1990, 2100), st.integers(1, 4)).map(lambda t: f"{t[0]}-Q{t[1]}"),
    st.integers(1990, 2100).map(str),
    st.tuples(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.integers(0, 400)).map(
        lambda t: f"{t[0]}..{t[0] + timedelta(days=t[1])}"
    ),
)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026-10", "2026-10-01", "2026-10-31"),
        ("2026-W40", "2026-09-28", "2026-10-04"),
        ("2026-W01", "2025-12-29", "2026-01-04"),
        ("2026-Q3", "2026-07-01", "2026-09-30"),
        ("2026", "2026-01-01", "2026-12-31"),
        ("2026-10-01..2026-10-15", "2026-10-01", "2026-10-15"),
        ("last-month", "2026-10-01", "2026-10-31"),
        ("last-week", "2026-10-19", "2026-10-25"),
        ("last-quarter", "2026-07-01", "2026-09-30"),
        ("last-year", "2025-01-01", "2025-12-31"),
    ],
)
def test_a_period_text_means_whole_days(text, first, last):
    period = Period.parse(text, COVERAGE)
    assert (str(period.start), str(period.last_day)) == (first, last)


def test_last_month_is_the_last_whole_one_when_the_data_end_inside_a_month():
    assert Period.parse("last-month", (date(2026, 1, 1), date(2026, 10, 30))).label == "2026-09"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2026-13", "month must be in 1..12"),
        ("2026-W54", "week"),
        ("2026-10-15..2026-10-01", "ends before it starts"),
        ("2026-02-30..2026-03-01", "day"),
        ("lastmonth", "Did you mean `last-month`?"),
        ("October", "none of 2026-10, 2026-W40"),
        ("0001-01", "none of"),
    ],
)
def test_an_impossible_period_is_refused_in_words(text, words):
    with pytest.raises(ArgumentError, match=words.replace("?", r"\?")):
        Period.parse(text, COVERAGE)


def test_last_month_needs_a_coverage_and_never_the_clock():
    with pytest.raises(ArgumentError, match="Name the period"):
        Period.parse("last-month")


@given(labels)
def test_a_label_reads_back_as_the_same_period(text):
    period = Period.parse(text)
    assert Period.parse(period.label) == period


@given(labels)
def test_the_previous_period_ends_where_the_period_starts(text):
    period = Period.parse(text)
    assert period.previous().end == period.start


@given(labels)
def test_the_year_before_keeps_the_kind_and_lies_a_year_back(text):
    period = Period.parse(text)
    before = period.year_before()
    assert before.kind == period.kind
    assert 357 <= (period.start - before.start).days <= 371


def test_the_year_before_of_a_span_of_days_keeps_the_weekdays():
    period = Period.parse("2026-10-05..2026-10-18")
    assert period.year_before().start.weekday() == period.start.weekday()


def test_an_unfinished_period_is_compared_over_the_same_days_elapsed():
    october = Period.parse("2026-10")
    elapsed = october.days_covered(date(2026, 10, 12))
    assert elapsed == 12
    assert october.previous().first_days(elapsed).label == "2026-09-01..2026-09-12"


def test_days_covered_is_0_before_and_full_after():
    october = Period.parse("2026-10")
    assert (october.days_covered(date(2026, 9, 30)), october.days_covered(date(2027, 1, 1))) == (0, 31)


@pytest.mark.parametrize(("compare", "label"), [("previous", "2026-09"), ("year", "2025-10"), ("2026-05", "2026-05")])
def test_compare_names_a_base(compare, label):
    assert Period.parse("2026-10").base(compare).label == label


def test_compare_none_has_no_base():
    assert Period.parse("2026-10").base("none") is None


def test_compare_with_a_typo_is_refused_with_the_nearest_word():
    with pytest.raises(ArgumentError, match="Did you mean `previous`"):
        Period.parse("2026-10").base("previos")


def test_a_span_over_new_year_names_both_years():
    assert span(date(2025, 12, 29), date(2026, 1, 4)) == "29 December 2025 – 4 January 2026"
