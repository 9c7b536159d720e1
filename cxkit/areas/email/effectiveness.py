"""What campaigns brought for what they cost: conversions, revenue and return, campaign by campaign."""

from math import nan

import pandas as pd

from cxkit import stats
from cxkit.areas.email.campaigns import YEAR, by_campaign, recent_campaigns
from cxkit.dataset.source import Source
from cxkit.exactness import fitted
from cxkit.period import Period
from cxkit.segment import part_of
from cxkit.stats import ClusterSums, Interval
from cxkit.stats.mover import mover, mover_p_value
from cxkit.stats.pooling import pooled_shares


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
    groups = [
        ("", sides[0]),
        *((part_of("", "campaign", name), part) for name, part in sides[0].groupby("campaign", sort=False)),
    ]
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
    span = recent_campaigns(source, period, days, segment)
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
