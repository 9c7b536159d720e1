"""Who is behind the records of the channels: how many of them lead to a customer."""

import pandas as pd

from cxkit.dataset.source import Source
from cxkit.measurement.measure import beside
from cxkit.measurement.parts import own_columns
from cxkit.metric import Described, Metric
from cxkit.period import Period
from cxkit.segment import part_of

_RECORDS = (
    "events.event_at or message_events.event_at or tickets.created_at or survey_answers.submitted_at or orders.ordered_at"
    " or social_mentions.mentioned_at"
)
_KINDS = {("", ""): "is_matched", ("link", "only probable"): "is_probable"}


def match_rates(
    source: Source, period: Period, base: Period | None = None, *, segment: str = "", conf_level: float = 0.95
) -> pd.DataFrame:
    """Records that lead to a customer, source by source; and those that only a probable link would add.

    Returns
    -------
    DataFrame, two rows a source
        For `measure`: segments `source=events` and `source=events; link=only probable`. Intervals are clustered by the id of a record.

    Examples
    --------
    >>> import cxkit as cx
    >>> rates = cx.measure(cx.open_data("data/sample"), IDENTITY_MATCH_RATE, cx.Period.parse("2026-10"))
    >>> list(rates.segment[:2])
    ['source=events', 'source=events; link=only probable']
    """
    parts = []
    for part, numerator in _KINDS.items():
        rate = Metric(
            id="rate", title="", view="matches", time="recorded_at", numerator=numerator, cluster="who", recipe="clustered_ratio", unit="share",
            definition="", source="own", needs=(_RECORDS,),
        )  # fmt: skip
        found = beside(source, rate, period, base, by="source", segment=segment, conf_level=conf_level)
        parts.append(found.assign(segment=[part_of(text, *part) for text in found.segment]))
    return own_columns(pd.concat(parts).sort_values("segment", kind="stable", ignore_index=True))


IDENTITY_MATCH_RATE = Described(
    id="identity_match_rate",
    title="Identity match rate",
    function=match_rates,
    unit="share",
    better="up",
    definition="Records of a source (events, messages, tickets, answers, orders, mentions) that lead to a customer, by their own customer_id or "
    "by a trusted link of `identities` that held at the time, ÷ its records. Links that are only probable are told apart and not followed.",
    source="own",
    needs=("identities.id_value", _RECORDS),
)
