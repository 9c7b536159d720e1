"""GA4's BigQuery export: parameters are a list of key and value; orders may be sent twice.

GA4's own marks of engaged sessions and active users are kept beside the figures (`x_session_engaged`, `x_is_active_user`) and compared
with what the events say: a session is engaged with ten seconds, two views or a key event, of which only purchases are known here.
"""

import json
from collections import Counter
from dataclasses import replace
from typing import Any

import pandas as pd

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
    sheet = replace(sheet.with_rows(rows[[not repeated for repeated in again]], used=key), left_out=left_out)
    return replace(sheet, notes=(*sheet.notes, *_marks(sheet.rows)))


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


ENGAGED_S = 10


def _marks(rows: pd.DataFrame) -> list[str]:
    """What GA4 calls engaged and active, beside what the events say."""
    said = []
    session = rows["user pseudo id"] + "." + _column(rows, "ga session id")
    known = (rows["user pseudo id"] != "") & (_column(rows, "ga session id") != "")
    marked = _column(rows, "session engaged").str.lower().isin(["1", "1.0", "true"])
    if marked.any():
        name = rows["event name"] if "event name" in rows else rows["name"]
        facts = pd.DataFrame(
            {
                "marked": marked,
                "seconds": pd.to_numeric(_column(rows, "engagement time msec"), errors="coerce").fillna(0) / 1000,
                "views": name.isin(["page_view", "screen_view"]).astype(int),
                "bought": name.eq("purchase"),
            }
        )
        sessions = (
            facts[known]
            .groupby(session[known])
            .agg({"marked": "max", "seconds": "sum", "views": "sum", "bought": "max"})
        )
        ours = (sessions.seconds >= ENGAGED_S) | (sessions.views >= 2) | sessions.bought
        said.append(
            f"engaged sessions: GA4 marks {int(sessions.marked.sum()):,} of {len(sessions):,}, the events say {int(ours.sum()):,} "
            f"(ten seconds, two views or a purchase; other key events are not looked at); {int((sessions.marked != ours).sum()):,} differ"
        )
    if "is active user" in rows:
        users = rows["is active user"].str.lower().isin(["true", "1"]).groupby(rows["user pseudo id"]).max()
        users = users[users.index != ""]
        said.append(f"active users: GA4 marks {int(users.sum()):,} of {len(users):,} visitors with events")
    return said


def _column(rows: pd.DataFrame, parameter: str) -> pd.Series:
    """A parameter as GA4 nests it or as a warehouse sync spreads it; empty where there is none."""
    there = [name for name in (f"param.{parameter}", f"param {parameter}") if name in rows]
    return rows[there[0]] if there else pd.Series("", index=rows.index, dtype=object)


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
