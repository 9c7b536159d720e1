"""Who is behind the records of the channels: how many of them lead to a customer."""

from dataclasses import replace

from cxkit.measurement.ask import Ask
from cxkit.measurement.measure import rows_of
from cxkit.metric import Described, Metric
from cxkit.row import Row
from cxkit.segment import Segment

_RECORDS = (
    "events.event_at or message_events.event_at or tickets.created_at or survey_answers.submitted_at or orders.ordered_at"
    " or social_mentions.mentioned_at"
)
_KINDS = {("", ""): "is_matched", ("link", "only probable"): "is_probable"}


def match_rates(ask: Ask) -> list[Row]:
    """Records that lead to a customer, source by source; and those that only a probable link would add.

    Returns
    -------
    list of Row, two a source
        Segments `source=events` and `source=events; link=only probable`. Intervals are clustered by the id of a record.

    Examples
    --------
    >>> import cxkit as cx
    >>> rates = cx.measure(cx.open_data("data/sample"), IDENTITY_MATCH_RATE, cx.Period.parse("2026-10"))
    >>> list(rates.segment[:2])
    ['source=events', 'source=events; link=only probable']
    """
    rows = []
    for part, numerator in _KINDS.items():
        rate = Metric(
            id="rate", title="", view="matches", time="recorded_at", numerator=numerator, cluster="who", recipe="clustered_ratio", unit="share",
            definition="", source="own", needs=(_RECORDS,),
        )  # fmt: skip
        for row in rows_of(ask, rate, by="source"):
            of = row.segment or Segment()
            rows.append(replace(row, segment=of.part(*part)))
    return sorted(rows, key=lambda row: str(row.segment))


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
