"""Made-up measurements and notebooks for the tests of the report."""

from typing import Any

import nbformat
import pandas as pd

from cxkit.report.notebook import report_blocks
from cxkit.report.notebook.report_blocks import ReportBlock

K = 10


def row(metric_id: str = "click_rate", **changes: Any) -> dict[str, Any]:
    """One compared row, as `compare` gives it."""
    made = {
        "metric_id": metric_id, "title": metric_id.replace("_", " ").capitalize(), "value": 0.059, "unit": "share", "better": "up",
        "numerator": 16412.0, "denominator": 278160.0, "n_units": 91022, "ci_low": 0.057, "ci_high": 0.061,
        "ci_method": "delta", "conf_level": 0.95, "period": "2026-10", "period_start": "2026-10-01", "period_end": "2026-11-01",
        "timezone": "Europe/Warsaw", "segment": "", "n_excluded": 0, "exclusion_reasons": "", "flags": "", "definition_version": 1,
        "base_period": "2026-09", "base_value": 0.051, "base_numerator": 13900.0, "base_denominator": 272500.0, "base_n_units": 90110,
        "base_ci_low": 0.049, "base_ci_high": 0.053, "difference": 0.008, "difference_low": 0.005, "difference_high": 0.011,
        "relative": 0.157, "p_value": 1e-7, "test": "delta", "shortfall": "", "p_adjusted": 1e-6, "n_tests": 4, "verdict": "up",
    }  # fmt: skip
    return made | changes


def email_rows() -> list[dict[str, Any]]:
    """The four cards of the demonstration page, one of each colour, and one that is off."""
    return [
        row(),
        row("open_rate", title="Open rate, people only", value=0.314, ci_low=0.220, ci_high=0.583, difference=-0.003, difference_low=-0.009,
            difference_high=0.003, base_value=0.317, p_value=0.33, verdict="no change", numerator=87342.0),
        row("unsubscribe_rate", value=0.0041, ci_low=0.0038, ci_high=0.0043, better="down", difference=0.0009, difference_low=0.0005,
            difference_high=0.0013, base_value=0.0032, p_value=1e-5, numerator=1130.0),
        row("revenue_per_recipient", value=0.2311, unit="money", ci_low=0.19, ci_high=0.28, difference=0.02, difference_low=-0.04,
            difference_high=0.07, base_value=0.21, p_value=0.4, verdict="not finished", flags="immature", numerator=63977.0),
        row("median_reading_time", unit="seconds", value=66.4, ci_low=61.0, ci_high=71.8, difference=-12.0, difference_low=-20.0,
            difference_high=-4.0, base_value=78.0, p_value=0.004, verdict="down", better="none", numerator=None),
        row("reply_rate", value=0.09, ci_low=0.063, ci_high=0.127, difference=0.02, difference_low=-0.02, difference_high=0.05, base_value=0.07,
            p_value=None, shortfall="too few", verdict="can't tell", n_units=312, numerator=28.0, denominator=312.0, base_n_units=340),
        row("bounce_rate", title="Delivery failures", value=None, ci_low=None, ci_high=None, numerator=None, denominator=None,
            difference=None, base_value=None, p_value=None, verdict="off", flags="off", exclusion_reasons="needs message_events.bounced_at"),
    ]  # fmt: skip


def device_rows() -> list[dict[str, Any]]:
    """A breakdown, with a hidden segment and a title that tries to be HTML."""
    return [
        row(segment="device_class=desktop", value=0.071, base_value=0.060, denominator=90_000.0, numerator=6390.0),
        row(segment="device_class=mobile", value=0.052, base_value=0.0518, difference=0.0002, p_value=0.7, verdict="no change"),
        row(segment="device_class=<script>alert(1)</script>", verdict="can't tell", p_value=None, n_units=41, denominator=41.0),
        row(segment="device_class=tablet", value=None, ci_low=None, ci_high=None, numerator=None, denominator=None, difference=None,
            base_value=None, p_value=None, verdict="hidden", flags="suppressed"),
    ]  # fmt: skip


def history(last: float, unit: float) -> list[list[Any]]:
    """Nine months that end in `last`."""
    months = ["February", "March", "April", "May", "June", "July", "August", "September", "October"]
    steps = [-9, -7, -8, -5, -6, -7, -5, -6, 0]
    return [[f"{month} 2026", last + step * unit] for month, step in zip(months, steps, strict=True)]


def headline() -> ReportBlock:
    pasts = {"click_rate": history(0.059, 0.001), "open_rate": history(0.314, -0.002), "unsubscribe_rate": history(0.0041, 0.0001),
             "revenue_per_recipient": history(0.2311, 0.004), "median_reading_time": history(66.4, -1.5)}  # fmt: skip
    nouns = {
        name: "deliveries"
        for name in ("click_rate", "open_rate", "unsubscribe_rate", "revenue_per_recipient", "reply_rate")
    }
    frame = pd.DataFrame(email_rows())
    return report_blocks.measured("headline", frame, history=pasts, nouns=nouns, k=K, base_name="September 2026")


def facts() -> ReportBlock:
    period = {"label": "2026-10", "title": "October 2026", "says": "1 – 31 October 2026", "days": 31}
    base = {"label": "2026-09", "title": "September 2026", "says": "1 – 30 September 2026", "days": 30}
    payload = {"data": "sample", "title": "Made-up shop", "period": period, "base": base, "segment": "", "currency": "EUR",
               "data_to": "31 October 2026 (Europe/Warsaw)", "days_covered": 31, "k": K}  # fmt: skip
    return ReportBlock("facts", payload)


def quality() -> ReportBlock:
    payload = {
        "rows_read": 1_204_551, "rows_used": 1_204_139,
        "left_out": [["message_events", "duplicate key", 380], ["message_events", "no recipient_id", 32]],
        "tables": [["campaigns", 11, "2026-01-02", "2026-10-29"], ["message_events", 1_204_128, "2026-01-01", "2026-10-31"]],
        "off": [["Delivery failures", "needs message_events.bounced_at"]], "notes": ["39% of opens were machines."],
    }  # fmt: skip
    return ReportBlock("quality", payload)


def definitions() -> ReportBlock:
    terms = [
        {"id": "click_rate", "title": "Click rate", "definition": "Recipients with at least one human click on a content link ÷ delivered recipients.",
         "formula": "is_clicked_by_human", "view": "deliveries", "source": "Mailchimp, HubSpot", "needs": ["message_events.is_content_link"],
         "interval": "delta method on totals per recipient", "differs": "Mailchimp counts scanner clicks too, so theirs is higher.", "version": 1},
        {"id": "open_rate", "title": "Open rate, people only", "definition": "Recipients with a human open ÷ delivered recipients whose opens are known.",
         "formula": "is_opened_by_human", "view": "deliveries", "source": "own", "needs": [], "interval": "", "differs": "", "version": 1},
    ]  # fmt: skip
    return report_blocks.definitions(terms)


def shown(block: Any, source: str, tags: tuple[str, ...] = (), count: int = 1) -> nbformat.NotebookNode:
    """A code cell that shows a block."""
    output = nbformat.v4.new_output("execute_result", data=block._repr_mimebundle_(), execution_count=count)
    return nbformat.v4.new_code_cell(source, outputs=[output], execution_count=count, metadata={"tags": list(tags)})


def chart() -> Any:
    """A trend with events, as a notebook draws it."""
    from cxkit import charts

    days = pd.date_range("2026-10-01", periods=31)
    rates = [0.052 + 0.004 * ((day.day * 7) % 5) / 5 + (0.009 if day.day > 18 else 0) for day in days]
    frame = pd.DataFrame({"day": days, "value": rates})
    frame = frame.assign(ci_low=frame.value - 0.004, ci_high=frame.value + 0.004)
    return charts.trend(
        frame, 0.051, caption="Clicks rose with the new subject lines, on the 19th. Band: 95% interval, clustered by recipient.",
        alt="Line chart of the daily click rate in October, near 5.2 percent until the 18th and near 6.1 percent after.",
        words=charts.Words(unit="share", name="October", base_name="September", events={days[18]: "new subject lines"}),
    )  # fmt: skip


def email_notebook() -> nbformat.NotebookNode:
    """An executed notebook with every kind of block, invented from end to end."""
    said = nbformat.v4.new_markdown_cell
    rates = pd.DataFrame(
        {"campaign": ["Loyalty digest", "Autumn teaser B", "Store opening Kraków"], "delivered": [88_310, 41_020, 312],
         "click_rate": [0.061, 0.068, 0.09], "after_pooling": [0.061, 0.067, 0.064]}
    )  # fmt: skip
    cells = [
        said("# E-mail\n> Do our messages arrive, get read and lead somewhere, and what changed?"),
        nbformat.v4.new_code_cell(
            'data = "sample"\nperiod = "2026-10"', metadata={"tags": ["parameters"]}, execution_count=1
        ),
        shown(facts(), "import cxkit as cx\nreport = cx.open_report(data, period)", ("setup",)),
        said("## In short"),
        shown(headline(), "report.headline(email.CLICK_RATE, email.OPEN_RATE, email.UNSUBSCRIBE_RATE)"),
        shown(
            report_blocks.measured("findings", pd.DataFrame(email_rows()), base_name="September 2026"),
            "report.findings()",
        ),
        said("## Click rate by day"),
        shown(chart(), "cx.charts.trend(days, base, …)"),
        said("## On which devices\n\nA device is what the *click* came from."),
        shown(
            report_blocks.measured(
                "breakdown", pd.DataFrame(device_rows()), by="device_class", k=K, base_name="September 2026"
            ),
            'report.breakdown(email.CLICK_RATE, by="device_class")',
        ),
        said(
            "## Which campaigns are really better\n\nA small campaign is drawn towards the rest as far as its size demands."
        ),
        shown(
            report_blocks.table(rates, "Campaigns by size", {"click_rate": "share", "after_pooling": "share"}),
            "report.table(pooled)",
        ),
        said("## Data quality"),
        shown(quality(), "report.data_quality()"),
        said("## What this can’t tell"),
        shown(report_blocks.note(["Opens behind a privacy proxy are unknown, not unread."]), 'report.note("Opens …")'),
        said("## Definitions"),
        shown(definitions(), "report.definitions()"),
    ]
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"language_info": {"name": "python"}})
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number}"
    return notebook
