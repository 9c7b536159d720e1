"""Text in charts: how wide it is, how to make it fit, how to keep labels apart, how to write a number on an axis."""

import math
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any

from cxkit.charts.numerals import digits, percent, priced
from cxkit.charts.style import FONT_SIZE

NBSP = "\u00a0"
POINTS = f"{NBSP}pts"


def clean(text: object) -> str:
    """One line without characters that XML forbids or that turn the reading direction of what follows."""
    return " ".join("".join(map(_harmless, str(text))).split())


def _harmless(c: str) -> str:
    if c.isprintable() or c.isspace() or c in "\u200c\u200d":  # the two joiners belong to scripts and emoji
        return c
    return "" if unicodedata.category(c) == "Cf" else "\ufffd"


@lru_cache(maxsize=4096)
def text_width(text: str, size: float = FONT_SIZE) -> float:
    """Width in px, measured in DejaVu Sans, which is wider than the fonts that pages use."""
    return sum(map(_advance, text)) * size


@cache
def _advance(c: str) -> float:
    """Width of one character as a share of the font's size; what is drawn in a square, or not in this font, counts as one."""
    font = _font()
    if unicodedata.east_asian_width(c) in "WF" or not font.get_char_index(ord(c)):
        return 1.0
    from matplotlib.ft2font import LoadFlags

    return font.load_char(ord(c), flags=LoadFlags.NO_SCALE).horiAdvance / font.units_per_EM


@cache
def _font() -> Any:
    from matplotlib.font_manager import findfont
    from matplotlib.ft2font import FT2Font

    return FT2Font(findfont("DejaVu Sans"))


def fit(text: str, width: float, size: float = FONT_SIZE) -> str:
    """The text, or as much of it as fits with an ellipsis."""
    if text_width(text[:300], size) <= width and len(text) <= 300:
        return text
    text = text[:300]
    while text and text_width(text.rstrip() + "…", size) > width:
        text = text[:-1]
    return text.rstrip() + "…"


def wrap(text: str, width: float, lines: int = 2, size: float = FONT_SIZE) -> str:
    """The text on up to `lines` lines, broken between words, the last one cut with an ellipsis."""
    words, out = text[:600].split(" "), [""]
    for i, word in enumerate(words):
        longer = f"{out[-1]} {word}".strip()
        if not out[-1] or text_width(longer[:300], size) <= width:
            out[-1] = longer
        elif len(out) < lines:
            out.append(word)
        else:
            out[-1] = " ".join([out[-1], *words[i:]])
            break
    return "\n".join(fit(line, width, size) for line in out)


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Positions as near as possible to the wanted ones, at least `gap` apart, within [low, high] where there is room.

    Examples
    --------
    >>> spread([10.0, 12.0, 50.0], gap=14.0, low=0.0, high=100.0)
    [4.0, 18.0, 50.0]
    """
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    groups: list[list[float]] = []  # [sum of wanted first positions, members]: pooled neighbours share one block
    for k, i in enumerate(order):
        groups.append([wanted[i] - k * gap, 1])
        while len(groups) > 1 and groups[-2][0] / groups[-2][1] > groups[-1][0] / groups[-1][1]:
            total, n = groups.pop()
            groups[-1][0] += total
            groups[-1][1] += n
    starts = [total / n for total, n in groups for _ in range(int(n))]
    room = high - (len(wanted) - 1) * gap
    placed = [min(max(s, low), max(room, low)) + k * gap for k, s in enumerate(starts)]
    result = [0.0] * len(wanted)
    for i, position in zip(order, placed, strict=True):
        result[i] = position
    return result


def _factor(unit: str, largest: float) -> tuple[float, str]:
    """What one step of the axis counts in, and how it is called."""
    if unit == "share":
        return 0.01, percent()
    if unit == "seconds":
        for size, name in ((86400.0, "d"), (3600.0, "h"), (60.0, "min")):
            if largest > 2 * size:  # 0 s, 30 s … 120 s rather than 0.5 min
                return size, NBSP + name
        return 1.0, f"{NBSP}s"
    if unit == "days":
        return 1.0, f"{NBSP}d"
    if unit in ("count", "money", "") and largest >= 20_000:
        return (1e6, f"{NBSP}M") if largest >= 2e6 else (1e3, f"{NBSP}k")
    return 1.0, ""


def nice_ticks(low: float, high: float, unit: str, n: int = 5) -> list[float]:
    """Round positions from at or below `low` to at or above `high`, about `n` of them."""
    factor, _ = _factor(unit, max(abs(low), abs(high)))
    ticks = _ticks(low / factor, high / factor, unit, n, factor)
    labelled, _ = _factor(unit, max(map(abs, ticks)))
    if labelled != factor:  # the last tick is past the size from which labels count in minutes or thousands
        ticks = _ticks(low / labelled, high / labelled, unit, n, labelled)
    return ticks


def _ticks(low: float, high: float, unit: str, n: int, factor: float) -> list[float]:
    if not high > low:
        high = low + (abs(low) or 1.0)
    raw = (high - low) / max(n - 1, 1)
    magnitude = 10.0 ** math.floor(math.log10(raw))
    steps = [m * magnitude for m in (1, 2, 2.5, 5, 10)]
    if unit == "count" and factor == 1.0:
        steps = [s for s in steps if s >= 1 and s == round(s)] or [1.0]
    step = next((s for s in steps if s >= raw * 0.999), steps[-1])
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [float(f"{k * step * factor:.12g}") for k in range(first, max(last, first + 1) + 1)]


def number(
    value: float, unit: str, currency: str | None = None, *, like: Sequence[float] = (), signed: bool = False
) -> str:
    """A number as an axis or a direct label shows it: `5.9%`, `€1,240`, `3 min`; `like` gives the numbers it stands among.

    Examples
    --------
    >>> number(0.059, "share")
    '5.9%'
    """
    if not math.isfinite(value):
        return "–"
    among = [abs(v) for v in (*like, value) if math.isfinite(v)]
    factor, suffix = _factor(unit, max(among))
    steps = sorted({round(v / factor, 9) for v in like})
    gaps = [b - a for a, b in pairwise(steps) if b - a > 1e-9]
    scaled = value / factor
    if gaps:
        decimals = (
            max(0, *(_decimals(s) for s in steps)) if len(steps) <= 12 else max(0, -math.floor(math.log10(min(gaps))))
        )
        decimals = min(decimals, 4)
    elif unit == "count" and factor == 1.0 and scaled == round(scaled):
        decimals = 0
    else:
        size = abs(scaled)
        decimals = 0 if size >= 100 or size == 0 else 1 if size >= 1 else 2 if size >= 0.1 else 3
        if unit == "money" and factor == 1.0 and size < 1000:
            decimals = 2
    return _written(value, factor, suffix, decimals, unit, currency, signed)


def column(
    values: Iterable[float], unit: str, currency: str | None = None, *, signed: bool = False, known_to: float = 0.0
) -> list[str]:
    """Numbers that stand under each other: one factor and as many decimals as show three digits of the middle one; counts in full.

    `known_to`, half the width of a usual interval, takes decimals away that say nothing.

    Examples
    --------
    >>> column([0.6, 1.134, 1.9], "ratio")
    ['0.60', '1.13', '1.90']
    """
    values = list(values)
    finite = [abs(v) for v in values if math.isfinite(v)]
    if not finite:
        return ["–" for _ in values]
    full = unit in ("count", "money", "") and max(finite) < 1e7
    factor, suffix = (1.0, "") if full else _factor(unit, max(finite))
    middle = sorted(finite)[len(finite) // 2] / factor
    decimals = 0 if middle >= 100 or middle == 0 else 1 if middle >= 10 else 2 if middle >= 0.1 else 3
    if unit == "share" and not signed and middle >= 1:
        decimals = 1
    if unit in ("count", "") and all(v == round(v) for v in finite) and factor == 1.0:
        decimals = 0
    if known_to > 0:
        decimals = min(decimals, max(1, 1 + math.ceil(-math.log10(known_to / factor))))
    return [_written(v, factor, suffix, decimals, unit, currency, signed) for v in values]


def _written(
    value: float, factor: float, suffix: str, decimals: int, unit: str, currency: str | None, signed: bool
) -> str:
    if not math.isfinite(value):
        return "–"
    scaled = value / factor
    text = f"{abs(scaled):,.{decimals}f}"
    shows = float(text.replace(",", "")) != 0
    sign = "−" if scaled < 0 and shows else "+" if signed and scaled > 0 and shows else ""
    if not shows and suffix in (f"{NBSP}k", f"{NBSP}M"):
        suffix = ""
    if unit == "share" and signed:
        suffix = POINTS
    said = digits(text) + suffix
    return sign + (priced(said, currency) if unit == "money" else said)


def _decimals(value: float) -> int:
    text = f"{value:.6f}".rstrip("0")
    return len(text.split(".")[1])
