"""Which part of a declaration cannot be read: the engine's own message is about a query that its author never saw."""

from collections.abc import Iterable

from cxkit.dataset.source import Source
from cxkit.errors import ArgumentError
from cxkit.metric import Metric


def check_sql(source: Source, metrics: Iterable[Metric]) -> None:
    """Read the parts of declarations one by one.

    Raises
    ------
    ArgumentError
        Names the metric and its part that cannot be read; nothing happens where each can.
    """
    for metric in metrics:
        over_rows = {"time": metric.time, "cluster": metric.cluster, "excluded": metric.excluded}
        parts = {"numerator": metric.numerator, "denominator": metric.denominator}
        if not metric.per_cluster:
            over_rows, parts = over_rows | parts, {}
        queries = {name: f"select 1 from {metric.view} where ({sql}) is null" for name, sql in over_rows.items() if sql}
        queries |= {name: f"select {sql} from {metric.view}" for name, sql in parts.items() if sql}
        for name, query in queries.items():
            try:
                source.types(query)
            except ArgumentError as error:
                sql = getattr(metric, name)
                raise ArgumentError(
                    f"metric {metric.id}: {name} `{sql}` cannot be read over `{metric.view}`.\n{error}"
                ) from None


def check_reason(metric: Metric, reason: object) -> None:
    """Refuse an `excluded` that gives a truth value, which would leave every row out.

    Raises
    ------
    ArgumentError
        Says what it should give.
    """
    if not isinstance(reason, str):
        raise ArgumentError(
            f"metric {metric.id}: excluded gives {reason!r}; it must give the reason in words, or null for a row that stays: "
            "case when is_test then 'test order' end."
        )
