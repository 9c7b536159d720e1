"""What a person writes in YAML, brought to one type; where that cannot be, the message names the place."""

from collections.abc import Iterable, Mapping
from math import isfinite
from typing import Any

from cxkit.errors import DataError, did_you_mean
from cxkit.importers.read import plain


class Entry:
    """Keys and values at one place of a map, each read as the type that the form wants.

    Raises
    ------
    DataError
        What stands there is no keys and values, a key is not in the form, or its value not of the type.
    """

    def __init__(self, entry: Any, where: str, allowed: Iterable[str]) -> None:
        if not isinstance(entry, dict):
            raise DataError(f"{where}: expected keys and values, found {kind(entry)}.")
        only(entry, allowed, where)
        self.entry, self.where = entry, where

    def __contains__(self, key: str) -> bool:
        return key in self.entry

    def __getitem__(self, key: str) -> Any:
        return self.entry.get(key)

    def word(self, key: str, allowed: Iterable[str] | None = None) -> str:
        """A text, "" where there is none; one of a list where there is a list."""
        value = str(self.entry.get(key, ""))
        if allowed is not None and value:
            one_of(value, tuple(allowed), self.where, key)
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """One text or a list of texts."""
        entry = self[key]
        values = entry if isinstance(entry, list) else [] if entry is None else [entry]
        if any(isinstance(value, (dict, list)) for value in values):
            raise DataError(f"{self.where}, {key}: expected a text or a list of texts.")
        return tuple(map(text, values))

    def plains(self, key: str) -> tuple[str, ...]:
        """Texts that are headings or values, as they are compared."""
        return tuple(map(plain, self.texts(key)))

    def mapping(self, key: str) -> dict[Any, Any]:
        return mapping(self[key], self.where, key)

    def sequence(self, key: str) -> list[Any]:
        return sequence(self[key], self.where, key)


def only(entry: Mapping[Any, Any], allowed: Iterable[str], where: str) -> None:
    """Refuse keys that the form does not have."""
    allowed = list(allowed)
    for key in entry:
        if key not in allowed:
            raise DataError(
                f"{where}: unknown key `{key}`.{did_you_mean(str(key), allowed)} It takes: {', '.join(allowed)}."
            )


def one_of(value: str, allowed: tuple[str, ...], where: str, key: str) -> None:
    """Refuse a word that is not one of the list."""
    if value not in allowed:
        raise DataError(
            f"{where}: `{key}` is one of {', '.join(filter(None, allowed))}, found `{value}`.{did_you_mean(value, allowed)}"
        )


def mapping(entry: Any, where: str, key: str) -> dict[Any, Any]:
    """Keys and values; nothing is an empty mapping."""
    if entry is None:
        return {}
    if not isinstance(entry, dict):
        raise DataError(f"{where}, {key}: expected keys and values, found {kind(entry)}.")
    return entry


def sequence(entry: Any, where: str, key: str) -> list[Any]:
    """A list; nothing is an empty one."""
    if entry is None:
        return []
    if not isinstance(entry, list):
        raise DataError(f"{where}, {key}: expected a list, found {kind(entry)}.")
    return entry


def number(value: Any, where: str, key: str) -> float:
    """A number that can be reckoned with."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not isfinite(value):
        raise DataError(f"{where}: `{key}` is a number, found {kind(value)}.")
    return value


def text(value: Any) -> str:
    """YAML reads yes, 1 and 2026-01-01 as other things than text; a map means what stands there."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def kind(value: Any) -> str:
    """What a value is, for a message."""
    words = {dict: "keys and values", list: "a list", type(None): "nothing", str: f"the text `{str(value)[:40]}`"}
    return words.get(type(value), f"`{value}`")
