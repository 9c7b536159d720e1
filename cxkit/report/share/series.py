"""What a chart on a slide is drawn from: series of points out of the numbers behind a figure."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any, NamedTuple

from pptx.enum.chart import XL_CHART_TYPE

from cxkit.measurement.judge import ALPHA
from cxkit.report.share.slides import plain
from cxkit.report.wording.format import NOTHING, is_number
from cxkit.report.wording.words import plain_words

MOST_BARS, MOST_SERIES = 20, 6
BEFORE, DIAGONAL = "before", "as predicted"
Frame = list[dict[str, Any]]
Block = Mapping[str, Any]


class Line(NamedTuple):
    """A series: its name, (x, y) pairs, of which y may be missing, the bounds of each, and which points stand out (None: all alike)."""

    name: str
    points: Sequence[tuple[Any, float | None]]
    low: Sequence[float | None] = ()
    high: Sequence[float | None] = ()
    stands_out: Sequence[bool] | None = None


class Drawing(NamedTuple):
    """A kind of chart, its series, titles of its axes (across and upright), where bars begin, and how much was left out."""

    kind: Any
    lines: Sequence[Line]
    across: str = ""
    upright: str = ""
    null: float = 0.0
    left_out: int = 0


def drawing(block: Block) -> Drawing | None:
    """The drawing of a figure; None where slides have no such chart, or where nothing is known."""
    frame = frame_of(block)
    made = _KINDS[block["chart"]](frame, block) if block["chart"] in _KINDS else None
    return made if made and any(y is not None for line in made.lines for _, y in line.points) else None


def frame_of(block: Block) -> Frame:
    """The rows of a figure's numbers by name of column."""
    return [dict(zip(block["columns"], row, strict=True)) for row in block["rows"]]


def number(value: Any) -> float | None:
    """A number; None for anything else, such as what stands for a hidden one."""
    return float(value) if is_number(value) else None


def label(value: Any) -> str:
    """A group's name: `organic_search` → "organic search"."""
    return plain(plain_words(str(value)), 40) or NOTHING


def day(text: Any) -> date | None:
    """A day as a day; None for anything else."""
    try:
        return date.fromisoformat(text)
    except (TypeError, ValueError):
        return None


def is_by_month(days: Sequence[date]) -> bool:
    """Whether days stand for months."""
    return len(days) > 1 and all(one.day == 1 and (other - one).days > 27 for one, other in pairwise(days))


def _lines(frame: Frame, block: Block) -> Drawing:
    """Values over days, weeks or months."""
    columns = block["columns"]
    x = next(name for name in columns if day(frame[0][name]))
    by = next((name for name in columns[: columns.index("value")] if name != x), "") if "value" in columns else ""
    if by:
        groups = _by_group(frame, by, x, "value")
        return Drawing(XL_CHART_TYPE.LINE, groups[:MOST_SERIES], left_out=len(groups) - MOST_SERIES)
    wanted = {"value": "", "base": BEFORE, "observed": "observed", "trend": "trend"}
    named = {name: wanted[name] for name in columns if name in wanted} or {
        name: name.replace("_", " ") for name in columns if name != x
    }
    lines = [Line(said, _pairs(frame, x, name), *_bounds(frame, name)) for name, said in named.items()]
    return Drawing(XL_CHART_TYPE.LINE, lines)


def _bars(frame: Frame, block: Block) -> Drawing:
    """A bar a row, the first on top; the base beside it. Of too many ranked groups those in the middle are left out."""
    columns, name = block["columns"], block["columns"][0]
    value = next(column for column in ("pooled", "value", "n") if column in columns)
    some = frame[:MOST_BARS]
    if block["chart"] == "ranking" and len(frame) > MOST_BARS:
        some = frame[: MOST_BARS // 2] + frame[-MOST_BARS // 2 :]
    lines = [Line("", _named(some, name, value), *_bounds(some, value))]
    base = _named(some, name, "base_n" if value == "n" else "base_value")
    if any(y is not None for _, y in base):
        lines.append(Line(BEFORE, base))
    return Drawing(XL_CHART_TYPE.BAR_CLUSTERED, lines, left_out=len(frame) - len(some))


def _effects(frame: Frame, block: Block) -> Drawing:
    """Bars from the line of no effect; those beyond noise stand out."""
    name, value = block["columns"][:2]
    some = frame[:MOST_BARS]
    sure = [(number(row.get("p_adjusted")) or 0.0) < ALPHA and row.get("p_adjusted") is not None for row in some]
    judged = any("p_adjusted" in row for row in some)
    line = Line("", _named(some, name, value), *_bounds(some, value), stands_out=sure if judged else None)
    is_ratio = value.endswith("ratio")
    said = value.replace("_", " ") if is_ratio else "percentage points" if block.get("unit") == "share" else ""
    return Drawing(XL_CHART_TYPE.BAR_CLUSTERED, [line], "", said, float(is_ratio), len(frame) - len(some))


def _classes(frame: Frame, block: Block) -> Drawing:
    """Columns of a distribution, as shares of all. Without the base's shares its counts give them only if none is hidden."""
    lines = [Line("", _named(frame, "bin", "share"))]
    before = [number(row.get("base_share")) for row in frame]
    counts = [number(row.get("base_n")) for row in frame]
    known = [count for count in counts if count is not None]
    whole = sum(known)
    if "base_share" not in block["columns"] and len(known) == len(frame) and whole:
        before = [count / whole for count in known]
    if any(share is not None for share in before):
        lines.append(Line(BEFORE, [(x, share) for (x, _), share in zip(lines[0].points, before, strict=True)]))
    return Drawing(XL_CHART_TYPE.COLUMN_CLUSTERED, lines)


def _curves(frame: Frame, block: Block) -> Drawing:
    """Curves over a time that is a number, one a group."""
    columns = block["columns"]
    value = "value" if "value" in columns else columns[1]
    before = columns[: columns.index(value)]
    by, x = (before[0], before[1]) if len(before) > 1 else ("", before[0])
    groups = _by_group(frame, by, x, value)
    said = block.get("x_title") or x.replace("_", " ")
    return Drawing(
        XL_CHART_TYPE.XY_SCATTER_LINES_NO_MARKERS, groups[:MOST_SERIES], said, left_out=len(groups) - MOST_SERIES
    )


def _concentration(frame: Frame, block: Block) -> Drawing:
    x, value = block["columns"][:2]
    titles = (name.replace("_", " ") for name in (x, value))
    return Drawing(XL_CHART_TYPE.XY_SCATTER_LINES_NO_MARKERS, [Line("", _pairs(frame, x, value))], *titles)


def _points(frame: Frame, block: Block) -> Drawing | None:
    """What was predicted against what came, without the points of hidden groups."""
    known = [row for row in frame if sum(number(value) is not None for value in row.values()) > 1]
    numbers = [name for name in block["columns"] if known and all(number(row[name]) is not None for row in known)]
    if len(numbers) < 2:
        return None
    x, y = next(((x, y) for x, y in _PREDICTED if {x, y} <= set(numbers)), (numbers[0], numbers[1]))
    points = [(row[x], row[y]) for row in known]
    ends = [min(min(pair) for pair in points), max(max(pair) for pair in points)]
    lines = [Line("groups", points), Line(DIAGONAL, [(end, end) for end in ends])]
    return Drawing(XL_CHART_TYPE.XY_SCATTER, lines, x.replace("_", " "), y.replace("_", " "))


_PREDICTED = (("predicted", "observed"), ("predicted", "actual"), ("expected", "actual"))


_KINDS: dict[str, Callable[[Frame, Block], Drawing | None]] = {
    "trend": _lines,
    "tracking": _lines,
    "decomposition": _lines,
    "intervals": _bars,
    "bars": _bars,
    "ranking": _bars,
    "funnel": _bars,
    "forest": _effects,
    "distribution": _classes,
    "curve": _curves,
    "concentration": _concentration,
    "calibration": _points,
}  # others are tables


def _named(frame: Frame, name: str, value: str) -> list[tuple[str, float | None]]:
    """Pairs of a row's name and its value; the name says so where a small group is hidden."""
    pairs = []
    for row in frame:
        hidden = next((cell for cell in row.values() if cell == "hidden" or re.fullmatch(r"< \d+", str(cell))), "")
        size = number(row.get(value))
        pairs.append((label(row[name]) + (f" ({hidden})" if hidden and size is None else ""), size))
    return pairs


def _pairs(frame: Frame, x: str, value: str) -> list[tuple[Any, float | None]]:
    return [(row[x], number(row[value])) for row in frame]


_BOUNDS = {"value": ("ci_low", "ci_high"), "pooled": ("pooled_low", "pooled_high"), "hazard_ratio": ("low", "high"),
           "difference": ("difference_low", "difference_high"), "hazard_per_100": ("low_per_100", "high_per_100")}  # fmt: skip


def _bounds(frame: Frame, value: str) -> tuple[Sequence[float | None], Sequence[float | None]]:
    """Both ends of the intervals of a column; nothing where it has none."""
    low, high = ([number(row.get(end)) for row in frame] for end in _BOUNDS.get(value, ("", "")))
    return (low, high) if any(end is not None for end in low) else ((), ())


def _by_group(frame: Frame, by: str, x: str, value: str) -> list[Line]:
    groups: dict[str, Frame] = {}
    for row in frame:
        groups.setdefault(label(row[by]) if by else "", []).append(row)
    return [Line(name, _pairs(some, x, value), *_bounds(some, value)) for name, some in groups.items()]
