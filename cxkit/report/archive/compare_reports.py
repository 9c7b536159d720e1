"""Two reports beside one another, from what they keep: which figures differ, and why they may."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from cxkit.errors import ArgumentError
from cxkit.exactness import same
from cxkit.flags import Flag, flags_of
from cxkit.report.archive.compare_cells import difference
from cxkit.report.kept import manifest
from cxkit.report.kept.earlier_report import RTOL, read_rows
from cxkit.report.notebook.plain_text import grid
from cxkit.report.wording.words import label

Row = Mapping[str, str]


class Line(NamedTuple):
    """One figure in two reports; None where a report has no value."""

    figure: str
    one: float | None
    other: float | None
    why: str


def diff(one: Path, other: Path, rtol: float = RTOL) -> int:
    """Print what differs between two reports, of two periods or of one.

    Returns
    -------
    int
        0 if no figure differs by more than `rtol`, else 1.

    Raises
    ------
    ArgumentError
        One of them is no report, or has no metrics.csv that can be read.
    """
    first, second = manifest.read(one), manifest.read(other)
    for note in reasons(first, second):
        print(f"note: {note}")
    left, right = _figures(one), _figures(other)
    lines = list(compare(left, right, first, second, rtol))
    equal = len(left.keys() & right.keys()) - sum(line.one is not None and line.other is not None for line in lines)
    if lines:
        head = ["figure", _name(one, first), _name(other, second), "difference", ""]
        rows = [
            [line.figure, _said(line.one), _said(line.other), difference(line.one, line.other), line.why]
            for line in lines
        ]
        print(grid([head, *rows]))
    print(
        f"{len(lines)} {'figure differs' if len(lines) == 1 else 'figures differ'}, {equal} {'is' if equal == 1 else 'are'} the same."
    )
    return int(bool(lines))


def reasons(first: Mapping[str, Any], second: Mapping[str, Any]) -> Iterator[str]:
    """Why figures may differ: period, data, notebooks, versions."""
    if first["period"] != second["period"]:
        yield f"the periods differ: {first['period']} and {second['period']}."
    if first["data"]["sha256"] != second["data"]["sha256"]:
        yield (
            "the data differ."
            if first["period"] != second["period"]
            else "the data differ: figures of the same period have been restated."
        )
    for name in sorted(first["notebooks"].keys() & second["notebooks"].keys()):
        if first["notebooks"][name].get("source_sha256") != second["notebooks"][name].get("source_sha256"):
            yield f"the notebook {name} has changed."
    then, now = first["versions"], second["versions"]
    for name in sorted(then.keys() | now.keys()):
        if then.get(name) != now.get(name):
            yield f"{name} is {then.get(name, 'not there')} in the first and {now.get(name, 'not there')} in the second."


def compare(
    left: Mapping[tuple[str, str], Row],
    right: Mapping[tuple[str, str], Row],
    first: Mapping[str, Any],
    second: Mapping[str, Any],
    rtol: float = RTOL,
) -> Iterator[Line]:
    """The figures that differ, in the order of the first report."""
    for name in dict.fromkeys([*left, *right]):
        one, other = _value(left.get(name)), _value(right.get(name))
        if same(one, other, rtol):
            continue
        yield Line(
            label(left.get(name) or right[name]), one, other, _why(left.get(name), right.get(name), first, second)
        )


def _why(one: Row | None, other: Row | None, first: Mapping[str, Any], second: Mapping[str, Any]) -> str:
    if one is None or other is None:
        return "only in one"
    if one["definition_version"] != other["definition_version"]:
        return "method changed"
    if one["period"] != other["period"]:
        return "not finished" if Flag.UNFINISHED in flags_of(one["flags"]) + flags_of(other["flags"]) else ""
    return "restated" if first["data"]["sha256"] != second["data"]["sha256"] else "same data"


def _figures(report: Path) -> dict[tuple[str, str], Row]:
    rows = read_rows(report)
    if not rows:
        raise ArgumentError(f"{report} has no metrics.csv that can be read. Make the report again.")
    found: dict[tuple[str, str], Row] = {}
    for row in rows:
        found.setdefault((row["metric_id"], row["segment"]), row)
    return found


def _value(row: Row | None) -> float | None:
    return float(row["value"]) if row and row["value"] else None


def _said(value: float | None) -> str:
    return "–" if value is None else f"{value:.6g}"


def _name(report: Path, content: Mapping[str, Any]) -> str:
    return f"{report.name} ({content['period']})" if report.name != content["period"] else report.name
