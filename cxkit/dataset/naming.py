"""Which tables and views a query names, and which of them are made from others."""

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files

from cxkit.contract import tables
from cxkit.errors import ArgumentError


@lru_cache(maxsize=1024)
def words(sql: str) -> tuple[str, ...]:
    """Names in SQL, in small letters and each once, without comments and texts.

    Examples
    --------
    >>> words("select 'events' from Orders -- not customers")
    ('select', 'from', 'orders')
    """
    bare = re.sub(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'", " ", sql, flags=re.DOTALL)
    return tuple(dict.fromkeys(word.lower() for word in re.findall(r"[A-Za-z_]\w*", bare)))


def needed(sql: str, views: Mapping[str, str], above: tuple[str, ...] = ()) -> list[str]:
    """Tables and views that SQL names, those that others are made from first.

    A name that comes up again on the way down (a view's step that is called like the view) is an alias, not a need.

    Examples
    --------
    >>> needed("from buyers", {"buyers": "with buyers as (from orders) from buyers"})
    ['orders', 'buyers']
    """
    names: dict[str, None] = {}
    for word in words(sql):
        if word in views and word not in above:
            names.update(dict.fromkeys(needed(views[word], views, (*above, word))))
        if (word in views or word in tables()) and word not in above:
            names[word] = None
    return list(names)


@cache
def shipped_views() -> Mapping[str, str]:
    """Return the SQL of the kit's own views, by name."""
    folder = files("cxkit") / "views"
    entries = sorted(folder.iterdir(), key=lambda entry: entry.name) if folder.is_dir() else []
    views = {
        entry.name.removesuffix(".sql"): entry.read_text(encoding="utf-8")
        for entry in entries
        if entry.name.endswith(".sql")
    }
    if clash := set(views) & set(tables()):
        raise ArgumentError(f"view `{min(clash)}`: a table of the contract has that name.")
    return views
