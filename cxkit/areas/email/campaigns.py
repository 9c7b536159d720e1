"""Campaigns one by one: what each did, which stand out once luck is taken out, A/B variants, hold-outs, and when people react.

Every function reads the view `deliveries` and gives a small frame; without the tables it gives an empty one.
"""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from math import nan

import numpy as np
import pandas as pd

from cxkit import stats
from cxkit.dataset.source import Source
from cxkit.exactness import fitted
from cxkit.measurement.measure import records
from cxkit.measurement.scope import scope
from cxkit.period import Period
from cxkit.stats import Change, ClusterSums, Interval
from cxkit.stats.mover import mover, mover_p_value
from cxkit.stats.pooling import pooled_shares

WINDOW_DAYS = 7  # as in the view: what comes later is nobody's
YEAR = 365
STAGES = {
    "sent": "is_sent",
    "delivered": "is_delivered",
    "opened by a person": "is_human_opened",
    "clicked": "is_clicked",
    "converted": "is_converted",
}


def known_until(source: Source) -> datetime:
    """The moment to which outcomes are known."""
    last = source.coverage("message_events" if source.has("message_events") else "campaigns")[1]
    return datetime.combine(last + timedelta(days=1), time())


def chain(source: Source, period: Period, base: Period | None = None, *, segment: str = "") -> pd.DataFrame:
    """The chain from sent to converted, as recipients of e-mails whose 7 days are over.

    Returns
    -------
    DataFrame, one row a stage
        `stage, n` and with a base `base_n`. Stages are no strict subsets: one may buy without clicking, and readers behind a privacy
        proxy are seen only when they click.

    Examples
    --------
    >>> import cxkit as cx
    >>> chain(cx.open_data("data/sample"), cx.Period.parse("2026-10")).columns.tolist()
    ['stage', 'n']
    """
    if not source.has("campaigns"):
        return pd.DataFrame({"stage": list(STAGES)[:0], "n": []})
    frame = pd.DataFrame({"stage": list(STAGES), "n": _stages(source, period, segment)})
    return frame.assign(base_n=_stages(source, base, segment)) if base else frame


def _stages(source: Source, period: Period, segment: str) -> list[int]:
    counts = ", ".join(f"count(*) filter (where {flag}) as s{place}" for place, flag in enumerate(STAGES.values()))
    return [int(n) for n in _select(source, counts, period.start, period.end, segment, "", "channel = 'email'").iloc[0]]


def by_campaign(source: Source, start: date, end: date, *, channel: str = "email", segment: str = "") -> pd.DataFrame:
    """Counts of each campaign sent in a span, held-out groups included.

    Parameters
    ----------
    start, end : date
        Half-open, by sending.
    channel : str
        email, sms or push.

    Returns
    -------
    DataFrame, one row a campaign, in the order of sending
        `campaign_id, campaign, campaign_name, variant, flow_id, audience, is_holdout, sent_on, is_mature` (all 7 days over), counts
        `n_recipients, n_sent, n_delivered, n_opened, n_human_opened, n_openable` (delivered less opened by machines only),
        `n_clicked, n_unsubscribed, n_converted`, `value_amount` with the sums that its interval needs, `cost_amount`.
    """
    if not source.has("campaigns"):
        return pd.DataFrame(columns=[*_KEYS, *_COUNTS, "campaign", "is_mature", "value_amount", "cost_amount"])
    columns = ", ".join(
        [*_KEYS.values(), *(f"count(*) filter (where {flag}) as {name}" for name, flag in _COUNTS.items())]
    )
    columns += ", max(sent_at) as last_sent_at, sum(value_amount) as value_amount"
    columns += ", sum(value_amount * value_amount) as value2, sum(value_amount * value_amount * value_amount) as value3"
    found = _select(source, columns, start, end, segment, "campaign_id", f"channel = '{channel}'", mature=False)
    totals = source.sql("select campaign_id, cost_amount, revenue_amount from campaigns")
    found = found.merge(totals, on="campaign_id", how="left").sort_values(["sent_on", "campaign_id"], ignore_index=True)
    window = timedelta(days=WINDOW_DAYS)
    return found.assign(
        campaign=_labels(found),
        is_mature=[bool(sent + window <= known_until(source)) for sent in found.last_sent_at],
        value_amount=found.value_amount.fillna(found.revenue_amount),
    )


_KEYS = {
    "campaign_id": "campaign_id", "campaign_name": "any_value(campaign_name) as campaign_name",
    "variant": "any_value(variant) as variant", "flow_id": "any_value(flow_id) as flow_id",
    "audience": "any_value(audience) as audience", "is_holdout": "bool_or(is_holdout) as is_holdout",
    "sent_on": "cast(min(sent_at) as date) as sent_on",
}  # fmt: skip
_COUNTS = {
    "n_recipients": "true", "n_sent": "is_sent", "n_delivered": "is_delivered", "n_opened": "is_opened",
    "n_human_opened": "is_human_opened", "n_openable": "is_delivered and not is_machine_only", "n_clicked": "is_clicked",
    "n_unsubscribed": "is_unsubscribed", "n_converted": "is_converted",
}  # fmt: skip


def _labels(found: pd.DataFrame) -> list[str]:
    """A name for the reader; the day is added where names repeat."""
    names = found.campaign_name.fillna(found.campaign_id)
    names = names.where(found.variant.isna(), names + " (" + found.variant.fillna("").astype(str) + ")")
    days = pd.to_datetime(found.sent_on).dt.strftime("%Y-%m-%d")
    return list(names.where(~names.duplicated(keep=False), names + ", " + days))


def ranking(
    source: Source, period: Period, *, days: int = YEAR, segment: str = "", conf_level: float = 0.95
) -> pd.DataFrame:
    """Campaigns of the year up to the period's end by their click rate, each drawn towards the mean as far as it is small.

    Parameters
    ----------
    days : int
        How far back.

    Returns
    -------
    DataFrame, one row a campaign, the best pooled estimate first
        `campaign, sent_on, n_delivered, n_clicked, value` (raw), `pooled, pooled_low, pooled_high, mean`, and `stands_out`: "above" or
        "below" where the whole interval is. Campaigns whose 7 days are not over are left out: they would still rise.
    """
    span = _span(source, period, days, segment)
    mature = span[span.is_mature & ~span.is_holdout & (span.n_delivered > 0)]
    pooled = pooled_shares(mature.n_clicked, mature.n_delivered, conf_level=conf_level)
    frame = mature[["campaign", "sent_on", "n_delivered", "n_clicked"]].assign(
        value=(mature.n_clicked / mature.n_delivered).astype(float),
        pooled=pooled.value, pooled_low=pooled.low, pooled_high=pooled.high, mean=pooled.mean,
    )  # fmt: skip
    frame["stands_out"] = np.select(
        [frame.pooled_low > pooled.mean, frame.pooled_high < pooled.mean], ["above", "below"], ""
    )
    return fitted(frame.sort_values(["pooled", "campaign"], ascending=[False, True], ignore_index=True))


def immature(source: Source, period: Period, *, segment: str = "") -> pd.DataFrame:
    """Campaigns of the period whose 7 days are not over: what they have so far, apart from all others.

    Returns
    -------
    DataFrame, one row a campaign
        `campaign, sent_on, n_delivered, n_clicked`.
    """
    span = by_campaign(source, period.start, period.end, segment=segment)
    young = span[~span.is_mature.astype(bool) & ~span.is_holdout.astype(bool)]
    return young[["campaign", "sent_on", "n_delivered", "n_clicked"]].reset_index(drop=True)


def variants(
    source: Source, period: Period, *, days: int = YEAR, segment: str = "", conf_level: float = 0.95
) -> pd.DataFrame:
    """A/B tests of the year up to the period's end: the click rate of each variant against the first.

    Returns
    -------
    DataFrame, one row a variant that is not the first of its test
        `test, variant, against, n, n_against, value, value_against, difference, difference_low, difference_high` (Newcombe),
        `p_value` (N−1 test), `p_adjusted` (Holm over the tests shown), `verdict`, and `n_needed` in each arm to notice a tenth more
        with a chance of 80 %.
    """
    span = _span(source, period, days, segment)
    tests = span[span.is_mature & ~span.is_holdout & span.variant.notna() & (span.n_delivered > 0)]
    rows = []
    for (name, _), arms in tests.groupby([tests.campaign_name.fillna(tests.flow_id).fillna(""), "sent_on"]):
        arms = arms.groupby("variant", as_index=False)[["n_clicked", "n_delivered"]].sum()
        first = arms.iloc[0]
        for arm in records(arms.iloc[1:]):
            pair = (arm["n_clicked"], arm["n_delivered"], first.n_clicked, first.n_delivered)
            change = stats.proportion_change(*pair, conf_level=conf_level)
            labels = {"test": name, "variant": arm["variant"], "against": first.variant}
            rows.append(labels | _pair(pair, change) | {"n_needed": _needed(first.n_clicked / first.n_delivered, 1.1)})
    return _judged(rows, ["test", "variant", "against"], ["n_needed"])


def holdout_lift(
    source: Source, period: Period, *, days: int = YEAR, segment: str = "", conf_level: float = 0.95
) -> pd.DataFrame:
    """What campaigns did: conversion of those they were sent to less that of the group held out.

    Campaign and group belong together by flow, else by channel, audience and day. Recipients count as they were assigned, bounces
    included: nobody knows which of the held-out addresses would have bounced.

    Returns
    -------
    DataFrame, one row a campaign with a held-out group
        As `variants`, with `campaign` for `test`; `n_needed` in each group to notice a fifth more than the held-out bought.
    """
    span = _span(source, period, days, segment)
    span = span[span.is_mature & (span.n_recipients > 0)]
    key = span.flow_id.fillna(span.audience.fillna("") + " " + span.sent_on.astype(str))
    rows = []
    for _, group in span.groupby(key):
        held, treated = group[group.is_holdout], group[~group.is_holdout]
        if len(held) and len(treated):
            pair = (treated.n_converted.sum(), treated.n_sent.sum(), held.n_converted.sum(), held.n_recipients.sum())
            change = stats.proportion_change(*pair, conf_level=conf_level)
            needed = _needed(pair[2] / pair[3] if pair[3] else nan, 1.2)
            rows.append({"campaign": "; ".join(treated.campaign)} | _pair(pair, change) | {"n_needed": needed})
    return _judged(rows, ["campaign"], ["n_needed"])


def sample_sizes(rate: float, relative: Iterable[float] = (0.05, 0.1, 0.2, 0.5)) -> pd.DataFrame:
    """How many recipients each arm of a test needs, by the smallest change worth noticing.

    Parameters
    ----------
    rate : float
        The rate now, 0–1.
    relative : floats
        Changes relative to it: 0.1 is a tenth more.

    Returns
    -------
    DataFrame, one row a change
        `change` in words, `from`, `to`, `n_per_arm` for a chance of 80 % at the 5 % level.

    Examples
    --------
    >>> sample_sizes(0.20, [0.1]).n_per_arm.tolist()
    [6508]
    """
    steps = [step for step in relative if rate > 0 and rate * (1 + step) < 1]
    return pd.DataFrame(
        [(f"{step:+.0%}", rate, rate * (1 + step), _needed(rate, 1 + step)) for step in steps],
        columns=["change", "from", "to", "n_per_arm"],
    )


def waiting_times(
    source: Source, period: Period, what: str = "first_clicked_at", *, channel: str = "email", segment: str = ""
) -> pd.DataFrame:
    """Hours from sending to the first open or click, as cells for `cxkit.models.survival.kaplan_meier`.

    Parameters
    ----------
    what : str
        first_opened_at, first_clicked_at or converted_at. For opens, recipients whose only opens are a machine's are left out.

    Returns
    -------
    DataFrame, one row a distinct waiting time to a tenth of an hour, with a count
        `duration, event, n_units`. Who has not reacted is censored after 7 days, or where the data end.
    """
    if not source.has("message_events"):
        return pd.DataFrame(
            {"duration": pd.Series(dtype=float), "event": pd.Series(dtype=bool), "n_units": pd.Series(dtype=int)}
        )
    relation, where, _ = scope(source, "deliveries", None, segment)
    unknown = "and not coalesce(is_machine_only, false)" if what == "first_opened_at" else ""
    until = f"least(sent_at_utc + interval {WINDOW_DAYS} day, $known)"
    return source.sql(
        f"""
        select round(greatest(epoch(coalesce({what}_utc, {until})) - epoch(sent_at_utc), 0) / 360) / 10 as duration,
               {what} is not null as event, count(*) as n_units
        from {relation}
        where sent_at >= $start and sent_at < $end and channel = '{channel}' and is_delivered and not is_from_totals
          {unknown} and ({where})
        group by all order by all""",
        start=period.start, end=period.end, known=source.in_utc(known_until(source)),
    )  # fmt: skip


def effectiveness(
    source: Source, period: Period, base: Period | None = None, *, segment: str = "", conf_level: float = 0.95
) -> pd.DataFrame:
    """Return on a campaign's cost, (margin − cost) ÷ cost, for all e-mail campaigns of the period and for each.

    Margin is the value of the conversions within 7 days times `margin_share` of dataset.yml. The interval is that of the revenue per
    recipient (analytic BCa over recipients); where only totals are known there is none. Campaigns without cost or whose 7 days are
    not over are left out.

    Returns
    -------
    DataFrame, one row in all and one a campaign
        For `measure`: numerator margin − cost, denominator cost.
    """
    share = source.settings.margin_share or 0.0
    if not share or segment:
        lack = "a cost is known per campaign, not per segment" if segment else "needs margin_share in dataset.yml"
        return pd.DataFrame([{"value": nan, "exclusion_reasons": lack, "shortfall": lack}])
    sides = [_costed(source, each) for each in (period, base) if each]
    groups = [("", sides[0]), *((f"campaign={name}", part) for name, part in sides[0].groupby("campaign", sort=False))]
    rows = []
    for name, part in groups:
        result, cost = _roi(part, share, conf_level), float(part.cost_amount.sum())
        row = {
            "segment": name, "value": result.value, "ci_low": result.low, "ci_high": result.high, "ci_method": result.method,
            "numerator": result.value * cost, "denominator": cost, "n_units": int(part.n_delivered.sum()),
        }  # fmt: skip
        if base and not name:
            row |= _against(
                result, _roi(sides[1], share, conf_level), part.n_converted.sum(), sides[1].n_converted.sum()
            )
        elif base:
            row["shortfall"] = "the campaign was sent once"
        rows.append(row)
    return pd.DataFrame(rows)


def effectiveness_table(
    source: Source, period: Period, *, days: int = YEAR, segment: str = "", conf_level: float = 0.95
) -> pd.DataFrame:
    """The mature campaigns of a period side by side.

    Returns
    -------
    DataFrame, one row a campaign in the order of sending
        `campaign, sent_on, delivered, click_rate, conversion` (both drawn towards the mean of the campaigns of the last `days`),
        `revenue_each` (a recipient), `cost`, `return_on_cost`.
    """
    span = _span(source, period, days, segment)
    span = span[span.is_mature & ~span.is_holdout & (span.n_delivered > 0)]
    click, bought = (
        pooled_shares(span[name], span.n_delivered, conf_level=conf_level) for name in ("n_clicked", "n_converted")
    )
    margin = source.settings.margin_share if source.settings.margin_share is not None and not segment else nan
    table = pd.DataFrame(
        {
            "campaign": span.campaign,
            "sent_on": span.sent_on,
            "delivered": span.n_delivered.astype(int),
            "click_rate": click.value,
            "conversion": bought.value,
            "revenue_each": span.value_amount / span.n_delivered,
            "cost": span.cost_amount,
            "return_on_cost": (span.value_amount * margin / span.cost_amount.where(span.cost_amount > 0)) - 1,
        }
    )
    in_period = pd.to_datetime(span.sent_on) >= pd.Timestamp(period.start)
    return fitted(table[in_period].reset_index(drop=True))


def _costed(source: Source, period: Period) -> pd.DataFrame:
    span = by_campaign(source, period.start, period.end)
    return span[
        span.is_mature.astype(bool) & ~span.is_holdout.astype(bool) & (span.cost_amount > 0) & span.value_amount.notna()
    ]


def _roi(campaigns: pd.DataFrame, share: float, conf_level: float) -> Interval:
    cost, delivered = float(campaigns.cost_amount.sum()), float(campaigns.n_delivered.sum())
    if cost <= 0:
        return Interval(nan, nan, nan, "")
    value = float(campaigns.value_amount.sum())
    sums = ClusterSums(
        n=int(delivered), num=value, den=delivered, num2=float(campaigns.value2.sum(min_count=len(campaigns))),
        numden=value, den2=delivered, num3=float(campaigns.value3.sum(min_count=len(campaigns))),
        num2den=float(campaigns.value2.sum()), numden2=value, den3=delivered,
    )  # fmt: skip
    if not sums.num2 > 0:
        return Interval(share * value / cost - 1, nan, nan, "totals only")
    mean = stats.abc_ratio(sums, conf_level=conf_level)
    low, high = (share * end * delivered / cost - 1 for end in (mean.low, mean.high))
    return Interval(share * value / cost - 1, low, high, mean.method)


def _against(now: Interval, before: Interval, buyers: float, buyers_before: float) -> dict[str, object]:
    difference, low, high = mover(now, before)
    lack = stats.shortfall("heavy_tailed_mean", positive=buyers) or stats.shortfall(
        "heavy_tailed_mean", positive=buyers_before
    )
    return {
        "base_value": before.value, "base_ci_low": before.low, "base_ci_high": before.high,
        "difference": difference, "difference_low": low, "difference_high": high,
        "p_value": mover_p_value(now, before), "test": "MOVER", "shortfall": lack,
    }  # fmt: skip


def _span(source: Source, period: Period, days: int, segment: str) -> pd.DataFrame:
    span = by_campaign(source, period.end - timedelta(days=days), period.end, segment=segment)
    return span.astype({"is_mature": bool, "is_holdout": bool})


def _pair(pair: tuple[float, float, float, float], change: Change) -> dict[str, object]:
    x1, n1, x0, n0 = pair
    shares = [x / n if n else nan for x, n in ((x1, n1), (x0, n0))]
    lacks = (stats.shortfall("proportion", n=n, events=x, non_events=n - x) for x, n in ((x1, n1), (x0, n0)))
    return {
        "n": int(n1), "n_against": int(n0), "value": shares[0], "value_against": shares[1],
        "difference": change.difference, "difference_low": change.low, "difference_high": change.high,
        "p_value": change.p_value, "shortfall": next(filter(None, lacks), ""),
    }  # fmt: skip


_PAIR_COLUMNS = ["n", "n_against", "value", "value_against", "difference", "difference_low", "difference_high"]


def _judged(rows: list[dict[str, object]], first: list[str], last: list[str]) -> pd.DataFrame:
    """Holm over the rows; only a test that passed is told as a difference."""
    frame = pd.DataFrame(rows, columns=[*first, *_PAIR_COLUMNS, "p_value", "shortfall", *last])
    enough = frame.shortfall.eq("")
    frame["p_adjusted"] = stats.adjust(frame.p_value.where(enough).to_numpy(float), method="holm").p_values
    frame["verdict"] = np.select(
        [~enough, frame.p_adjusted > 0.05, frame.difference > 0],
        ["can't tell (" + frame.shortfall + ")", "no difference beyond noise", "higher, beyond noise"],
        "lower, beyond noise",
    )
    return frame[[*first, *_PAIR_COLUMNS, "p_value", "p_adjusted", "verdict", *last]]


def _needed(rate: float, factor: float) -> float:
    return stats.n_for_change(rate, rate * factor) if rate > 0 and rate * factor < 1 else nan


def _select(
    source: Source, columns: str, start: date, end: date, segment: str, by: str, condition: str, *, mature: bool = True
) -> pd.DataFrame:
    relation, where, _ = scope(source, "deliveries", None, segment)
    over = f"and sent_at + interval {WINDOW_DAYS} day <= $known" if mature else ""
    parameters = {"start": start, "end": end} | ({"known": known_until(source)} if mature else {})
    return source.sql(
        f"select {columns} from {relation} where sent_at >= $start and sent_at < $end and {condition} {over} and ({where})"
        + (f" group by {by} order by {by}" if by else ""),
        **parameters,
    )
