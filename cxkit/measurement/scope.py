"""Which rows a figure looks at: a segment, groups by a column, and why it cannot be had at all."""

from collections.abc import Collection

from cxkit.contract import tables
from cxkit.dataset.source import Source
from cxkit.engine.duckdb import literal
from cxkit.errors import ArgumentError, did_you_mean
from cxkit.measurement.query import GRAINS
from cxkit.metric import Declared, Metric
from cxkit.segment import Condition, Segment

MOST_VALUES, MOST_COLUMNS = 12, 20  # that a message names


def scope(source: Source, view: str, by: str | None, segment: Segment | str) -> tuple[str, str, str]:
    """The relation to read, the condition on its rows and the SQL that names a row's segment, for queries of one's own.

    No row is chosen where the segment is one that only other tables know.

    Raises
    ------
    ArgumentError
        A column that neither the view nor `customers` has.
    """
    own = source.columns(view)
    foreign = _foreign(source, view, segment)
    conditions = [condition for condition in Segment.parse(segment).conditions if condition.column not in foreign]
    wanted = [condition.column for condition in conditions] + ([by] if by and by not in GRAINS else [])
    of_customers = source.columns("customers") if "customer_id" in own else []
    borrowed = sorted({column for column in wanted if column not in own})
    for column in borrowed:
        known_column(column, [*own, *(c for c in of_customers if c not in own)], view)
    relation = view
    if borrowed:
        relation = f"(select {view}.*, {', '.join(f'c.{name}' for name in borrowed)} from {view} left join customers c using (customer_id))"
    where = "false" if foreign else " and ".join(map(condition_sql, conditions)) or "true"
    if by is None:
        return relation, where, "''"
    return relation, where, GRAINS.get(by, _level_sql(by))


def check_values(source: Source, segment: str | Segment) -> None:
    """Refuse a segment with a value that no table or view has in its column: a slip of the hand would be a report on nobody.

    Raises
    ------
    ArgumentError
        Names the value, the values that there are, and the nearest.
    """
    for condition in Segment.parse(segment).conditions:
        known: set[str] = set()
        for kind in ("table", "view"):
            known |= _values(source, kind, condition.column)
            if known and set(condition.values) <= known:
                break
        for value in condition.values if known else ():
            if value not in known:
                there = sorted(known)
                more = f" and {len(there) - MOST_VALUES} more" if len(there) > MOST_VALUES else ""
                raise ArgumentError(
                    f"segment {condition}: no row has `{value}` in `{condition.column}`. "
                    f"It takes: {', '.join(there[:MOST_VALUES])}{more}.{did_you_mean(value, there)}"
                )


def _values(source: Source, kind: str, column: str) -> set[str]:
    """The values of a column in the tables, or in the views, that have it; `none` for a missing one."""
    names = source.tables.loc[source.tables.kind.eq(kind), "name"]
    each = [
        f"select {_level_sql(column)} as value from {name}"
        for name in map(str, names) if _has(source, name, column)
    ]  # fmt: skip
    return set(source.sql(" union ".join(each)).value.astype(str)) if each else set()


def _has(source: Source, name: str, column: str) -> bool:
    try:
        return column in source.columns(name)
    except ArgumentError:  # rests on a table that was not supplied
        return False


def condition_sql(condition: Condition) -> str:
    """A condition of a segment as SQL; a missing value is `none`.

    Examples
    --------
    >>> condition_sql(Condition("country", ("PL", "O'Higgins")))
    "coalesce(cast(country as varchar), 'none') in ('PL', 'O''Higgins')"
    """
    return f"{_level_sql(condition.column)} in ({', '.join(map(literal, condition.values))})"


def _level_sql(column: str) -> str:
    return f"coalesce(cast({column} as varchar), 'none')"


def known_column(column: str, columns: Collection[str], where: str) -> str:
    """The column itself.

    Raises
    ------
    ArgumentError
        If `where` has no such column; names the nearest, else what there is.
    """
    if column not in columns:
        listed = ", ".join(list(columns)[:MOST_COLUMNS]) + (", …" if len(columns) > MOST_COLUMNS else "")
        hint = did_you_mean(column, columns) or f" There are {listed}."
        raise ArgumentError(f"{where} has no column {column!r} to choose or group by.{hint}")
    return column


def missing(source: Source, metric: Declared) -> list[str]:
    """The columns that would switch a metric on, as `table.column`; of `a.x or b.y` one is enough."""
    try:
        return [need for need in metric.needs if not any(source.has(*one.split(".")) for one in need.split(" or "))]
    except ArgumentError as error:
        raise ArgumentError(
            f"metric {metric.id}: {error} needs names columns of the data contract as `table.column`, not those of a view."
        ) from None


def lack(source: Source, metric: Declared, segment: Segment | str) -> str:
    """Why a metric cannot be measured: columns not supplied, or a segment that its rows do not know; else empty."""
    if columns := missing(source, metric):
        return f"needs {', '.join(columns)}"
    unknown = _foreign(source, metric.view, segment) if isinstance(metric, Metric) else []
    return f"{metric.view} cannot be chosen by {', '.join(unknown)}" if isinstance(metric, Metric) and unknown else ""


def _foreign(source: Source, view: str, segment: Segment | str) -> list[str]:
    """Columns of a segment that neither the view nor its customers have, but some other table of the contract does.

    A report on one segment goes on without the figures that do not know it; a name that nobody knows is a mistake.
    """
    own = source.columns(view)
    known = [*own, *(source.columns("customers") if "customer_id" in own else [])]
    elsewhere = {column for table in tables().values() for column in table.columns}
    wanted = Segment.parse(segment).columns
    return [column for column in wanted if column not in known and column in elsewhere]
