"""Which tables and views a query reads, and which of them are made from others."""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from importlib.resources import files

from cxkit.contract import tables
from cxkit.engine.duckdb import keywords
from cxkit.errors import ArgumentError


def needed(
    sql: str, views: Mapping[str, str], named: Callable[[str], Iterable[str]], above: tuple[str, ...] = ()
) -> list[str]:
    """Tables and views that SQL reads, those that others are made from first.

    Parameters
    ----------
    views : mapping of str to str
        SQL of views, by name.
    named : callable
        `Engine.named`.
    above : tuple of str
        The views that this SQL stands in: none of them is made of itself.

    Examples
    --------
    >>> from cxkit.engine.duckdb import Engine
    >>> needed("from buyers", {"buyers": "with buyers as (from orders) from buyers"}, Engine().named)
    ['orders', 'buyers']
    """
    names: dict[str, None] = {}
    for name in named(sql):
        if name in views and name not in above:
            names.update(dict.fromkeys(needed(views[name], views, named, (*above, name))))
        if (name in views or name in tables()) and name not in above:
            names[name] = None
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


def is_kept(view: str) -> bool:
    """Whether a view's rows are kept: one that goes row by row costs less where it stands than as a copy."""
    return bool({"group", "over", "distinct"} & keywords(view))
