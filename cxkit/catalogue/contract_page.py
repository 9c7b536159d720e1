"""`docs/data-contract.md`, written from the contract and from what the metrics need."""

from collections.abc import Iterator

from cxkit.contract import COMMON, Column, Table, tables
from cxkit.metric import catalogue

OPENING = """# The data contract

What cxkit reads: sixteen tables, of which a data set has those that it has. Written from `cxkit/contract/*.yml`
and from what the [metrics](metrics.md) need, by `python -m cxkit.catalogue`.

- One CSV file (UTF-8, commas, a header, quotation marks doubled inside fields) or Parquet file per table, named after it (`orders.csv`,
  `events.parquet`), or a folder of such files of that name (`events/2026-01.parquet`, …).
- The folder may also be a DuckDB file, tables of a database (`database` below), or lie at an `https://` or `s3://` address, from where it is
  copied first (with DuckDB's extension httpfs; the message says how to install it). A file whose name begins with `_` is left aside, and said to be.
- Times are ISO 8601 with their offset (`2026-03-01T09:30:00+02:00`). Times without one are refused unless dataset.yml names the zone that
  they were written in (`source_timezone`); in the hour that autumn repeats, they are read as the later one. Days are days in the reporting time zone.
- Identifiers are text. An empty cell says that something is not known; 0 says that there was none.
- Money has a decimal point and is kept to four decimal places; rows of another currency than dataset.yml's are refused.
- Booleans are `true` and `false`. A value outside a column's list is refused (`unknown_values: other` in dataset.yml turns it into `other`, where the list has that).
- Columns of your own begin with `x_` and are kept as they are, to segment by. Other columns are left out, and named under Data quality.
- Exact copies of a row are dropped and counted. Rows that share a key and differ are refused, as are all rows that break the contract; with
  `on_faults: reject` in dataset.yml they are left out, counted and listed instead.
"""

SETTINGS = """## dataset.yml

Beside the tables stands `dataset.yml`. Every line may be left out; unknown ones are refused.

| Setting | Example | Meaning |
|---|---|---|
| `title`, `origin`, `licence`, `consent_basis` | `title: Larkmoor Tea` | For the reader: what it is, where from, under which terms, why it may be analysed. |
| `timezone` | `Europe/Amsterdam` | Reporting time zone: its days, weeks and hours count. UTC when left out. |
| `source_timezone` | `Europe/London` | Zone of times that state no offset. |
| `currency` | `EUR` | Currency of all amounts. |
| `tables` | `{orders: {from: 2025-01-01, to: 2026-10-31}}` | First and last day that each table covers: tells "nothing happened" from "no data". |
| `key_events` | `[purchase, sign_up]` | Events that count as conversions, where events carry no `is_key_event`. |
| `margin_share` | `0.35` | Margin as a share of net amount, where orders carry no `margin_amount`. |
| `guests` | `keep` or `reject` | Orders without a customer: in sales but not in customer value, or in nothing. Refused when not said. |
| `on_faults` | `stop` or `reject` | Rows that break the contract: refuse the data (as when left out), or leave the rows out, counted and listed. |
| `unknown_values` | `stop` or `other` | Values outside a list: a fault (as when left out), or `other` where the list has it. |
| `k` | `10` | Groups of fewer people are never shown; 5 or more. |
| `database` | `postgresql://localhost/shop` | Tables come from a database: PostgreSQL, MySQL or MariaDB, SQLite or a DuckDB file. |
| `queries` | `{orders: select … from sales}` | The query for a table that the database holds under another name or form. |
| `targets` | `{bounce_rate: 0.4}` | Values to reach, shown against the figures with the chance of missing them. |
| `weights` | `{share: 3, search: 1}` | Weights of the weighted engagement score, by event. |
| `stages` | `{checkout: during}` | Stage of the journey of each touchpoint. |
| `competitors` | `[brand_b, brand_c]` | Brands to compare with. |
| `personas`, `psychographic_clusters`, `jobs_to_be_done` | `[planner, regular]` | The company's own lists. |
| `audience_targets` | `{25-34: 0.4}` | Shares of the audience that social channels should reach. |
| `working_days`, `working_hours` | `[mon, tue]`, `["09:00", "17:30"]` | When service works. |
"""


def contract_page() -> str:
    """Return the page as Markdown."""
    contents = "\n".join(
        f"| [`{table.name}`](#{table.name}) | {table.grain} | {', '.join(table.serves)} |"
        for table in tables().values()
    )
    common = "\n".join(_row(column) for column in COMMON)
    parts = [
        OPENING,
        f"| Table | Grain | Serves |\n|---|---|---|\n{contents}\n",
        f"Every table may also carry:\n\n{HEADER}\n{common}\n",
        SETTINGS,
        *(_section(table) for table in tables().values()),
    ]
    return "\n".join(parts)


def needed_by(table: Table) -> dict[str, list[str]]:
    """By column of a table: the metrics that are off without it. Where another column serves as well, that is said.

    Examples
    --------
    >>> needed_by(tables()["usability_tasks"])["seq"]
    ['`seq`']
    """
    found: dict[str, list[str]] = {}
    for metric in catalogue().values():
        for name, others in _columns(metric.needs, table.name):
            instead = f" (or {', '.join(f'`{other}`' for other in others)})" if others else ""
            found.setdefault(name, []).append(f"`{metric.id}`{instead}")
    return {name: found[name] for name in table.columns if name in found}


def _columns(needs: tuple[str, ...], table: str) -> Iterator[tuple[str, list[str]]]:
    """The columns of a table among what a metric needs, each with what serves as well."""
    for need in needs:
        choices = need.split(" or ")
        for choice in choices:
            if choice.split(".")[0] == table:
                yield choice.split(".")[1], [other for other in choices if other != choice]


HEADER = "| Column | Type | Needed | Values | Meaning |\n|---|---|---|---|---|"


def _section(table: Table) -> str:
    common = {column.name for column in COMMON}
    rows = "\n".join(_row(column) for column in table.columns.values() if column.name not in common)
    key = " + ".join(f"`{name}`" for name in table.key)
    rules = "\n".join(
        f"- {rule.says[0].upper()}{rule.says[1:]}{' (only noted)' if rule.level == 'warning' else ''}: `{rule.holds}`"
        for rule in table.rules
    )
    needed = "\n".join(  # a line each, by name: who adds a metric meets no other's line
        "\n".join([f"- `{name}`", *(f"  - {metric}" for metric in sorted(metrics))])
        for name, metrics in needed_by(table).items()
    )
    parts = [
        f"## {table.name}\n\n{table.grain} Key: {key}.",
        table.note,
        f"{HEADER}\n{rows}",
        rules and f"Rules of a row:\n\n{rules}",
        needed and f"Metrics that are off without a column:\n\n{needed}",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _row(column: Column) -> str:
    needed = "always" if column.required else f"for {column.required_for}" if column.required_for else ""
    meaning = f"{column.description} Refers to `{column.references}`." if column.references else column.description
    return f"| `{column.name}` | {column.type} | {needed} | {_values(column)} | {meaning} |".replace(
        "|  |", "| |"
    ).replace("|  |", "| |")


def _values(column: Column) -> str:
    if column.allowed:
        return ", ".join([*column.allowed, *([f"{column.allowed_prefix}…"] if column.allowed_prefix else [])])
    bounds = [f"from {column.min:g}"] if column.min is not None else []
    bounds += [f"above {column.above:g}"] if column.above is not None else []
    bounds += [f"to {column.max:g}"] if column.max is not None else []
    pattern = [f"`{column.pattern}`".replace("|", "\\|")] if column.pattern else []
    return ", ".join([*([column.unit] if column.unit else []), *([" ".join(bounds)] if bounds else []), *pattern])
