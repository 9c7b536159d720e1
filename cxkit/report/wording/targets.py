"""Targets from `dataset.yml` against measured values, with the chance of missing them."""

from collections.abc import Iterable, Mapping
from statistics import NormalDist
from typing import Any

from cxkit.report.wording import words
from cxkit.report.wording.format import Style, missing

NORMAL = NormalDist()


def chance_of_missing(row: Mapping[str, Any], target: float) -> float | None:
    """The chance that the true figure lies on the wrong side of its target.

    The interval is read as a confidence distribution: normal, on each side of the value with the half width of that side
    (Xie and Singh 2013, International Statistical Review 81, 3-39). Exact for a mean, close for the kit's other intervals.

    Parameters
    ----------
    row : mapping
        One row of a measurement frame; `better` says which side is wrong.
    target : float
        In the metric's own unit, a share as 0–1.

    Returns
    -------
    float or None
        None where the figure has no value, no interval, or no better side.

    Examples
    --------
    >>> row = {"value": 0.43, "ci_low": 0.41, "ci_high": 0.45, "better": "down", "conf_level": 0.95}
    >>> round(chance_of_missing(row, 0.43), 2), round(chance_of_missing(row, 0.45), 3)
    (0.5, 0.025)
    """
    value, low, high = row.get("value"), row.get("ci_low"), row.get("ci_high")
    if (
        value is None
        or low is None
        or high is None
        or any(map(missing, (value, low, high)))
        or row.get("better") not in ("up", "down")
    ):
        return None
    width = high - value if target >= value else value - low
    if width <= 0:
        below = float(target > value) if target != value else 0.5
    else:
        below = NORMAL.cdf((target - value) / width * NORMAL.inv_cdf((1 + row["conf_level"]) / 2))
    return below if row["better"] == "up" else 1 - below


def said(row: Mapping[str, Any], block: Mapping[str, Any], style: Style, decimals: int | None = None) -> str:
    """The line beneath a figure: "target 40.0%: missed, chance of missing it 98%"; nothing where its block has no target for it."""
    target = of(row, block)
    if target is None:
        return ""
    decimals = words.value_decimals(row, style) if decimals is None else decimals
    text = f"target {style.value(target, row['unit'], decimals)}"
    if is_open(row):
        return f"{text}: period not finished"
    chance = chance_of_missing(row, target)
    if chance is None:
        return text
    became = ("missed" if is_missed(row, target) else "met") + _so_far(row)
    return f"{text}: {became}, chance of missing it {_rounded(chance, style)}"


def is_open(row: Mapping[str, Any]) -> bool:
    """Whether the figure still grows: a total of a period that has not ended."""
    return bool(_so_far(row)) and (row["unit"] == "count" or row.get("numerator") == row.get("value"))


def of(row: Mapping[str, Any], block: Mapping[str, Any]) -> float | None:
    """The target that a block has for a row; targets are those of whole figures, not of their segments."""
    return None if row.get("segment") else (block.get("targets") or {}).get(row["metric_id"])


def is_missed(row: Mapping[str, Any], target: float) -> bool:
    """Whether the value lies on the wrong side of its target."""
    return bool(row["value"] < target if row["better"] == "up" else row["value"] > target)


def sentences(rows: Iterable[Mapping[str, Any]], goals: Mapping[str, float], style: Style) -> list[tuple[str, str]]:
    """A finding for each figure with a target as (lead, rest): missed ones first, the surest first of all."""
    found = []
    for row in rows:
        target = of(row, {"targets": goals})
        chance = None if target is None or is_open(row) else chance_of_missing(row, target)
        if target is None or chance is None:
            continue
        decimals = style.decimals(row["unit"], row["value"], row["ci_low"], row["ci_high"])
        value, aim = (style.value(number, row["unit"], decimals) for number in (row["value"], target))
        became = "missed" if is_missed(row, target) else "met"
        lead = f"Target {became}{_so_far(row)}: {row['title']} {value}, target {aim}."
        found.append((chance, lead, f"Chance of a true miss: {_rounded(chance, style)}."))
    return [(lead, rest) for _, lead, rest in sorted(found, key=lambda each: (-each[0], each[1]))]


def _rounded(chance: float, style: Style) -> str:
    if 0.01 <= chance <= 0.99:
        return style.value(chance, "share", 0)
    return (
        f"under\N{NO-BREAK SPACE}{style.value(0.01, 'share', 0)}"
        if chance < 0.01
        else f"over\N{NO-BREAK SPACE}{style.value(0.99, 'share', 0)}"
    )


def _so_far(row: Mapping[str, Any]) -> str:
    return " so far" if words.is_unfinished(row) else ""
