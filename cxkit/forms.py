"""Forms of YAML files: which keys there are, and how each value is read; all that does not fit is told at once, with its line and place.

A reader takes a value as YAML gives it and returns it as the kit wants it, or raises ValueError with what was expected.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from datetime import date
from math import inf, isfinite
from typing import Any

import yaml

from cxkit.errors import DataError, did_you_mean

Reader = Callable[[Any], Any]
Fault = tuple[tuple[str, ...], int, str]  # where below what was read, on which line (0: unknown), what is wrong


class Misfit(ValueError):
    """What does not fit a form."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(fault for *_, fault in faults))
        self.faults = faults


class Written(dict[Any, Any]):
    """Keys and values of a file, and on which line each key stands."""

    def __init__(self, entries: Iterable[tuple[Any, Any]] = (), lines: Mapping[Any, int] | None = None) -> None:
        super().__init__(entries)
        self.lines = lines or {}


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # ten times quicker where libyaml is there
    def written(self, node: yaml.MappingNode) -> Iterator[Written]:
        found = Written()
        yield found
        found.update(self.construct_mapping(node))
        found.lines = {self.construct_object(key): key.start_mark.line + 1 for key, _ in node.value}


_Loader.add_constructor("tag:yaml.org,2002:map", _Loader.written)


def load(text: str, origin: str) -> Any:
    """What a YAML text says; `origin` names its file in messages.

    Raises
    ------
    DataError
        It is not YAML.
    """
    try:
        return yaml.load(text, Loader=_Loader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise DataError(f"{origin}{where}: not valid YAML ({getattr(error, 'problem', None) or 'broken'}).") from None


def read(written: Any, reader: Reader, origin: str) -> Any:
    """Read a whole file.

    Raises
    ------
    DataError
        Something does not fit: a line of the message each.

    Examples
    --------
    >>> read(load("a: 1\\nb: x", "my.yml"), mapping(number()), "my.yml")
    Traceback (most recent call last):
    ...
    cxkit.errors.DataError: my.yml, line 2: `b`: expected a number, found 'x'.
    """
    try:
        return reader(written)
    except ValueError as error:
        raise DataError(
            "\n".join(
                f"{origin}{f', line {line}' if line else ''}: {''.join(f'{step}: ' for step in place)}{fault}"
                for place, line, fault in _faults(error)
            )
        ) from None


def fill(written: Any, form: Mapping[str, Reader]) -> dict[str, Any]:
    """Read keys and values, each key by its reader. A key without a value is left out, but where it is a `scalar`: there it is "".

    Examples
    --------
    >>> fill({"k": 20, "title": None}, {"k": number(), "name": scalar, "title": text})
    {'k': 20}
    """
    entry, known = keys(written), f" Known are {', '.join(form)}."
    unknown: list[Fault] = [
        ((), _lines(entry).get(key, 0), f"unknown key `{key}`.{did_you_mean(str(key), form) or known}")
        for key in entry
        if key not in form
    ]
    given = [key for key, value in entry.items() if key in form and (value is not None or form[key] is scalar)]
    return _each(part(entry, given), lambda key, value: (key, form[key](value)), faults=unknown)


def part(written: Any, names: Iterable[Any]) -> Written:
    """Some of the keys, those that there are, with their values and lines."""
    wanted, entry = set(names), keys(written)
    return Written(((key, value) for key, value in entry.items() if key in wanted), _lines(entry))


def over(base: Mapping[Any, Any], own: Mapping[Any, Any]) -> Written:
    """Keys and values laid over others; the lines are those of what is laid over."""
    return Written({**base, **own}.items(), _lines(own))


def mapping(reader: Reader, key: Reader | None = None) -> Reader:
    """A reader of keys and values of one kind."""
    name = key or text
    return lambda value: _each(keys(value), lambda key, item: (name(key), reader(item)))


def sequence(reader: Reader) -> Reader:
    """A reader of a list of one kind."""

    def read_all(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple):
            raise ValueError(f"expected a list such as [a, b], found {kind(value)}.")
        numbered = dict(enumerate(value, 1))
        return tuple(_each(numbered, lambda key, item: (key, reader(item)), "entry {}").values())

    return read_all


def keys(value: Any) -> Mapping[Any, Any]:
    """Keys and values as they stand; nothing is none."""
    if value is not None and not isinstance(value, Mapping):
        raise ValueError(f"expected lines of `name: value`, found {kind(value)}.")
    return value or {}


def anything(value: Any) -> Any:
    """What stands there."""
    return value


def text(value: Any) -> str:
    """A text."""
    if not isinstance(value, str):
        raise ValueError(f"expected text, found {kind(value)}.")
    return value.strip()


def scalar(value: Any) -> str:
    """A text, where YAML takes yes, 1 and 2026-01-01 for other things."""
    if isinstance(value, Mapping | list | tuple):
        raise ValueError(f"expected a text, found {kind(value)}.")
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def texts(reader: Reader = scalar) -> Reader:
    """A reader of one text or a list of texts."""

    def read_all(value: Any) -> tuple[Any, ...]:
        items = value if isinstance(value, list | tuple) else [value]
        if any(isinstance(item, Mapping | list | tuple) for item in items):
            raise ValueError(f"expected a text or a list of texts, found {kind(value)}.")
        return tuple(map(reader, items))

    return read_all


def flag(value: Any) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise ValueError(f"expected true or false, found {kind(value)}.")
    return value


def number(low: float = -inf, high: float = inf, *, whole: bool = False) -> Reader:
    """A reader of a number that can be reckoned with."""
    what = "a whole number" if whole else "a number"
    if isfinite(high - low):
        what += f" from {low:g} to {high:g}"

    def read_number(value: Any) -> float:
        is_number = isinstance(value, int if whole else int | float) and not isinstance(value, bool)
        if not is_number or not isfinite(value) or not low <= value <= high:
            raise ValueError(f"expected {what}, found {kind(value)}.")
        return value

    return read_number


def choice(*choices: str) -> Reader:
    """A reader of one of some words."""

    def read_word(value: Any) -> str:
        if value not in choices:
            some = " or ".join(filter(None, (", ".join(choices[:-1]), choices[-1])))
            raise ValueError(f"expected {some}, found {kind(value)}.{did_you_mean(str(value), choices)}")
        return value

    return read_word


def day(value: Any) -> date:
    """A day."""
    try:
        return value if type(value) is date else date.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError(f"expected a day such as 2026-01-31, found {kind(value)}.") from None


def kind(value: Any) -> str:
    """What a value is, for a message."""
    if value is None or isinstance(value, Mapping | list | tuple):
        return "nothing" if value is None else "a mapping" if isinstance(value, Mapping) else "a list"
    shown = repr(value)
    return shown if len(shown) <= 40 else shown[:37] + "…"


def _each(
    entry: Mapping[Any, Any],
    pair: Callable[[Any, Any], tuple[Hashable, Any]],
    shown: str = "`{}`",
    faults: Iterable[Fault] = (),
) -> dict[Any, Any]:
    """Read every key with its value; what does not fit is gathered, with the key and its line."""
    found, faults = {}, list(faults)
    for key, value in entry.items():
        try:
            name, item = pair(key, value)
            found[name] = item
        except ValueError as error:
            faults += [
                ((shown.format(key), *place), line or _lines(entry).get(key, 0), fault)
                for place, line, fault in _faults(error)
            ]
    if faults:
        raise Misfit(faults)
    return found


def _lines(entry: Any) -> Mapping[Any, int]:
    return getattr(entry, "lines", {})


def _faults(error: ValueError) -> list[Fault]:
    return error.faults if isinstance(error, Misfit) else [((), 0, str(error))]
