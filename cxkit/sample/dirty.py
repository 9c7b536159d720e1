"""The dirty copy: the sample with one of each fault in it, and `faults.yml`, which says what and where.

Tables with faults that only text can hold become CSV. No row carries two faults, so counts add up. Faults of level `fault` are
rows (or a table) that break the contract; a `warning` stays in the data; a `note` tells the reader something.
"""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cxkit.sample.build import Sample
from cxkit.sample.company import stream
from cxkit.sample.write import write, write_csv, write_yaml


@dataclass
class Dirt:
    """One table on its way to a file: its cells as text (CSV) or as they are (Parquet), and what was done to it."""

    table: str
    frame: pd.DataFrame
    rng: np.random.Generator
    faults: list[dict[str, Any]] = field(default_factory=list)
    broken: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._order = self.rng.permutation(len(self.frame))
        self._used = np.zeros(len(self.frame), bool)

    def rows(self, n: int, where: pd.Series | None = None) -> list[int]:
        """n rows without a fault so far, which meet the condition if there is one."""
        fit = ~self._used if where is None else ~self._used & where.to_numpy(bool)
        chosen = self._order[fit[self._order]][:n]
        if len(chosen) < n:
            raise ValueError(f"{self.table}: no {n} rows left for this fault")
        self._used[chosen] = True
        return sorted(chosen.tolist())

    def set(
        self, kind: str, column: str, value: Any, n: int, where: pd.Series | None = None, level: str = "fault"
    ) -> None:
        """Put a value (or, from a function of the row, one each) into n rows of a column."""
        rows = self.rows(n, where)
        for row in rows:
            self.frame.loc[row, column] = value(self.frame.loc[row]) if callable(value) else value
        self.tell(kind, column, rows, level)

    def tell(self, kind: str, column: str, rows: list[int], level: str = "fault", **more: Any) -> None:
        """Put on record what was done to which rows."""
        entry = {"table": self.table, "column": column, "kind": kind, "level": level, "count": len(rows)}
        self.faults.append({**entry, "rows": rows, **more})

    def repeat(self, kind: str, n: int, level: str = "fault", column: str = "", value: Any = None) -> None:
        """Append copies of n rows: the same to the last cell, or with one cell changed, and then neither can be trusted."""
        rows = self.rows(n)
        copies = self.frame.loc[rows].copy()
        added = list(range(len(self.frame), len(self.frame) + n))
        if column:
            copies[column] = value
        self.frame = pd.concat([self.frame, copies], ignore_index=True)
        self.tell(kind, column, [*rows, *added] if column else added, level)


def write_dirty(sample: Sample, folder: Path) -> list[dict[str, Any]]:
    """Write the sample with faults, and the list of them.

    Returns
    -------
    list of dict
        What stands in `faults.yml`: table, column, kind, level, count, file, and the line (CSV, the header is line 1) or row
        (Parquet, from 1) of each.
    """
    rng = stream(sample.truth["seed"], "dirty")
    left = {name: frame for name, frame in sample.tables.items() if name not in TEXT}
    faults: list[dict[str, Any]] = []
    for name in ("events", "message_events"):
        dirt = Dirt(name, left[name].copy(), rng)
        PARQUET[name](dirt)
        left[name] = dirt.frame
        faults += _located(dirt, f"{name}.parquet", first=1)
    settings = {**sample.settings, "on_faults": "reject"}
    write(replace(sample, tables=left, settings=settings), folder)
    for name in TEXT:
        path = folder / f"{name}.csv"
        write_csv(sample.tables[name], name, path)
        dirt = Dirt(name, pd.read_csv(path, dtype=str, keep_default_na=False), rng)
        TEXT[name](dirt)
        dirt.frame.to_csv(path, index=False, lineterminator="\n")
        _break_lines(dirt, path)
        faults += _located(dirt, path.name, first=2)
    write_yaml({"seed": sample.truth["seed"], "faults": faults}, folder / "faults.yml")
    return faults


def _located(dirt: Dirt, file: str, first: int) -> list[dict[str, Any]]:
    """Rows (from 0) to lines of the file."""
    out = []
    for fault in dirt.faults:
        rows = fault.pop("rows")
        out.append({**fault, "file": file, "lines": [row + first for row in rows]} if rows else {**fault, "file": file})
    return out


def _break_lines(dirt: Dirt, path: Path) -> None:
    """Give the chosen lines more fields than the header has."""
    if dirt.broken:
        lines = path.read_text(encoding="utf-8").split("\n")
        for row in dirt.broken:
            lines[row + 1] += ",stray,fields"
        path.write_text("\n".join(lines), encoding="utf-8")


def _events(dirt: Dirt) -> None:
    known = dirt.frame["visitor_id"].notna()
    dirt.set("empty required cell", "event_name", None, 3)
    dirt.set("value outside its list", "event_name", "pageview", 5, known)
    dirt.set("below its minimum", "engagement_time_s", -30.0, 4, dirt.frame["engagement_time_s"].notna())
    dirt.set("malformed", "currency", "euro", 2, dirt.frame["currency"].eq("EUR"))
    dirt.set("time in the future", "event_at", pd.Timestamp("2031-01-01", tz="UTC"), 2, known, level="note")
    dirt.repeat("duplicate row", 6, "note")


def _message_events(dirt: Dirt) -> None:
    log = dirt.frame
    dirt.set("value outside its list", "event_type", "opened", 3, log["event_type"].eq("open"))
    dirt.set("empty required cell", "recipient_id", None, 2)
    early = log["event_type"].eq("open") & log["is_machine"].eq(False)
    dirt.set("open before delivery", "event_at", _a_month_before, 4, early, level="warning")


def _a_month_before(row: pd.Series) -> pd.Timestamp:
    return row["event_at"] - pd.Timedelta(days=30)


def _customers(dirt: Dirt) -> None:
    dirt.set("malformed", "country", "Poland", 2, dirt.frame["country"].eq("PL"))
    dirt.set("wrong type", "consent_marketing", "perhaps", 1)
    dirt.set("wrong type", "segment_assigned_at", "14 days later", 1)
    dirt.frame["email"] = "someone" + dirt.frame["customer_id"].str[2:] + "@example.org"
    dirt.tell("direct identifier, not in the contract", "email", [], "note")
    dirt.frame["colour"] = "green"
    dirt.tell("column not in the contract", "colour", [], "note")


def _orders(dirt: Dirt) -> None:
    cells = dirt.frame
    refunded = cells["refunded_at"].ne("")
    dirt.set("wrong type", "net_amount", "twelve", 3)
    dirt.set("time without time zone", "ordered_at", lambda row: row["ordered_at"][:19], 4)
    dirt.set("value outside its list", "status", "shiped", 2, cells["status"].eq("shipped"))
    dirt.set("empty required cell", "order_id", "", 2)
    dirt.set("below its minimum", "refund_amount", "-5.00", 1)
    dirt.set("refund before order", "refunded_at", "2025-08-01T10:00:00+00:00", 2, refunded)
    dirt.set("second currency", "currency", "USD", 2)
    dirt.set("time in the future", "ordered_at", "2031-01-01T10:00:00+00:00", 1, level="note")
    dirt.repeat("duplicate row", 3, "note")
    dirt.repeat("same key, other content", 2, column="net_amount", value="99.99")
    dirt.broken = dirt.rows(1)
    dirt.tell("line with too many fields", "", dirt.broken)


def _tickets(dirt: Dirt) -> None:
    cells = dirt.frame
    replied, solved = cells["first_reply_at"].ne(""), cells["last_solved_at"].ne("")
    dirt.set("value outside its list", "channel", "telephone", 2, cells["channel"].eq("phone"))
    dirt.set("reply before contact", "first_reply_at", "2025-08-30T08:00:00+00:00", 3, replied)
    dirt.set("solution after the export", "last_solved_at", "2027-01-01T08:00:00+00:00", 1, solved)
    strangers = int(0.12 * len(cells))
    dirt.set(
        "reference that leads nowhere", "customer_id", _nobody, strangers, cells["customer_id"].ne(""), level="warning"
    )


def _nobody(row: pd.Series) -> str:
    return "c-nobody-" + str(row["ticket_id"])[-3:]


def _survey_answers(dirt: Dirt) -> None:
    cells = dirt.frame
    nps, ces = cells["instrument"].eq("nps"), cells["instrument"].eq("ces")
    dirt.set("outside its scale", "value_num", "11", 3, nps)
    dirt.set("scale of another version", "scale_max", "5", 2, ces & cells["value_num"].isin(["2.0", "3.0", "4.0"]))
    dirt.set("answer before invitation", "submitted_at", "2025-09-01T08:00:00+00:00", 2, nps)
    dirt.set("employee with a customer", "customer_id", "c-bbbbbb", 1, cells["respondent_type"].eq("employee"))
    dirt.set("empty required cell", "survey_id", "", 1)


def _subscriptions(dirt: Dirt) -> None:
    dirt.set("end before start", "ended_at", "2023-01-01T08:00:00+00:00", 2, dirt.frame["ended_at"].ne(""))
    dirt.set("above its maximum", "margin_share", "60", 2)
    dirt.set("wrong type", "term_no", "first", 1)


def _social_posts(dirt: Dirt) -> None:
    dirt.set("counts read before the post", "snapshot_at", "2025-08-01T08:00:00+00:00", 2)
    dirt.set("below its minimum", "comments", "-1", 1)
    dirt.set("value outside its list", "platform", "myspace", 1)


def _social_mentions(dirt: Dirt) -> None:
    english = dirt.frame["language"].eq("en")
    text = "Great tea, write to me at jane.roe@example.org or call +48 600 700 800"
    dirt.set("personal data in a text", "text", text, 2, english, level="note")
    dirt.set("value outside its list", "sentiment", "angry", 2, dirt.frame["sentiment"].ne(""))
    dirt.set("answer before mention", "answered_at", "2025-08-01T08:00:00+00:00", 1, dirt.frame["answered_at"].ne(""))


def _identities(dirt: Dirt) -> None:
    dirt.set("above its maximum", "confidence", "1.2", 2)
    dirt.set("value outside its list", "method", "hunch", 1)


def _campaigns(dirt: Dirt) -> None:
    counted = dirt.frame["n_sent"].ne("")
    dirt.set(
        "delivered is not sent less bounces", "n_delivered", lambda row: row["n_sent"], 1, counted, level="warning"
    )
    dirt.set("unique clicks above all clicks", "n_total_click", "1", 1, counted, level="warning")


def _usability_tasks(dirt: Dirt) -> None:
    dirt.set("not above its bound", "time_s", "0", 2, dirt.frame["time_s"].ne(""))
    dirt.set("above its maximum", "seq", "8", 1)
    dirt.set("value outside its list", "outcome", "succeeded", 1)


def _spend(dirt: Dirt) -> None:
    dirt.set("clicks above impressions", "n_impressions", "1", 1, dirt.frame["n_clicks"].ne(""), level="warning")
    dirt.set("below its minimum", "amount", "-12.00", 1)


def _referrals(dirt: Dirt) -> None:
    dirt.frame = dirt.frame.drop(columns="observed_until")
    dirt.tell("required column missing", "observed_until", [])


def _series(dirt: Dirt) -> None:
    dirt.set("value outside its list", "frequency", "fortnight", 1)
    dirt.set("wrong type", "date", "31.12.2025", 1)


PARQUET = {"events": _events, "message_events": _message_events}
TEXT = {
    "customers": _customers,
    "orders": _orders,
    "tickets": _tickets,
    "survey_answers": _survey_answers,
    "subscriptions": _subscriptions,
    "social_posts": _social_posts,
    "social_mentions": _social_mentions,
    "identities": _identities,
    "campaigns": _campaigns,
    "usability_tasks": _usability_tasks,
    "spend": _spend,
    "referrals": _referrals,
    "series": _series,
}
