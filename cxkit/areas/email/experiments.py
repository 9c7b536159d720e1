"""Which version of a message did better, what sending moved at all, and how many recipients a test needs."""

from collections.abc import Iterable
from math import nan

import numpy as np
import pandas as pd

from cxkit import stats
from cxkit.areas.email.campaigns import YEAR, recent_campaigns
from cxkit.measurement.ask import Ask
from cxkit.measurement.described import shortfall_of
from cxkit.measurement.rows import records
from cxkit.stats import Change


def variants(ask: Ask, *, days: int = YEAR) -> pd.DataFrame:
    """A/B tests of the year up to the period's end: the click rate of each variant against the first.

    Returns
    -------
    DataFrame, one row a variant that is not the first of its test
        `test, variant, against, n, n_against, value, value_against, difference, difference_low, difference_high` (Newcombe),
        `p_value` (N−1 test), `p_adjusted` (Holm over the tests shown), `verdict`, and `n_needed` in each arm to notice a tenth more
        with a chance of 80 %.
    """
    span = recent_campaigns(ask, days)
    tests = span[span.is_mature & ~span.is_holdout & span.variant.notna() & (span.n_delivered > 0)]
    rows = []
    for (name, _), arms in tests.groupby([tests.campaign_name.fillna(tests.flow_id).fillna(""), "sent_on"]):
        arms = arms.groupby("variant", as_index=False)[["n_clicked", "n_delivered"]].sum()
        first = arms.iloc[0]
        for arm in records(arms.iloc[1:]):
            pair = (arm["n_clicked"], arm["n_delivered"], first.n_clicked, first.n_delivered)
            change = stats.proportion_change(*pair, conf_level=ask.conf_level)
            labels = {"test": name, "variant": arm["variant"], "against": first.variant}
            rows.append(labels | _pair(pair, change) | {"n_needed": _needed(first.n_clicked / first.n_delivered, 1.1)})
    return _judged(rows, ["test", "variant", "against"], ["n_needed"])


def holdout_lift(ask: Ask, *, days: int = YEAR) -> pd.DataFrame:
    """What campaigns did: conversion of those they were sent to less that of the group held out.

    Campaign and group belong together by flow, else by channel, audience and day. Recipients count as they were assigned, bounces
    included: nobody knows which of the held-out addresses would have bounced.

    Returns
    -------
    DataFrame, one row a campaign with a held-out group
        As `variants`, with `campaign` for `test`; `n_needed` in each group to notice a fifth more than the held-out bought.
    """
    span = recent_campaigns(ask, days)
    span = span[span.is_mature & (span.n_recipients > 0)]
    key = span.flow_id.fillna(span.audience.fillna("") + " " + span.sent_on.astype(str))
    rows = []
    for _, group in span.groupby(key):
        held, treated = group[group.is_holdout], group[~group.is_holdout]
        if len(held) and len(treated):
            pair = (treated.n_converted.sum(), treated.n_sent.sum(), held.n_converted.sum(), held.n_recipients.sum())
            change = stats.proportion_change(*pair, conf_level=ask.conf_level)
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


def _pair(pair: tuple[float, float, float, float], change: Change) -> dict[str, object]:
    x1, n1, x0, n0 = pair
    shares = [x / n if n else nan for x, n in ((x1, n1), (x0, n0))]
    return {
        "n": int(n1), "n_against": int(n0), "value": shares[0], "value_against": shares[1],
        "difference": change.difference, "difference_low": change.low, "difference_high": change.high,
        "p_value": change.p_value, "shortfall": shortfall_of((x1, n1), (x0, n0)),
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
