"""Which rows a figure looks at: a segment, groups by a column, and why it cannot be had at all."""

from cxkit.contract import tables
from cxkit.dataset.source import Source
from cxkit.measurement.query import GRAINS
from cxkit.measurement.segment import known_column, parse_segment
from cxkit.metric import Declared, Metric


def scope(source: Source, view: str, by: str | None, segment: str) -> tuple[str, str, str]:
    """The relation to read, the condition on its rows and the SQL that names a row's segment, for queries of one's own.

    No row is chosen where the segment is one that only other tables know.

    Raises
    ------
    ArgumentError
        A column that neither the view nor `customers` has.
    """
    own = source.columns(view)
    foreign = _foreign(source, view, segment)
    conditions = [condition for condition in parse_segment(segment) if condition.column not in foreign]
    wanted = [condition.column for condition in conditions] + ([by] if by and by not in GRAINS else [])
    of_customers = source.columns("customers") if "customer_id" in own else []
    borrowed = sorted({column for column in wanted if column not in own})
    for column in borrowed:
        known_column(column, [*own, *(c for c in of_customers if c not in own)], view)
    relation = view
    if borrowed:
        relation = f"(select {view}.*, {', '.join(f'c.{name}' for name in borrowed)} from {view} left join customers c using (customer_id))"
    where = "false" if foreign else " and ".join(condition.sql for condition in conditions) or "true"
    if by is None:
        return relation, where, "''"
    return relation, where, GRAINS.get(by, f"coalesce(cast({by} as varchar), 'none')")


def missing(source: Source, metric: Declared) -> list[str]:
    """The columns that would switch a metric on, as `table.column`; of `a.x or b.y` one is enough."""
    return [need for need in metric.needs if not any(source.has(*one.split(".")) for one in need.split(" or "))]


def lack(source: Source, metric: Declared, segment: str) -> str:
    """Why a metric cannot be measured: columns not supplied, or a segment that its rows do not know; else empty."""
    if columns := missing(source, metric):
        return f"needs {', '.join(columns)}"
    unknown = _foreign(source, metric.view, segment) if isinstance(metric, Metric) else []
    return f"{metric.view} cannot be chosen by {', '.join(unknown)}" if isinstance(metric, Metric) and unknown else ""


def _foreign(source: Source, view: str, segment: str) -> list[str]:
    """Columns of a segment that neither the view nor its customers have, but some other table of the contract does.

    A report on one segment goes on without the figures that do not know it; a name that nobody knows is a mistake.
    """
    own = source.columns(view)
    known = [*own, *(source.columns("customers") if "customer_id" in own else [])]
    elsewhere = {column for table in tables().values() for column in table.columns}
    wanted = [condition.column for condition in parse_segment(segment)]
    return [column for column in wanted if column not in known and column in elsewhere]
