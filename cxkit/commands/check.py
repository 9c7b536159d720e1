"""`cxkit check`: what a data set holds, what is wrong with it, and which metrics it carries."""

import argparse
import json
import textwrap
from collections import Counter
from collections.abc import Iterator
from typing import Any

from cxkit.dataset.inspection import inspect
from cxkit.dataset.source import open_data

WIDTH = 110


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("--data", required=True, metavar="DIR", help="the folder with dataset.yml and the tables")
    parser.add_argument("--json", action="store_true", help="as JSON, for other programs")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the report; 0 when every table can be used, 2 when one has faults."""
    found = inspect(open_data(args.data))
    print(json.dumps(found, indent=2, ensure_ascii=False) if args.json else text(found))
    return 0 if found["is_usable"] else 2


def text(found: dict[str, Any]) -> str:
    """The report of `inspect` for a terminal.

    Examples
    --------
    >>> print(text(inspect(open_data("data/sample"))).splitlines()[0])
    sample: every table can be used
    """
    faults = sum(len(table["faults"]) for table in found["tables"])
    state = (
        "every table can be used" if found["is_usable"] else f"{faults} fault{'s' if faults > 1 else ''}, listed below"
    )
    parts = [
        [f"{found['data']}: {state}", *(_wrapped(note) for note in found["notes"])],
        ["TABLES", *_tables(found["tables"])],
        ["FAULTS: nothing is computed from these tables until they are mended", *_faults(found)],
        ["LEFT OUT (rows that analyses do not see)", *_rejects(found["tables"])],
        ["WARNINGS", *map(_wrapped, found["warnings"]), *_notes(found["tables"])],
        ["LINKS BETWEEN TABLES (rows whose value the other table has)", *_links(found["links"])],
        [
            "WHO IS KNOWN (records that lead to a customer, by their own customer_id or by identities)",
            *_matches(found["matches"]),
        ],
        ["LEFT OUT OF FIGURES, OR OF SOME", *_shares(found["tables"])],
        ["METRICS", *_metrics(found["metrics"])],
    ]
    return "\n\n".join("\n".join(part) for part in parts if len(part) > 1 or part is parts[0])


def _tables(tables: list[dict[str, Any]]) -> Iterator[str]:
    yield f"  {'':16} {'rows read':>12} {'rows used':>12}   first row to last row, and the period that dataset.yml states"
    for table in tables:
        if table["rows_read"] is None:
            yield f"  {table['name']:16} {'–':>12} {'–':>12}   cannot be read"
            continue
        period = f"{table['first']} to {table['last']}" if table["first"] else "no dates"
        stated = f"   stated {table['stated'][0]} to {table['stated'][1]}" if table["stated"] else ""
        yield f"  {table['name']:16} {table['rows_read']:12,} {table['rows_used']:12,}   {period}{stated}"


def _faults(found: dict[str, Any]) -> Iterator[str]:
    for table in found["tables"]:
        for fault in table["faults"]:
            yield "\n".join(
                _wrapped(line, "  ✖ " if place == 0 else "    ") for place, line in enumerate(fault.splitlines())
            )
    yield from map(_wrapped, found["hint"].splitlines())


def _rejects(tables: list[dict[str, Any]]) -> Iterator[str]:
    for table in tables:
        for reject in table["rejects"]:
            rows = "1 row" if reject["rows"] == 1 else f"{reject['rows']:,} rows"
            where = f" (first: {reject['first']})" if reject["first"] else ""
            yield _wrapped(f"{table['name']}: {rows}, {reject['reason']}{where}")


def _notes(tables: list[dict[str, Any]]) -> Iterator[str]:
    for table in tables:
        for note in table["notes"]:
            yield _wrapped(f"{table['name']}: {note}")


def _links(links: list[dict[str, Any]]) -> Iterator[str]:
    for link in links:
        yield f"  {link['column'] + ' → ' + link['refers_to']:62} {link['matched']:10,} of {link['rows']:10,}  {link['share']:6.1%}  {link['level']}".rstrip()


def _matches(matches: list[dict[str, Any]]) -> Iterator[str]:
    for match in matches:
        more = f"   and {match['probable']:,} by a probable link alone" if match["probable"] else ""
        yield f"  {match['source']:20} {match['matched']:12,} of {match['records']:12,}  {match['share']:6.1%}{more}"


def _shares(tables: list[dict[str, Any]]) -> Iterator[str]:
    for table in tables:
        for what, share in table["shares"].items():
            yield f"  {table['name']}: {share:.1%} {what}"


def _metrics(metrics: list[dict[str, Any]]) -> Iterator[str]:
    """Area by area what can be computed; then what is off, and the columns that would switch most on."""
    for area in dict.fromkeys(metric["area"] for metric in metrics):
        of_area = [metric for metric in metrics if metric["area"] == area]
        on = [metric["id"] for metric in of_area if not metric["missing"]]
        yield _wrapped(f"{area}: {len(on)} of {len(of_area)} can be computed{': ' if on else ''}{', '.join(on)}")
        off: dict[str, list[str]] = {}
        for metric in of_area:
            off.setdefault(" and ".join(metric["missing"]), []).append(metric["id"])
        for columns, names in off.items():
            if columns:
                yield _wrapped(f"off without {columns}: {', '.join(names)}", "    ")
    keys = Counter(metric["missing"][0] for metric in metrics if len(metric["missing"]) == 1)
    for column, count in keys.most_common(5):
        yield _wrapped(f"→ {column} alone would switch on {count} more")


def _wrapped(line: str, indent: str = "  ") -> str:
    return textwrap.fill(
        line.strip(), WIDTH, initial_indent=indent, subsequent_indent=" " * (len(indent) + 2), break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip
