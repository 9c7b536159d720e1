"""Targets from `dataset.yml` against measured values, with the chance of missing them."""

from collections.abc import Mapping
from statistics import NormalDist
from typing import Any

from cxkit.report.format import Style, missing

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


def said(row: Mapping[str, Any], target: float | None, style: Style, decimals: int) -> str:
    """The line beneath a figure: "target 40.0%: missed, chance of missing it 98%"; nothing without a target."""
    if target is None:
        return ""
    text = f"target {style.value(target, row['unit'], decimals)}"
    chance = chance_of_missing(row, target)
    if chance is None:
        return text
    missed = row["value"] < target if row["better"] == "up" else row["value"] > target
    so_far = " so far" if "unfinished" in str(row.get("flags") or "") else ""
    rounded = "under 1%" if chance < 0.01 else "over 99%" if chance > 0.99 else style.value(chance, "share", 0)
    return f"{text}: {'missed' if missed else 'met'}{so_far}, chance of missing it {rounded}"
