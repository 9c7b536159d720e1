"""Figures of memberships for any period: who was there at its start, and what became of them. Rates from counts are in `churn`.

Each function asks the engine for counts, gives them to the rates, and lays the base beside them. Losses of two periods are
independent even where the same members are in both: whoever was lost in the first is not at risk in the second.
"""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from math import nan
from typing import Any

import numpy as np
import pandas as pd

from cxkit import stats
from cxkit.errors import ArgumentError
from cxkit.measurement import records, scope
from cxkit.metrics import churn
from cxkit.period import Period
from cxkit.source import Source
from cxkit.stats import Change, ClusterSums, CrossSums, Interval
from cxkit.stats.mover import mover, mover_p_value

Figure = Callable[..., pd.DataFrame]
LATE = "member seen only from later on"
DAYS_PER_YEAR = 365.25

# There at a moment: started before it, not ended before it, and already watched on that day.
AT_START = "started_at < $start and (ended_at is null or ended_at >= $start)"
SEEN = "date_trunc('day', watched_from) <= $start"


def start_cohort(source: Source, period: Period, *, segment: str = "", by: str | None = None) -> pd.DataFrame:
    """Members at the start of a period and what became of them by its end.

    Returns
    -------
    DataFrame, one row a segment ("" without `by`)
        `segment, n_start, n_lost, n_joined, n_joined_and_lost, n_late`: the late ones were members, but are in the data only from a
        later day on, so that they could not have been lost before it; they are left out.
    """
    relation, where, name = scope(source, "spells", by, segment)
    return source.sql(
        f"""
        select {name} as segment,
               count(*) filter (where {AT_START} and {SEEN})                                        as n_start,
               count(*) filter (where {AT_START} and {SEEN} and is_lost and ended_at < $end)        as n_lost,
               count(*) filter (where started_at >= $start and started_at < $end)                   as n_joined,
               count(*) filter (where started_at >= $start and is_lost and ended_at < $end)         as n_joined_and_lost,
               count(*) filter (where {AT_START} and not {SEEN})                                    as n_late
        from {relation} where {where}
        group by all order by all""",
        **_moments(period),
    )


def churn_figure(metric_id: str, by: str | None = None) -> Figure:
    """A function for `Described`: one of the rates of `churn.churn_rates`, or churn_annualised."""

    def compute(
        source: Source, period: Period, base: Period | None = None, *, segment: str = "", conf_level: float = 0.95
    ) -> pd.DataFrame:
        """One row, or one a value of `by`."""
        now = start_cohort(source, period, segment=segment, by=by).set_index("segment")
        then = start_cohort(source, base, segment=segment, by=by).set_index("segment") if base else None
        rows = []
        for name in now.index if by else [""]:
            counts = _counts(now, name)
            parts, rate = _rate(metric_id, counts, period, conf_level)
            row = _row(segment, f"{by}={name}" if by else "", rate, *parts)
            if counts["n_late"]:
                row |= {"n_excluded": counts["n_late"], "exclusion_reasons": f"{LATE}: {counts['n_late']:,}"}
            if base and then is not None:
                parts_then, _ = _rate(metric_id, (before := _counts(then, name)), base, conf_level)
                rates, at_95 = (
                    [_rate(metric_id, c, p, level)[1] for c, p in ((counts, period), (before, base))]
                    for level in (conf_level, 0.95)
                )
                if metric_id == "churn_annualised":
                    test = "MOVER"
                    change = Change(*mover(rates[0], rates[1]), mover_p_value(at_95[0], at_95[1]), test)
                else:
                    change = stats.proportion_change(*parts, *parts_then, conf_level=conf_level)
                row |= _compared(change, rates[1], *parts_then, _shortfall(parts, parts_then))
            elif lack := _shortfall(parts):
                row["flags"] = _join(row["flags"], "low_n" if lack else "")
            rows.append(row)
        return pd.DataFrame(rows)

    return _named(compute, f"churn_figure[{metric_id}]")


def monthly_churn(source: Source, until: Period, *, segment: str = "", conf_level: float = 0.95) -> pd.DataFrame:
    """Customer churn of each calendar month that the data cover, up to the end of a period, for a chart.

    Returns
    -------
    DataFrame, one row a month with at least the small-cell limit k of members
        `month, value, ci_low, ci_high, numerator, denominator`.
    """
    names = ["month", "value", "ci_low", "ci_high", "numerator", "denominator"]
    if not source.has("subscriptions"):
        return pd.DataFrame(columns=names)
    first, last = source.coverage("subscriptions")
    rows = []
    for number in pd.period_range(first, min(last, until.last_day), freq="M"):
        month = Period.parse(str(number))
        counts = _counts(start_cohort(source, month, segment=segment).set_index("segment"), "")
        if counts["n_start"] >= source.settings.k and month.last_day <= last:
            (lost, there), rate = _rate("customer_churn_rate", counts, month, conf_level)
            rows.append((pd.Timestamp(month.start), *rate[:3], lost, there))
    return pd.DataFrame(rows, columns=names)


def revenue_figure(metric_id: str) -> Figure:
    """A function for `Described`: revenue_churn or nrr of the members at the start."""

    def compute(
        source: Source, period: Period, base: Period | None = None, *, segment: str = "", conf_level: float = 0.95
    ) -> pd.DataFrame:
        """One row."""
        book, n_left_out = revenue_book(source, period, base, segment=segment)
        sides = [
            book.rename(columns={f"mrr_start_{side}": "mrr_start", f"mrr_end_{side}": "mrr_end"})
            for side in ("now", "then")
        ]
        tables = [churn.revenue_rates(side, conf_level=conf_level) for side in sides]
        rates = [records(table[table["metric_id"] == metric_id])[0] for table in tables]
        sums, cross = _revenue_sums(book, metric_id)
        row = _row(
            segment,
            "",
            _interval(rates[0]),
            rates[0]["numerator"],
            rates[0]["denominator"],
        )
        row["n_units"] = sums[0].n
        if n_left_out:
            row |= {"n_excluded": n_left_out, "exclusion_reasons": f"no amount: {n_left_out:,}"}
        lacks = [stats.shortfall("K", positive=side.n) for side in (sums if base else sums[:1])]
        if base:
            change = stats.mean_change(sums[0], sums[1], cross, conf_level=conf_level)
            parts = rates[1]["numerator"], rates[1]["denominator"]
            row |= _compared(change, _interval(rates[1]), *parts, next(filter(None, lacks), ""))
            row["base_n_units"] = sums[1].n
        return pd.DataFrame([row | {"flags": _join(row["flags"], "low_n" if any(lacks) else "")}])

    return _named(compute, f"revenue_figure[{metric_id}]")


def revenue_book(source: Source, period: Period, base: Period | None, *, segment: str = "") -> tuple[pd.DataFrame, int]:
    """Monthly revenue of the members at the start of a period, then and at its end (0: lost), beside the base.

    Returns
    -------
    DataFrame, one row a distinct combination with a count
        `mrr_start_now, mrr_end_now, mrr_start_then, mrr_end_then` (0 where not a member at that start), `n_customers`.
    int
        Members left out because an amount is missing.
    """
    books = [_book(source, each, segment) for each in (period, base) if each]
    left_out = int(books[0].mrr_start.isna().sum())
    books = [book[book.mrr_start.notna()].set_index("customer_id") for book in books]
    both = (
        books[0].join(books[1] if base else books[0].iloc[:0], how="outer", lsuffix="_now", rsuffix="_then").fillna(0.0)
    )
    return both.groupby(list(both.columns)).size().rename("n_customers").reset_index(), left_out


def inactivity_churn(
    source: Source, period: Period, base: Period | None = None, *, segment: str = "", conf_level: float = 0.95
) -> pd.DataFrame:
    """Buyers silent for longer than X days at the end of the period; X by which nine of ten repeat purchases had come.

    The base is counted with the same X. Buyers who are in both are recognised.

    Returns
    -------
    DataFrame, one row, for `measure`
        `exclusion_reasons` says X.
    """
    threshold = churn.lapse_threshold(purchase_gaps(source, period, segment=segment))
    silence = _silences(source, period, base, segment)
    n = silence.n.to_numpy(float)
    sums, flags = [], []
    for side in ("now", "then"):
        days = silence[f"silent_{side}"].to_numpy(float)
        there, lapsed = (~np.isnan(days)).astype(float), (days > threshold).astype(float)
        flags.append((lapsed, there))
        sums.append(churn.counted_sums(lapsed, there, n * there))
    cross = _cross(n, flags[0], flags[1])
    known = not np.isnan(threshold)
    rate = stats.proportion(sums[0].num, sums[0].den if known else 0, conf_level=conf_level)
    method = f"{rate.method}; X = {threshold:g} days" if known else "no repeat purchase to take X from"
    row = _row(segment, "", rate._replace(method=method), sums[0].num if known else nan, sums[0].den if known else 0)
    if base:
        change = stats.ratio_change(sums[0], sums[1], cross, share=True, conf_level=conf_level)
        before = stats.proportion(sums[1].num, sums[1].den if known else 0, conf_level=conf_level)
        parts = [(side.num, side.den) for side in sums]
        row |= _compared(
            change if known else Change(nan, nan, nan, nan, ""),
            before,
            *parts[1],
            _shortfall(*parts) if known else method,
        )
    return pd.DataFrame([row])


def purchase_gaps(source: Source, period: Period, *, segment: str = "") -> pd.DataFrame:
    """Days between consecutive purchase days up to the period's end: `gap_days, n_gaps, n_customer_gaps`, for `churn.lapse_threshold`."""
    relation, where, _ = scope(source, "purchase_days", None, segment)
    return source.sql(
        f"""
        with gaps as (
            select customer_id,
                   purchased_on - lag(purchased_on) over (partition by customer_id order by purchased_on) as gap_days
            from (select * from {relation} where {where}) where purchased_on < $end
        ),
        counted as (
            select gap_days, count(*) over (partition by customer_id) as n_customer_gaps
            from gaps where gap_days is not null
        )
        select gap_days, n_customer_gaps, count(*) as n_gaps from counted group by all order by all""",
        end=period.end,
    )


def silence(source: Source, period: Period, *, segment: str = "") -> pd.DataFrame:
    """Days since the last purchase at the period's end: `days_since_last, n_customers`, for `churn.inactivity_churn`."""
    found = _silences(source, period, None, segment)
    return found.rename(columns={"silent_now": "days_since_last", "n": "n_customers"})[
        ["days_since_last", "n_customers"]
    ]


def cohort_retention(
    source: Source,
    period: Period,
    base: Period | None = None,
    *,
    segment: str = "",
    conf_level: float = 0.95,
    kind: str = "on",
    brackets: tuple[int, ...] = (),
) -> pd.DataFrame:
    """Share of the members who joined in a month and were members in their n-th month, counted from each one's own day of joining.

    Who left and came back within the month counts. Cells whose month is not over for all of a cohort are blank.

    Returns
    -------
    DataFrame, one row a cohort and month, then cohort=all, for `measure`
        `segment` ("cohort=2026-01; month=3") and, for charts, `cohort` and `interval`.
    """
    relation, where, _ = scope(source, "spells", None, segment)
    end = _moments(period)["end"]
    found = source.sql(
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
        return pd.DataFrame(columns=["segment", "cohort", "interval", "value", "numerator", "denominator"])
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
    cells = churn.cohort_triangle(
        activity.rename(columns={"interval_no": "interval"}), sizes, complete, kind, brackets, conf_level=conf_level
    )
    label = [segment.strip() + "; " if segment.strip() else ""] * len(cells)
    names = [
        f"{lead}cohort={row.cohort}; month={row.interval}" for lead, row in zip(label, cells.itertuples(), strict=True)
    ]
    shown = cells.assign(
        segment=names, n_units=cells.denominator, ci_method="Wilson", shortfall="cells are not tested one by one"
    )
    return shown[shown.value.notna()].reset_index(drop=True)


def triangle(frame: pd.DataFrame, k: int) -> pd.DataFrame:
    """Rows of `cohort_retention`, measured, with `cohort` and `month` in columns of their own; cohorts of fewer than k are left out.

    So is the row `all` where it less the others would tell of fewer than k people.
    """
    labels = frame["segment"].astype(str).str.extract(r"cohort=(?P<cohort>[^;]+); month=(?P<month>\d+)")
    found = frame.assign(cohort=labels["cohort"], month=pd.to_numeric(labels["month"]))
    found = found[labels["month"].notna()]
    found = found[found["denominator"] >= k]
    is_all = found["cohort"] == "all"
    of_all, of_shown = (found[rows].groupby("month")["denominator"].sum() for rows in (is_all, ~is_all))
    if of_all.sub(of_shown, fill_value=0).between(1, k - 1).any():
        found = found[~is_all]
    return found.assign(month=found["month"].astype(int))[
        ["cohort", "month", "value", "ci_low", "ci_high", "numerator", "denominator"]
    ]


def lapse_sensitivity(source: Source, period: Period, *, segment: str = "", conf_level: float = 0.95) -> pd.DataFrame:
    """Share of lapsed buyers for several X, the catalogue's own among them: `X_days, rule, lapsed, from, to, buyers`."""
    names = ["X_days", "rule", "lapsed", "from", "to", "buyers"]
    if not source.has("orders"):
        return pd.DataFrame(columns=names)
    gaps, buyers = purchase_gaps(source, period, segment=segment), silence(source, period, segment=segment)
    shares = (0.5, 0.75, 0.9, 0.95)
    found = {churn.lapse_threshold(gaps, share): f"{share:.0%} of the repeat purchases came sooner" for share in shares}
    known = {days: rule for days, rule in found.items() if not np.isnan(days)}
    if buyers["n_customers"].sum() < source.settings.k or not known:
        return pd.DataFrame(columns=names)
    table = churn.inactivity_churn(buyers, sorted(known), conf_level=conf_level)
    renamed = {
        "threshold_days": "X_days",
        "value": "lapsed",
        "ci_low": "from",
        "ci_high": "to",
        "denominator": "buyers",
    }
    table = table.rename(columns=renamed).assign(rule=table["threshold_days"].map(known))
    return table[names].astype({"X_days": int, "buyers": int})


def by(metric: Any, column: str) -> Any:
    """A churn rate of `membership` by a column of `spells` or `customers`, to be measured like any figure.

    Raises
    ------
    ArgumentError
        A figure that is not counted on the members at the start.
    """
    from dataclasses import replace

    if metric.id not in ("customer_churn_rate", "customer_retention_rate", "churn_rate_stripe", "churn_annualised"):
        raise ArgumentError(f"{metric.id} cannot be grouped by {column}: only the churn rates of members can.")
    return replace(metric, function=churn_figure(metric.id, column))


def _book(source: Source, period: Period, segment: str) -> pd.DataFrame:
    """One row a member at the start: `customer_id, mrr_start, mrr_end`; null if an amount is missing."""
    relation, where, _ = scope(source, "spells", None, segment)
    running = "t.term_start_at < {at} and (t.stopped_at is null or t.stopped_at >= {at})"
    return source.sql(
        f"""
        with members as (
            select customer_id, started_at, ended_at from {relation}
            where {AT_START} and {SEEN} and ({where})
        )
        select m.customer_id,
               case when bool_or(t.mrr_amount is null) then null
                    else cast(sum(t.mrr_amount) filter (where {running.format(at="$start")}) as double) end as mrr_start,
               cast(coalesce(sum(t.mrr_amount) filter (
                   where {running.format(at="$end")} and (m.ended_at is null or m.ended_at >= $end)), 0) as double) as mrr_end
        from members as m
        join paid_terms as t
          on t.customer_id = m.customer_id and t.term_start_at >= m.started_at and t.term_start_at <= coalesce(m.ended_at, $end)
         and (t.stopped_at is null or t.stopped_at >= $start) and t.term_start_at < $end
        group by m.customer_id order by m.customer_id""",
        **_moments(period),
    )  # fmt: skip


def _revenue_sums(book: pd.DataFrame, metric_id: str) -> tuple[list[ClusterSums], CrossSums]:
    n, flags = book.n_customers.to_numpy(float), []
    for side in ("now", "then"):
        start, end = book[f"mrr_start_{side}"].to_numpy(float), book[f"mrr_end_{side}"].to_numpy(float)
        flags.append(
            (np.where(start > 0, np.maximum(start - end, 0) if metric_id == "revenue_churn" else end, 0), start)
        )
    sums = [churn.counted_sums(part, whole, n * (whole > 0)) for part, whole in flags]
    return sums, _cross(n, *flags)


def _cross(n: np.ndarray, now: tuple[np.ndarray, np.ndarray], then: tuple[np.ndarray, np.ndarray]) -> CrossSums:
    in_any = (now[1] > 0) | (then[1] > 0)
    products = {
        f"{a}{b}": float(n @ (x * y))
        for a, x in zip(("num", "den"), now, strict=True)
        for b, y in zip(("num", "den"), then, strict=True)
    }
    return CrossSums(n=int(n[in_any].sum()), **products)


def _silences(source: Source, period: Period, base: Period | None, segment: str) -> pd.DataFrame:
    relation, where, _ = scope(source, "purchase_days", None, segment)
    return source.sql(
        f"""
        with lasts as (
            select customer_id,
                   cast($end as date) - max(purchased_on) filter (where purchased_on < $end)           as silent_now,
                   cast($base_end as date) - max(purchased_on) filter (where purchased_on < $base_end) as silent_then
            from (select * from {relation} where {where}) group by customer_id
        )
        select silent_now, silent_then, count(*) as n from lasts
        where silent_now is not null group by all order by all""",
        end=period.end,
        base_end=base.end if base else datetime(1, 1, 2).date(),
    )


def _rate(
    metric_id: str, counts: dict[str, int], period: Period, conf_level: float
) -> tuple[tuple[float, float], Interval]:
    """Numerator and denominator, and the rate with its interval."""
    n_start, n_lost = counts["n_start"], counts["n_lost"]
    if metric_id == "churn_annualised":
        rate = churn.annualised_churn(n_start, n_lost, DAYS_PER_YEAR / period.days, conf_level=conf_level)
        return (n_lost, n_start), rate
    rates = churn.churn_rates(n_start, n_lost, counts["n_joined"], counts["n_joined_and_lost"], conf_level=conf_level)
    found = records(rates[rates["metric_id"] == metric_id])[0]
    return (float(found["numerator"]), float(found["denominator"])), _interval(found)


def _interval(rate: dict[str, Any]) -> Interval:
    return Interval(rate["value"], rate["ci_low"], rate["ci_high"], rate["ci_method"])


def _counts(frame: pd.DataFrame, name: str) -> dict[str, int]:
    names = ("n_start", "n_lost", "n_joined", "n_joined_and_lost", "n_late")
    return {column: int(frame[column].get(name, 0)) for column in names}


def _shortfall(*parts: tuple[float, float]) -> str:
    lacks = (stats.shortfall("P", n=n, events=x, non_events=n - x) for x, n in parts)
    return next(filter(None, lacks), "")


def _row(segment: str, label: str, rate: Interval, numerator: float, denominator: float) -> dict[str, Any]:
    return {
        "segment": _join(segment.strip(), label, "; "), "value": rate.value, "numerator": numerator, "denominator": denominator,
        "n_units": int(denominator), "ci_low": rate.low, "ci_high": rate.high, "ci_method": rate.method,
        "n_excluded": 0, "exclusion_reasons": "", "flags": "" if denominator else "empty_denominator",
    }  # fmt: skip


def _compared(change: Change, before: Interval, numerator: float, denominator: float, lack: str) -> dict[str, Any]:
    return {
        "base_value": before.value, "base_numerator": numerator, "base_denominator": denominator, "base_n_units": int(denominator),
        "base_ci_low": before.low, "base_ci_high": before.high,
        "difference": change.difference, "difference_low": change.low, "difference_high": change.high,
        "relative": change.difference / before.value if before.value > 0 else nan,
        "p_value": change.p_value, "test": change.method, "shortfall": lack,
    }  # fmt: skip


def _join(one: str, other: str, by: str = ";") -> str:
    return by.join(filter(None, [one, other]))


def _moments(period: Period) -> dict[str, datetime]:
    return {"start": datetime.combine(period.start, time()), "end": datetime.combine(period.end, time())}


def _months_between(first: Any, last: datetime) -> int:
    """Whole months from the day after a cohort's month to the end of the data."""
    first = pd.Timestamp(first).normalize()
    months = (last.year - first.year) * 12 + last.month - first.month
    return max(months - (first + pd.DateOffset(months=months) > pd.Timestamp(last)), 0)


def _named(function: Figure, name: str) -> Figure:
    function.__name__ = function.__qualname__ = name
    return function
