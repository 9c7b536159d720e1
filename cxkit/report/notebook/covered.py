"""How far a data set reaches, and a report's period seen from there."""

from datetime import date

from cxkit.dataset.source import Source
from cxkit.errors import ArgumentError
from cxkit.measurement.window import NAMING
from cxkit.period import Period


def read_period(source: Source, text: str) -> Period:
    """The period that a text names, seen from the data.

    Raises
    ------
    ArgumentError
        No period, or one without a day that any table covers.
    """
    first, last = coverage(source)
    period = Period.parse(text, (first, last))
    if period.start > last or period.end <= first:
        raise ArgumentError(
            f"period {period}: the data of {source.name} cover {first} to {last}. Name a period within."
        )
    return period


def coverage(source: Source) -> tuple[date, date]:
    """First and last day that any table covers, as `dataset.yml` says or as its rows do; names of people and things do not count."""
    dated = [name for name, table in source.supplied.items() if table.checked.first is not None]
    happened = [name for name in dated if name not in NAMING]
    spans = [source.coverage(name) for name in happened or dated]
    if not spans:
        return date(1970, 1, 1), date(1970, 1, 1)
    return min(first for first, _ in spans), max(last for _, last in spans)
