"""Campaigns one by one: what each did, which stand out once luck is taken out, and when people react.

Every function reads the view `deliveries` and gives a small frame; without the tables it gives an empty one.
"""

from datetime import datetime, time, timedelta

import numpy as np
import pandas as pd

from cxkit.dataset.source import Source
from cxkit.dataset.windows import MESSAGE_DAYS
from cxkit.exactness import fitted
from cxkit.measurement.ask import Ask
from cxkit.period import Period
from cxkit.stats.pooling import pooled_shares

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


def chain(ask: Ask) -> pd.DataFrame:
    """The chain from sent to converted, as recipients of e-mails whose 7 days are over.

    Returns
    -------
    DataFrame, one row a stage
        `stage, n` and with a base `base_n`. Stages are no strict subsets: one may buy without clicking, and readers behind a privacy
        proxy are seen only when they click.

    Examples
    --------
    >>> import cxkit as cx
    >>> chain(Ask(cx.open_data("data/sample"), cx.Period.parse("2026-10"))).columns.tolist()
    ['stage', 'n']
    """
    if not ask.source.has("campaigns"):
        return pd.DataFrame({"stage": list(STAGES)[:0], "n": []})
    counts = ", ".join(f"count(*) filter (where {flag}) as s{place}" for place, flag in enumerate(STAGES.values()))
    over = "channel = 'email' and sent_at + to_days(message_days()) <= $known"
    sides = [_select(ask.at(each), counts, over, known=known_until(ask.source)).iloc[0] for each in ask.periods]
    return pd.DataFrame({"stage": list(STAGES)} | dict(zip(("n", "base_n"), map(list, sides), strict=False)))


def by_campaign(ask: Ask, *, channel: str = "email") -> pd.DataFrame:
    """Counts of each campaign sent in the period, held-out groups included.

    Parameters
    ----------
    channel : str
        email, sms or push.

    Returns
    -------
    DataFrame, one row a campaign, in the order of sending
        `campaign_id, campaign, campaign_name, variant, flow_id, audience, is_holdout, sent_on, is_mature` (all 7 days over), counts
        `n_recipients, n_sent, n_delivered, n_opened, n_human_opened, n_openable` (delivered less opened by machines only),
        `n_clicked, n_unsubscribed, n_converted`, `value_amount` with the sums that its interval needs, `cost_amount`.
    """
    if not ask.source.has("campaigns"):
        return pd.DataFrame(columns=[*_KEYS, *_COUNTS, "campaign", "is_mature", "value_amount", "cost_amount"])
    columns = ", ".join(
        [*_KEYS.values(), *(f"count(*) filter (where {flag}) as {name}" for name, flag in _COUNTS.items())]
    )
    columns += ", max(sent_at) as last_sent_at, sum(value_amount) as value_amount"
    columns += ", sum(value_amount * value_amount) as value2, sum(value_amount * value_amount * value_amount) as value3"
    found = _select(ask, columns, f"channel = '{channel}'", "group by campaign_id order by campaign_id")
    totals = ask.source.sql("select campaign_id, cost_amount, revenue_amount from campaigns")
    found = found.merge(totals, on="campaign_id", how="left").sort_values(["sent_on", "campaign_id"], ignore_index=True)
    window = timedelta(days=MESSAGE_DAYS)
    return found.assign(
        campaign=_labels(found),
        is_mature=[bool(sent + window <= known_until(ask.source)) for sent in found.last_sent_at],
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


def ranking(ask: Ask, *, days: int = YEAR) -> pd.DataFrame:
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
    span = recent_campaigns(ask, days)
    mature = span[span.is_mature & ~span.is_holdout & (span.n_delivered > 0)]
    pooled = pooled_shares(mature.n_clicked, mature.n_delivered, conf_level=ask.conf_level)
    frame = mature[["campaign", "sent_on", "n_delivered", "n_clicked"]].assign(
        value=(mature.n_clicked / mature.n_delivered).astype(float),
        pooled=pooled.value, pooled_low=pooled.low, pooled_high=pooled.high, mean=pooled.mean,
    )  # fmt: skip
    frame["stands_out"] = np.select(
        [frame.pooled_low > pooled.mean, frame.pooled_high < pooled.mean], ["above", "below"], ""
    )
    return fitted(frame.sort_values(["pooled", "campaign"], ascending=[False, True], ignore_index=True))


def immature(ask: Ask) -> pd.DataFrame:
    """Campaigns of the period whose 7 days are not over: what they have so far, apart from all others.

    Returns
    -------
    DataFrame, one row a campaign
        `campaign, sent_on, n_delivered, n_clicked`.
    """
    span = by_campaign(ask)
    young = span[~span.is_mature.astype(bool) & ~span.is_holdout.astype(bool)]
    return young[["campaign", "sent_on", "n_delivered", "n_clicked"]].reset_index(drop=True)


def waiting_times(ask: Ask, what: str = "first_clicked_at", *, channel: str = "email") -> pd.DataFrame:
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
    if not ask.source.has("message_events"):
        return pd.DataFrame(
            {"duration": pd.Series(dtype=float), "event": pd.Series(dtype=bool), "n_units": pd.Series(dtype=int)}
        )
    relation, where, _ = ask.scope("deliveries")
    unknown = "and not coalesce(is_machine_only, false)" if what == "first_opened_at" else ""
    until = "least(sent_at_utc + to_days(message_days()), $known)"
    return ask.source.sql(
        f"""
        select round(greatest(epoch(coalesce({what}_utc, {until})) - epoch(sent_at_utc), 0) / 360) / 10 as duration,
               {what} is not null as event, count(*) as n_units
        from {relation}
        where sent_at >= $start and sent_at < $end and channel = '{channel}' and is_delivered and not is_from_totals
          {unknown} and ({where})
        group by all order by all""",
        **ask.days,
        known=ask.source.in_utc(known_until(ask.source)),
    )


def recent_campaigns(ask: Ask, days: int) -> pd.DataFrame:
    """As `by_campaign`, of so many days up to the period's end."""
    end = ask.period.end
    span = by_campaign(ask.at(Period("days", end - timedelta(days=days), end)))
    return span.astype({"is_mature": bool, "is_holdout": bool})


def _select(ask: Ask, columns: str, condition: str, grouping: str = "", **parameters: object) -> pd.DataFrame:
    relation, where, _ = ask.scope("deliveries")
    return ask.source.sql(
        f"select {columns} from {relation} where sent_at >= $start and sent_at < $end and {condition} and ({where}) {grouping}",
        **ask.days,
        **parameters,
    )
