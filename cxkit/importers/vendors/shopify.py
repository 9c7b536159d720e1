"""Shopify: subtotals with and without tax, and cancelled orders."""

from decimal import Decimal

import pandas as pd

from cxkit.importers.numbers import bare, to_decimal, written
from cxkit.importers.read import Sheet, dicts


def prepare(sheets: list[tuple[Sheet, str]]) -> list[tuple[Sheet, str]]:
    """Add `net subtotal` and `order status` to the lines of orders."""
    return [(_orders(sheet) if name == "orders" else sheet, name) for sheet, name in sheets]


def _orders(sheet: Sheet) -> Sheet:
    rows = sheet.rows.copy()
    rows["net subtotal"] = [_net(row) for row in dicts(rows)]
    cancelled = rows["cancelled at"] if "cancelled at" in rows else pd.Series("", index=rows.index)
    rows["order status"] = rows["financial status"].mask(cancelled != "", "cancelled")
    return sheet.with_rows(rows, used=["financial status", "cancelled at", "subtotal", "total"])


def _net(row: dict[str, str]) -> str:
    """The subtotal without tax. The total tells whether prices include it: then it is subtotal + shipping alone."""
    subtotal, shipping, taxes, total = (
        to_decimal(bare(row.get(name, "")), ".") for name in ("subtotal", "shipping", "taxes", "total")
    )
    if subtotal is None or not taxes or total is None:
        return row.get("subtotal", "")
    included = abs(subtotal + (shipping or Decimal(0)) - total) < abs(
        subtotal + (shipping or Decimal(0)) + taxes - total
    )
    return written(subtotal - taxes) if included else row.get("subtotal", "")
