"""The standard charts on data that would give people away."""

import pandas as pd

import cxkit as cx
from cxkit.areas import engagement
from cxkit.metric import catalogue
from cxkit.report.notebook.notebook import Report

OCTOBER = cx.Period.parse("2026-10")


def report_of(visitors_a_day: int) -> Report:
    """A report on a month in which as many people come every day."""
    days = pd.date_range("2026-10-01", "2026-10-31", tz="UTC")
    rows = [(f"{day:%d}-{n}", day + pd.Timedelta(hours=9)) for day in days for n in range(visitors_a_day)]
    events = pd.DataFrame(rows, columns=["visitor_id", "event_at"])
    events = events.assign(
        event_id=events.visitor_id, session_id=events.visitor_id, event_name="page_view", surface="web", page="/"
    )
    return Report(cx.open_data({"events": events}, settings={"timezone": "UTC", "currency": "EUR"}), OCTOBER, None)


def test_days_of_few_people_are_not_drawn_one_by_one_and_the_caption_says_so():
    figure = report_of(3).trend(engagement.SESSIONS)
    assert figure.wide == ""
    assert "Most days have fewer than 10 people" in figure.caption


def test_days_of_few_people_are_drawn_by_month_where_the_data_reach_back():
    report = cx.open_report("data/sample", "2026-10")
    figure = report.trend(catalogue()["installs"])
    assert "By month" in figure.caption
    assert figure.caption.startswith("Installs in October 2026: 71.")
    numbers = figure.numbers
    assert len(numbers) == 12
    assert numbers["value"].iloc[-1] == 71


def test_days_of_enough_people_are_drawn():
    figure = report_of(12).trend(engagement.SESSIONS)
    assert "<svg" in figure.wide
    assert figure.caption.startswith("Sessions in October 2026: 372.")
