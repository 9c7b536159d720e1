"""Stripe: one row a subscription becomes one row a term, amounts are brought to a month, ends get their reason."""

import json
from collections import Counter
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pandas as pd

from cxkit.importers.numbers import bare, to_decimal, written
from cxkit.importers.read import Sheet, dicts
from cxkit.importers.times import to_datetime

ZERO_DECIMAL = frozenset(
    ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"]
)
_PER_MONTH = {"day": Decimal(365) / 12, "week": Decimal(52) / 12, "month": Decimal(1), "year": Decimal(1) / 12}
_NOT_PAID = {
    "trialing": "still in trial",
    "incomplete": "first payment not made",
    "incomplete_expired": "first payment never made",
}
Row = dict[str, str]


def prepare(sheets: list[tuple[Sheet, str]]) -> list[tuple[Sheet, str]]:
    """Turn subscriptions and the invoices that renew them into terms."""
    invoices = [row for sheet, name in sheets if name == "invoices" for row in dicts(sheet.rows)]
    terms: dict[str, list[Row]] = {}
    for invoice in invoices:
        if invoice["billing reason"] in ("subscription_create", "subscription_cycle") and invoice["status"] != "void":
            terms.setdefault(invoice["subscription"], []).append(invoice)
    return [(_terms(sheet, terms) if name == "subscriptions" else sheet, name) for sheet, name in sheets]


def _terms(sheet: Sheet, invoices: dict[str, list[Row]]) -> Sheet:
    left_out: Counter[str] = Counter()
    lines, rows = [], []
    subscriptions = list(zip(sheet.rows.index, map(_with_amount, dicts(sheet.rows)), strict=True))
    changes = _plan_changes([row for _, row in subscriptions])
    for line, row in subscriptions:
        if row["status"] in _NOT_PAID:
            left_out[f"subscription {_NOT_PAID[row['status']]}"] += 1
            continue
        row["end reason"] = _end_reason(row, changes)
        made = _terms_of(row, invoices.get(row["id"], []))
        rows += made
        lines += [line] * len(made)
    frame = pd.DataFrame(rows, index=pd.Index(lines, name="line", dtype="int64"), dtype=object).fillna("")
    if frame.empty:
        frame = sheet.rows.iloc[:0]
    made_more = Counter({"further terms of a subscription": len(rows) - len(set(lines))})
    return replace(
        sheet.with_rows(
            frame, used=["items.data", "trial end", "interval", "amount", "quantity", "cancellation details.reason"]
        ),
        left_out=sheet.left_out + left_out,
        reshaped=made_more,
    )


def _terms_of(row: Row, invoices: list[Row]) -> list[Row]:
    """Term 1 begins when paid time begins, later ones with their invoice. Without invoices one row stands for all terms."""
    start = max(filter(None, (_moment(row.get("start", "")), _moment(row.get("trial end", "")))), default=None)
    first = row | {
        "term no": "1",
        "term start": start.isoformat() if start else row.get("start", ""),
        "term end": "",
        "renewed at": "",
    }
    cycles = sorted(
        (
            (_period(invoice), invoice["status"] == "paid")
            for invoice in invoices
            if invoice["billing reason"] == "subscription_cycle" and _period(invoice)[0]
        ),
        key=lambda cycle: cycle[0],
    )
    terms = [dict(first)]
    for (begins, ends), paid in cycles:
        terms[-1]["term end"] = begins
        if not paid:
            terms[-1]["end reason"] = terms[-1]["end reason"] or "payment_failed"
            break
        terms[-1]["renewed at"] = begins
        terms.append(first | {"term no": str(len(terms) + 1), "term start": begins, "term end": ends})
    for term in terms[:-1]:  # only the last term ends the subscription
        term |= {"ended at": "", "end reason": "", "canceled at": ""}
    return terms


def _period(invoice: Row) -> tuple[str, str]:
    """The period that an invoice pays for: its line's, since the invoice's own is the one before."""
    begins, ends = invoice.get("period start", ""), invoice.get("period end", "")
    try:
        lines = json.loads(invoice.get("lines.data", "") or "[]")
        begins, ends = str(lines[0]["period"]["start"]), str(lines[0]["period"]["end"])
    except (ValueError, KeyError, IndexError, TypeError):
        pass
    moments = [_moment(text) for text in (begins, ends)]
    return (moments[0].isoformat() if moments[0] else "", moments[1].isoformat() if moments[1] else "")


def _with_amount(row: Row) -> Row:
    """Amount a month and interval, from the API's items (minor units) or from the dashboard's columns."""
    price, quantity = _price(row), row.get("quantity", "")
    try:
        items = json.loads(row.get("items.data", "") or "[]")
        price = items[0]["price"]
        quantity = str(items[0].get("quantity", 1))
    except (ValueError, KeyError, IndexError, TypeError):
        pass
    currency = str(price.get("currency", "") or row.get("currency", "")).upper()
    recurring = price.get("recurring")
    recurring = recurring if isinstance(recurring, dict) else price
    interval, count = str(recurring.get("interval", "")), _count(recurring.get("interval_count", 1))
    amount = to_decimal(bare(str(price.get("unit_amount") if price.get("unit_amount") is not None else "")), ".")
    if amount is not None and price.get("minor", True) and currency not in ZERO_DECIMAL:
        amount /= 100
    factor = _PER_MONTH.get(interval)
    number = to_decimal(bare(quantity or "1"), ".")
    mrr = (
        written((amount * number * factor / count).quantize(Decimal("0.01")))
        if amount is not None and number is not None and factor is not None
        else ""
    )
    named = {
        "month": "month" if count == 1 else "quarter" if count == 3 else "",
        "year": "year" if count == 1 else "multi_year",
    }.get(interval, "")
    ends = row.get("cancel at period end", "").lower() == "true" or bool(row.get("canceled at"))
    return row | {
        "mrr": mrr,
        "currency code": currency,
        "billing interval": named,
        "auto renew": "false" if ends else "true",
        "price id": str(price.get("id", "")),
    }


def _count(value: object) -> int:
    return int(str(value)) if str(value).isdecimal() and int(str(value)) > 0 else 1


def _price(row: Row) -> dict:
    """The dashboard's export has the price in columns, in whole units of the currency."""
    return {
        "unit_amount": row.get("amount") or None,
        "interval": row.get("interval", ""),
        "minor": False,
        "currency": row.get("currency", ""),
    }


def _plan_changes(rows: list[Row]) -> dict[str, str]:
    """Subscriptions that end on the day on which another one of the customer starts."""
    starts: dict[tuple[str, str], Row] = {}
    for row in rows:
        if day := _day(row.get("start", "")):
            starts[(row["customer"], day)] = row
    found = {}
    for row in rows:
        other = starts.get((row["customer"], _day(row.get("ended at", ""))))
        if other and other["id"] != row["id"] and other["mrr"] and row["mrr"]:
            found[row["id"]] = "upgrade" if Decimal(other["mrr"]) >= Decimal(row["mrr"]) else "downgrade"
    return found


def _end_reason(row: Row, changes: dict[str, str]) -> str:
    if not row.get("ended at"):
        return ""
    said = {"payment_failed": "payment_failed", "cancellation_requested": "voluntary", "payment_disputed": "fraud"}
    return changes.get(row["id"]) or said.get(row.get("cancellation details.reason", ""), "")


def _moment(text: str) -> datetime | None:
    moment = to_datetime(text, "") if text else None
    if moment is not None and moment.tzinfo is None:
        moment = datetime.fromisoformat(f"{moment.isoformat()}+00:00")
    return moment


def _day(text: str) -> str:
    moment = _moment(text)
    return moment.date().isoformat() if moment else ""
