"""What a study computes once, kept by its source: it follows a change of a view, and goes when the source goes."""

from collections.abc import Callable, Hashable
from dataclasses import fields
from functools import partial, wraps
from typing import Any, TypeVar

Study = TypeVar("Study")
Value = TypeVar("Value")


MEMORIES = 64  # four studies of a dozen frames each, and some more


class Memory:
    """What was computed for each key, the last `MEMORIES` of them, as frames may be large."""

    def __init__(self) -> None:
        self._found: dict[Hashable, Any] = {}

    def __call__(self, key: Hashable, compute: Callable[[], Value]) -> Value:
        """What `compute` gave for this key."""
        value: Value = self._found.pop(key) if key in self._found else compute()
        self._found[key] = value
        for oldest in list(self._found)[:-MEMORIES]:
            del self._found[oldest]
        return value

    def clear(self) -> None:
        """Forget everything."""
        self._found.clear()


def kept(compute: Callable[[Study], Value]) -> Callable[[Study], Value]:
    """A method of a frozen dataclass with a `source`: equal studies share what it gives, until a view of the source changes.

    Not `functools.cached_property`, which would go on with frames of an older view. What is kept must not hold the source itself.

    Examples
    --------
    >>> import pandas as pd
    >>> from dataclasses import dataclass
    >>> from cxkit.dataset.source import Source, open_data
    >>> @dataclass(frozen=True)
    ... class Buyers:
    ...     source: Source
    ...
    ...     @property
    ...     @kept
    ...     def table(self):
    ...         return self.source.sql("select * from buyers")
    >>> source = open_data({"orders": pd.DataFrame({
    ...     "order_id": ["1"], "customer_id": ["a"], "ordered_at": ["2026-01-01T10:00:00Z"],
    ...     "status": ["paid"], "net_amount": ["10.00"], "currency": ["EUR"]})})
    >>> source.create_view("buyers", "select customer_id from orders")
    >>> Buyers(source).table is Buyers(source).table, Buyers(source).table.values.tolist()
    (True, [['a']])
    >>> source.create_view("buyers", "select 'b' as customer_id")
    >>> Buyers(source).table.values.tolist()
    [['b']]
    """

    @wraps(compute)
    def get(study: Study) -> Value:
        whole: Any = study
        asked = tuple(getattr(study, field.name) for field in fields(whole) if field.name != "source")
        return whole.source.memo((compute, type(study), *asked), partial(compute, study))

    return get
