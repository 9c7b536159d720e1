"""GA4's BigQuery export: parameters are a list of key and value; orders may be sent twice."""

import json
from collections import Counter
from dataclasses import replace
from typing import Any

from cxkit.importers.read import Sheet, dicts, plain

PARAMETERS = (
    "ga_session_id", "session_engaged", "engagement_time_msec", "page_location", "page_referrer", "firebase_screen",
    "firebase_screen_class", "currency", "link_domain",
)  # fmt: skip
_KEY = (
    "user pseudo id",
    "event timestamp",
    "timestamp",
    "event name",
    "name",
    "event bundle sequence id",
    "bundle sequence id",
    "batch event index",
)


def prepare(sheets: list[tuple[Sheet, str]]) -> list[tuple[Sheet, str]]:
    """Spread the parameters over columns, make the key of an event, take repeated purchases out."""
    seen: set[str] = set()
    return [(_events(sheet, seen), name) for sheet, name in sheets]


def _events(sheet: Sheet, seen: set[str]) -> Sheet:
    rows = sheet.rows.copy()
    key = [name for name in _KEY if name in rows]
    if "event params" in rows:
        found = [_parameters(text) for text in rows["event params"]]
        for name in PARAMETERS:
            rows[plain(f"param.{name}")] = [parameters.get(name, "") for parameters in found]
        rows = rows.drop(columns="event params")
    rows["event key"] = ["\x1f".join(parts) for parts in zip(*(rows[name] for name in key), strict=True)]
    rows["platform"] = rows["platform"].str.lower() if "platform" in rows else "web"
    again = _repeated(dicts(rows), seen)
    left_out = sheet.left_out + Counter(
        {"purchase whose transaction id was sent before": sum(again)} if any(again) else {}
    )
    return replace(sheet.with_rows(rows[[not repeated for repeated in again]], used=key), left_out=left_out)


def _parameters(text: str) -> dict[str, str]:
    try:
        items = json.loads(text, parse_float=str, parse_int=str) if text else []
    except (json.JSONDecodeError, RecursionError):
        return {}
    return (
        {str(item["key"]): _value(item.get("value")) for item in items if isinstance(item, dict) and "key" in item}
        if isinstance(items, list)
        else {}
    )


def _value(value: Any) -> str:
    """The one filled form of a value: string_value, int_value, float_value or double_value."""
    filled = [form for form in value.values() if form is not None] if isinstance(value, dict) else [value]
    return str(filled[0]) if filled and filled[0] is not None else ""


def _repeated(rows: list[dict[str, str]], seen: set[str]) -> list[bool]:
    """Whether a purchase repeats an order that another event of another moment already reported."""
    repeated = []
    order = "ecommerce.transaction id" if rows and "ecommerce.transaction id" in rows[0] else "ecommerce transaction id"
    name = "event name" if rows and "event name" in rows[0] else "name"
    first: dict[str, str] = {}
    for row in rows:
        number = row.get(order, "")
        is_purchase = row.get(name) == "purchase" and number not in ("", "(not set)")
        repeated.append(is_purchase and (number in seen or first.get(number, row["event key"]) != row["event key"]))
        if is_purchase:
            first.setdefault(number, row["event key"])
    seen |= set(first)
    return repeated
