"""Google Analytics interface exports: dimensions become one entity, days get their date, rates become counts again."""

import re
from datetime import date
from decimal import Decimal

import pandas as pd

from cxkit.importers.numbers import bare, decimal_sign, to_decimal, written
from cxkit.importers.read import Sheet
from cxkit.importers.times import date_order, to_date, to_seconds

METRICS = frozenset(
    [
        "sessions",
        "new users",
        "users",
        "active users",
        "pageviews",
        "unique pageviews",
        "views",
        "bounce rate",
        "pages / session",
        "avg. session duration",
        "% new sessions",
        "goal completions",
        "goal value",
        "goal conversion rate",
        "transactions",
        "revenue",
        "engaged sessions",
        "engagement rate",
        "engaged sessions per user",
        "events per session",
        "event count",
        "key events",
        "session key event rate",
        "user key event rate",
        "average engagement time per session",
        "average engagement time",
        "views per user",
        "views per session",
        "average engagement time per active user",
        "entrances",
        "exits",
        "% exit",
        "avg. time on page",
        "avg. order value",
    ]
)
_TOTALS = ("grand total", "totals", "total", "totaal", "gesamt")
DAYS = ("day index", "date", "datum", "day")
_FORMS = {"dagindex": "%d-%m-%y", "tagesindex": "%d.%m.%y"}
_COUNTS = {"bounces": ("bounce rate", "sessions"), "pages viewed": ("pages / session", "sessions")}
_TIMES = {
    "session seconds": ("avg. session duration", "sessions"),
    "engagement seconds": ("average engagement time per session", "sessions"),
}


def prepare(sheets: list[tuple[Sheet, str]]) -> list[tuple[Sheet, str]]:
    """Add entity, day, frequency and note, and counts in place of rates."""
    periods = {sheet.file: period for sheet, _ in sheets if (period := _period(sheet))}
    for sheet, _ in sheets:  # the table of days below a report shows its period
        if sheet.file not in periods and (days := _days(sheet)) is not None and any(days):
            filled = sorted(filter(None, days))
            periods[sheet.file] = (filled[0], filled[-1])
    return [(_prepared(sheet, periods.get(sheet.file)), name) for sheet, name in sheets]


def _prepared(sheet: Sheet, period: tuple[str, str] | None) -> Sheet:
    rows = sheet.rows.copy()
    dimensions = [name for name in map(str, rows.columns) if name not in METRICS and name not in DAYS]
    rows["entity"] = [
        "; ".join(f"{sheet.headings[name]}={row[name]}" for name in dimensions if row[name])
        for _, row in rows.iterrows()
    ]
    if dimensions:  # a totals row may be named
        is_total = rows[dimensions].apply(lambda column: column.str.lower().isin(_TOTALS)).any(axis=1)
        rows["entity"] = rows["entity"].mask(is_total, "")
    days = _days(sheet)
    if days is not None:
        rows["day"], rows["frequency"] = days, "day"
    elif period:
        rows["day"] = [period[0] if entity else "" for entity in rows["entity"]]
        rows["note"] = f"whole period {period[0]} to {period[1]}"
    for name, (rate, weight) in (_COUNTS | _TIMES).items():
        if rate in rows and weight in rows:
            rows[name] = _product(rows[rate], rows[weight], whole=name in _COUNTS, where=f"{sheet.file}, {rate}")
    rates = [rate for rate, _ in (_COUNTS | _TIMES).values()]
    return sheet.with_rows(rows, used=[*dimensions, *DAYS, *rates])


def _days(sheet: Sheet) -> list[str] | None:
    name = next((name for name in DAYS if name in sheet.rows), None)
    if name is None:
        return None
    texts = [text for text in sheet.rows[name] if text and not text.isalpha()]
    heading = sheet.headings[name].casefold()
    form = _FORMS.get(heading) if all(to_date(text, "", _FORMS.get(heading)) for text in texts) else None
    order = "" if form else date_order(texts, None, f"{sheet.file}, {sheet.headings[name]}")
    found = [to_date(text, order, form) if text else None for text in sheet.rows[name]]
    return [day.isoformat() if day else "" for day in found]


def _period(sheet: Sheet) -> tuple[str, str] | None:
    """The period as the lines above the table state it: 20140717-20150918, or Start date and End date."""
    text = " ".join(sheet.preamble)
    found = re.search(r"(\d{8})\s*-\s*(\d{8})", text) or re.search(
        r"start date:?,?\s*(\d{8}).*?end date:?,?\s*(\d{8})", text, re.IGNORECASE
    )
    if not found:
        return None
    try:
        first, last = (date.fromisoformat(day) for day in found.groups())
    except ValueError:
        return None
    return first.isoformat(), last.isoformat()


def _product(rates: pd.Series, weights: pd.Series, *, whole: bool, where: str) -> list[str]:
    signs = []
    for values, is_whole in ((rates, False), (weights, True)):
        texts = [bare(text) for text in values if ":" not in text]
        signs.append(decimal_sign(texts, whole=is_whole, given=None, where=where))
    products = []
    for rate, weight in zip(rates, weights, strict=True):
        number = to_seconds(rate) if ":" in rate else to_decimal(bare(rate), signs[0])
        count = to_decimal(bare(weight), signs[1])
        if number is None or count is None:
            products.append("")
            continue
        product = number * count / (100 if rate.endswith("%") else 1)
        products.append(written(product.quantize(Decimal(1)) if whole else product))
    return products
