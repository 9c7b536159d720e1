"""What campaigns brought for what they cost: conversions, revenue and return, campaign by campaign."""

from math import nan
from typing import Any

import pandas as pd

from cxkit import stats
from cxkit.areas.email.campaigns import YEAR, by_campaign, recent_campaigns
from cxkit.exactness import fitted
from cxkit.measurement.ask import Ask
from cxkit.measurement.described import first
from cxkit.row import Row, Side
from cxkit.stats import Change, ClusterSums, Interval
from cxkit.stats.mover import mover, mover_p_value
from cxkit.stats.pooling import pooled_shares
from cxkit.stats.results import empty_interval


def effectiveness(ask: Ask) -> list[Row]:
    """Return on a campaign's cost, (margin − cost) ÷ cost, for all e-mail campaigns of the period and for each.

    Margin is the value of the conversions within 7 days times `margin_share` of dataset.yml. The interval is that of the revenue per
    recipient (analytic BCa over recipients); where only totals are known there is none. Campaigns without cost or whose 7 days are
    not over are left out. The numerator is margin − cost.
    """
    share = ask.source.settings.margin_share or 0.0
    if not share or ask.segment:
        lack = "a cost is known per campaign, not per segment" if ask.segment else "needs margin_share in dataset.yml"
        return [Row(why=lack, shortfall=lack)]
    costed = [_costed(ask.at(each)) for each in ask.periods]
    now, *base = (_side(campaigns, share, ask.conf_level) for campaigns in costed)
    whole = Row(now=now, **(_against(now, base[0], costed) if base else {}))
    lack = "the campaign was sent once" if ask.base else ""
    parts = [
        Row(segment=ask.segment.part("campaign", name), now=_side(part, share, ask.conf_level), shortfall=lack)
        for name, part in costed[0].groupby("campaign", sort=False)
    ]
    return [whole, *parts]


def effectiveness_table(ask: Ask, *, days: int = YEAR) -> pd.DataFrame:
    """The mature campaigns of a period side by side.

    Returns
    -------
    DataFrame, one row a campaign in the order of sending
        `campaign, sent_on, delivered, click_rate, conversion` (both drawn towards the mean of the campaigns of the last `days`),
        `revenue_each` (a recipient), `cost`, `return_on_cost`.
    """
    span = recent_campaigns(ask, days)
    span = span[span.is_mature & ~span.is_holdout & (span.n_delivered > 0)]
    click, bought = (
        pooled_shares(span[name], span.n_delivered, conf_level=ask.conf_level) for name in ("n_clicked", "n_converted")
    )
    share = ask.source.settings.margin_share
    margin = nan if share is None or ask.segment else share
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
    in_period = pd.to_datetime(span.sent_on) >= pd.Timestamp(ask.period.start)
    return fitted(table[in_period].reset_index(drop=True))


def _costed(ask: Ask) -> pd.DataFrame:
    span = by_campaign(ask)
    return span[
        span.is_mature.astype(bool) & ~span.is_holdout.astype(bool) & (span.cost_amount > 0) & span.value_amount.notna()
    ]


def _side(campaigns: pd.DataFrame, share: float, conf_level: float) -> Side:
    cost = float(campaigns.cost_amount.sum())
    found = _roi(campaigns, cost, share, conf_level)
    return Side.of(found, found.value * cost, cost, int(campaigns.n_delivered.sum()))


def _roi(campaigns: pd.DataFrame, cost: float, share: float, conf_level: float) -> Interval:
    if cost <= 0:
        return empty_interval("")
    value, delivered = float(campaigns.value_amount.sum()), float(campaigns.n_delivered.sum())
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


def _against(now: Side, base: Side, costed: list[pd.DataFrame]) -> dict[str, Any]:
    """What stands beside a base, of which value and interval alone are told."""
    lacks = (stats.shortfall("heavy_tailed_mean", positive=campaigns.n_converted.sum()) for campaigns in costed)
    p_value = mover_p_value(now.interval, base.interval)
    return {
        "base": Side.of(base.interval, n_units=nan),
        "change": Change(*mover(now.interval, base.interval), p_value, "MOVER"),
        "shortfall": first(lacks),
    }
