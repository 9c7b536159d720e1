"""Cohorts of members: who of those who joined in a month was a member in the n-th month."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from cxkit.areas.churn import rates
from cxkit.areas.churn.beside import untested_rows
from cxkit.measurement.ask import Ask
from cxkit.measurement.parts import with_levels
from cxkit.measurement.rows import records
from cxkit.row import Row, Side
from cxkit.stats import Interval

NO_TEST = "no test: cells are not tested one by one"


def cohort_retention(ask: Ask, *, kind: str = "on", brackets: tuple[int, ...] = ()) -> list[Row]:
    """Share of the members who joined in a month and were members in their n-th month, counted from each one's own day of joining.

    Who left and came back within the month counts. Cells whose month is not over for all of a cohort are left out.

    Returns
    -------
    list of Row, one a cohort and month ("cohort=2026-01; month=3"), then those of cohort=all
        The base's cells stand beside them without a test.
    """
    return untested_rows(ask, partial(_cells, kind=kind, brackets=brackets), NO_TEST)


def _cells(ask: Ask, kind: str, brackets: tuple[int, ...]) -> list[Row]:
    relation, where, _ = ask.scope("spells")
    end = ask.moments["end"]
    found = ask.source.sql(
        f"""
        with spans as (select * from {relation} where {where}),
        joined as (
            select customer_id, started_at as joined_at from spans
            where spell_no = 1 and watched_from <= started_at and started_at < $end
        ),
        months as (
            select customer_id, joined_at, n as interval_no,
                   joined_at + to_months(cast(n as integer))     as begins_at,
                   joined_at + to_months(cast(n + 1 as integer)) as closes_at
            from joined, range(0, 600) as steps(n)
            where joined_at + to_months(cast(n as integer)) < $end
        )
        select strftime(m.joined_at, '%Y-%m') as cohort, m.customer_id, m.interval_no
        from months as m
        where m.interval_no = 0 or exists (
            select 1 from spans as s
            where s.customer_id = m.customer_id and s.started_at < m.closes_at and s.started_at < $end
              and (s.ended_at is null or s.ended_at > m.begins_at))
        order by all""",
        end=end,
    )
    if found.empty:
        return []
    sizes = found[found.interval_no == 0].groupby("cohort").size().rename("n_members").reset_index()
    complete = {
        cohort: _months_between(pd.Period(cohort, "M").end_time + timedelta(days=1), end) for cohort in sizes.cohort
    }
    if kind == "on_or_after":
        # What came after the last complete month is later than every cell that is shown.
        found = found.groupby(["cohort", "customer_id"]).interval_no.max().reset_index()
        found["interval_no"] = found.interval_no.clip(upper=max(*complete.values(), 1) - 1)
    elif kind == "bracket":
        starts = np.array(brackets, dtype=int)
        found = found[found.interval_no.between(starts.min(initial=0), starts.max(initial=0) - 1)]
        found = found.assign(
            interval_no=starts[np.searchsorted(starts, found.interval_no, side="right") - 1]
        ).drop_duplicates()
    activity = found.groupby(["cohort", "interval_no"]).size().rename("n_active").reset_index()
    activity = activity.rename(columns={"interval_no": "interval"})
    cells = rates.cohort_triangle(activity, sizes, complete, kind, brackets, conf_level=ask.conf_level)
    rows = []
    for cell in records(cells.dropna(subset="value")):
        interval = Interval(cell["value"], cell["ci_low"], cell["ci_high"], "Wilson")
        segment = ask.segment.part("cohort", cell["cohort"]).part("month", cell["interval"])
        rows.append(Row(segment=segment, now=Side.of(interval, cell["numerator"], cell["denominator"])))
    return rows


def triangle(frame: pd.DataFrame, k: int) -> pd.DataFrame:
    """Rows of `cohort_retention`, measured, with `cohort` and `month` in columns of their own; cohorts of fewer than k are left out.

    So is the row `all` where it less the others would tell of fewer than k people.
    """
    found = with_levels(frame, "cohort", "month")
    found = found[found["month"].notna()]
    found = found[found["denominator"] >= k]
    is_all = found["cohort"] == "all"
    of_all, of_shown = (found[rows].groupby("month")["denominator"].sum() for rows in (is_all, ~is_all))
    if of_all.sub(of_shown, fill_value=0).between(1, k - 1).any():
        found = found[~is_all]
    return found.assign(month=found["month"].astype(int))[
        ["cohort", "month", "value", "ci_low", "ci_high", "numerator", "denominator"]
    ]


def pooled(frame: pd.DataFrame, k: int) -> pd.DataFrame:
    """Measured rows of `cohort_retention` of all cohorts together, as far as `triangle` shows them; without any cell the frame itself."""
    cells = with_levels(frame, "cohort", "month")
    if cells["month"].isna().all():
        return frame
    shown = triangle(frame, k)
    months = set(shown.loc[shown["cohort"] == "all", "month"].astype(str))
    return frame[(cells["cohort"] == "all") & cells["month"].isin(months)]


def _months_between(first: Any, last: datetime) -> int:
    """Whole months from the day after a cohort's month to the end of the data."""
    first = pd.Timestamp(first).normalize()
    months = (last.year - first.year) * 12 + last.month - first.month
    return max(months - (first + pd.DateOffset(months=months) > pd.Timestamp(last)), 0)
