"""`docs/views.md`, written from the views' SQL and its comments, the contract, and the engine's types."""

import re
from dataclasses import dataclass
from functools import cache

from cxkit.contract import tables
from cxkit.dataset.naming import needed, shipped_views
from cxkit.dataset.source import Source, open_data
from cxkit.dataset.windows import WINDOWS
from cxkit.metric import Metric, catalogue

OPENING = """# Views

What metrics and queries read beside the tables of the [data contract](data-contract.md): a view is one SQL file, `cxkit/views/<name>.sql`.
Written from the files and their comments by `python -m cxkit.catalogue`. See them with your own data: `source.sql("from sessions limit 5")`.

- What one row is stands first, in the file as here: it is what a metric counts and divides by, or a step on the way there.
- The time column puts a row into a period: a metric's `time`. It is named where a metric uses one.
- *Rests on* names the tables that it is made from: the columns that a metric `needs` are theirs. A table that is not supplied counts as empty.
- Times are local to the reporting time zone, but for those that end in `_utc`. Types are DuckDB's.
"""


COLUMN = re.compile(r"   (\w+): (.+)")  # a comment's line about a column is indented


@dataclass(frozen=True)
class Notes:
    """What the comment at the top of a view says: one row, more about it, and a line for each column that it explains."""

    grain: str
    more: str
    columns: dict[str, str]


def views_page() -> str:
    """Return the page as Markdown.

    Examples
    --------
    >>> views_page().splitlines()[0]
    '# Views'
    """
    contents = "\n".join(
        f"| [`{name}`](#{name}) | {notes(name).grain} | {_times(name)} |".replace("|  |", "| |")
        for name in shipped_views()
    )
    parts = [OPENING, f"| View | Grain | Time column |\n|---|---|---|\n{contents}\n", *map(_section, shipped_views())]
    return "\n".join(parts)


@cache
def notes(view: str) -> Notes:
    """Read the comment at the top of a view.

    Examples
    --------
    >>> notes("own_posts").grain
    'One row per post of the company itself.'
    """
    lines = [_told(line.removeprefix("--")) for line in shipped_views()[view].splitlines() if line.startswith("--")]
    explained = {match[1]: match[2] for line in lines if (match := COLUMN.fullmatch(line))}
    first, *more = [line.strip() for line in lines if not COLUMN.fullmatch(line)]
    grain = first.removeprefix(f"{view}: ")
    return Notes(grain[0].upper() + grain[1:], " ".join(more), explained)


def _told(line: str) -> str:
    """A line with the days of the windows that it names: "`post_days()`" is "7 days"."""
    return re.sub(r"`(\w+)\(\)`", lambda call: f"{WINDOWS[call[1]]} days", line)


def meaning(view: str, column: str) -> str:
    """Say what a column of a view holds: as the view says, else the view or table that hands it through; empty if none does.

    Examples
    --------
    >>> meaning("mails", "subject_theme") == tables()["campaigns"].columns["subject_theme"].description
    True
    """
    if column in notes(view).columns:
        return notes(view).columns[column]
    for name in _nothing().engine.named(shipped_views()[view]):
        if name in tables() and column in tables()[name].columns:
            return tables()[name].columns[column].description
        if name in shipped_views() and name != view and (found := meaning(name, column)):
            return found
    local = column.removesuffix("_utc")
    return f"As `{local}`, in UTC." if local != column and local in columns(view) else ""


@cache
def columns(view: str) -> dict[str, str]:
    """Names and engine types of a view's columns, over a data set without rows.

    Examples
    --------
    >>> columns("purchase_days")["purchased_on"]
    'DATE'
    """
    return _nothing().types(f"from {view}")


@cache
def _nothing() -> Source:
    return open_data({})


def _times(view: str) -> str:
    """The columns by which metrics put the view's rows into a period."""
    used = {metric.time for metric in catalogue().values() if isinstance(metric, Metric) and metric.view == view}
    return ", ".join(f"`{name}`" for name in columns(view) if name in used)


def _section(view: str) -> str:
    sql = shipped_views()[view]
    below = [name for name in needed(sql, shipped_views(), _nothing().engine.named) if name in tables()]
    times = _times(view)
    facts = [f"Time column: {times}."] if times else []
    facts += [f"Rests on {', '.join(f'`{name}`' for name in below)}."] if below else []
    parts = [f"## {view}", notes(view).grain, notes(view).more, " ".join(facts)]
    twin = next(
        (name for name in _nothing().engine.named(sql) if name in shipped_views() and columns(name) == columns(view)),
        "",
    )
    if twin and not notes(view).columns:
        parts.append(f"Columns as in [`{twin}`](#{twin}).")
    else:
        rows = "\n".join(
            f"| `{name}` | {type_.lower()} | {meaning(view, name)} |" for name, type_ in columns(view).items()
        )
        parts.append(f"| Column | Type | Meaning |\n|---|---|---|\n{rows}")
    return "\n\n".join(part for part in parts if part) + "\n"
