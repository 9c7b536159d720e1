"""Which days of the data a figure and its base really cover."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import pandas as pd

from cxkit.dataset.source import Source
from cxkit.errors import ArgumentError
from cxkit.measurement.ask import Ask
from cxkit.metric import Declared
from cxkit.period import Period

NAMING = ("customers", "campaigns", "identities")  # they say who and what; their last row is not where the data end


@dataclass(frozen=True)
class Window:
    """The days that are really compared; `base` is None where the data do not cover it."""

    ask: Ask
    current: Period
    base: Period | None
    known_until: date

    @property
    def is_unfinished(self) -> bool:
        return self.current.days < self.ask.period.days

    @property
    def parameters(self) -> dict[str, datetime]:
        base = self.base or Period("days", date.max, date.max)
        moments = {
            "start": self.current.start, "end": self.current.end,
            "base_start": base.start, "base_end": base.end,
            "known_until": self.known_until + timedelta(days=1),
        }  # fmt: skip
        return {name: datetime.combine(day, time()) for name, day in moments.items()}


def window_of(ask: Ask, metric: Declared) -> Window:
    """Cut an unfinished period, and its base alike; drop a base that the data do not cover."""
    spans = [ask.source.coverage(table) for table in dating(ask.source, metric)]
    if not spans:
        raise ArgumentError(
            f"metric {metric.id}: needs names no table, so nobody knows how far its data go. "
            "Name the columns that it cannot do without: needs=('orders.ordered_at',)."
        )
    first, last = max(span[0] for span in spans), min(span[1] for span in spans)
    period, base = ask.period, ask.base
    covered = period.days_covered(last)
    compared = base.first_days(covered) if base and covered < period.days else base
    if compared and (compared.start < first or compared.last_day > last):
        compared = None
    return Window(ask, period.first_days(covered), compared, last)


def dating(source: Source, metric: Declared) -> list[str]:
    """The supplied tables that say how far a metric's data go: what happened, not the names of campaigns or customers."""
    named = {one.split(".")[0] for need in metric.needs for one in need.split(" or ")}
    supplied = sorted(table for table in named if source.has(table))
    return [table for table in supplied if table not in NAMING] or supplied


def answer(window: Window, query: str) -> pd.DataFrame:
    """Run a query of `cxkit.measurement.query` with the days of a window; a question that comes again, such as that of a card's past, is not asked again."""
    named = set(re.findall(r"\$(\w+)", query))
    moments = {name: moment for name, moment in window.parameters.items() if name in named}
    source = window.ask.source
    return source.memo((answer, query, *moments.items()), lambda: source.sql(query, **moments))
