"""The index over all reports reads what they keep."""

import pytest
from made_up import row

from cxkit.report.kept import manifest
from cxkit.report.page.overview import find, history, render_overview, write_overview
from cxkit.report.run.assemble import METRIC_COLUMNS
from cxkit.report.wording.files import write_csv


def report(out, period, value, name="", made_at="2026-11-01T00:00:00Z", state="done", more=(), **changes):
    folder = out / (name or period)
    folder.mkdir(parents=True)
    rows = [
        row(value=value, period=period, period_start=f"{period}-01", **changes),
        row(segment="device_class=mobile"),
        row("open_rate"),
    ]
    write_csv(folder / "metrics.csv", METRIC_COLUMNS, rows)
    entry = {"state": state, "headline": ["click_rate"]}
    manifest.write(
        folder,
        {"made_at": made_at, "period": period, "data": {"name": "shop"}, "notebooks": {"email": entry}, **dict(more)},
    )


@pytest.fixture
def out(tmp_path):
    report(tmp_path, "2026-08", 0.04)
    report(tmp_path, "2026-09", 0.05, state="failed")
    report(tmp_path, "2026-10", 0.06)
    report(tmp_path, "2026-10", 0.07, name="again", made_at="2026-11-02T00:00:00Z")
    report(tmp_path, "2026-11", 0.01, flags="unfinished")
    (tmp_path / "notes").mkdir()
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "manifest.json").write_text("{")
    return tmp_path


def test_headline_figures_over_time_are_those_of_finished_periods_and_of_the_newest_report_on_each(out):
    frame = history(find(out))
    assert frame.metric_id.unique().tolist() == ["click_rate"]
    assert frame.set_index("period_start").value.to_dict() == {
        "2026-08-01": 0.04,
        "2026-09-01": 0.05,
        "2026-10-01": 0.07,
    }


def test_the_page_lists_every_report_newest_first_with_its_failures_and_one_figure(out):
    page = write_overview(out).read_text()
    links = ["2026-11/index.html", "again/index.html", "2026-10/index.html", "2026-09/index.html", "2026-08/index.html"]
    places = [page.index(f'href="{link}"') for link in links]
    assert places[0] == min(places) and places[-1] == max(places)
    assert "1 failed: email" in page and "broken" not in page and "<script" not in page
    assert page.count("<figure") == 1 and "Click rate rose" in page
    assert not list(out.glob(".index-*"))
    assert places[-1] < page.index("<figure"), "the way to a report comes before the pictures"
    assert "made on 2\xa0November\xa02026" in page
    assert "<nav" not in page, "one heading needs no list of contents"


def test_one_period_needs_no_figure_and_none_no_reports(tmp_path):
    assert "There are no reports yet." in render_overview(find(tmp_path))
    report(tmp_path, "2026-08", 0.04)
    assert "<figure" not in render_overview(find(tmp_path))


def test_money_has_its_currency_and_numbers_the_locale_of_the_newest_report(tmp_path):
    more = {"currency": "EUR", "locale": "de"}
    for period, value in {"2026-08": 1200.5, "2026-09": 1230.0, "2026-10": 1240.0}.items():
        report(tmp_path, period, value, unit="money", ci_low=value - 9, ci_high=value + 9, more=more)
    page = write_overview(tmp_path).read_text()
    assert "1.240\xa0€" in page and "Money in EUR." in page
    assert page.count('/metrics.csv"') == 3
