"""Rows of churn figures beside those of the base, with a test or without."""

from collections.abc import Callable
from dataclasses import replace

from cxkit.flags import Flag
from cxkit.measurement.ask import Ask
from cxkit.measurement.described import relative, untested
from cxkit.row import Row, Side
from cxkit.stats import Change


def flags(now: Side, lack: str = "") -> tuple[Flag, ...]:
    """What is told beside a figure of nobody, and beside one that lacks something for a verdict."""
    told = {Flag.EMPTY_DENOMINATOR: not now.denominator, Flag.LOW_N: bool(lack)}
    return tuple(flag for flag, is_set in told.items() if is_set)


def beside(row: Row, base: Side, change: Change, lack: str) -> Row:
    """The row with its base and the tested change; `lack` says why no verdict can be given."""
    return replace(row, base=base, change=change, relative=relative(change, base), shortfall=lack)


def untested_rows(ask: Ask, rows: Callable[[Ask], list[Row]], why: str) -> list[Row]:
    """Rows of the period, each beside that of the base of the same segment without a test; `why` there is none."""
    now, *then = (rows(ask.at(each)) for each in ask.periods)
    before = {row.segment: row.now for each in then for row in each}
    found = []
    for row in now:
        of, base = row.segment or ask.segment, before.get(row.segment)
        found.append(replace(untested(of, [row.now, base] if base else [row.now], why), flags=row.flags, why=row.why))
    return found
