"""Values that are made when they are first asked for."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Lazy(Mapping[str, Value], Generic[Value]):
    """Values by name, in the order of the names; `make` runs once for each, and again if it raised.

    Examples
    --------
    >>> lengths = Lazy(["orders", "events"], len)
    >>> lengths["orders"], list(lengths)
    (6, ['orders', 'events'])
    """

    def __init__(self, names: Iterable[str], make: Callable[[str], Value]) -> None:
        self._names = tuple(names)
        self._make = make
        self._made: dict[str, Value] = {}

    def __getitem__(self, name: str) -> Value:
        if name not in self._names:
            raise KeyError(name)
        if name not in self._made:
            self._made[name] = self._make(name)
        return self._made[name]

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
