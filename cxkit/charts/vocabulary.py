"""What every chart is asked in: which columns it draws, and what it says beside its caption."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from cxkit.charts.style import INK, MUTED, SERIES
from cxkit.charts.text import clean
from cxkit.errors import ArgumentError

Bounded = tuple[str, str, str]  # columns of a value and of its two bounds


@dataclass(frozen=True, kw_only=True)
class Columns:
    """Which columns of a frame a chart draws. Those not named have their usual names, which each chart tells.

    Attributes
    ----------
    value
        What is drawn: a column, or three with the lower and the upper bound.
    by
        What rows, lines, curves or points are called; by default a measured frame's `level`, else `segment`. Lines and curves have one by default.
    across
        What stands side by side in a heat map, whose rows are `by`.
    time
        Dates, or a number for curves; by default what a measured frame is split by, else the first of date, day, week, month, period_start.
    predicted
        What a model said, beside the value.
    at_risk
        How many are left at each time of a curve.

    Raises
    ------
    ArgumentError
        A value of neither one column nor three.

    Examples
    --------
    >>> Columns(value=("hazard_ratio", "low", "high"), by="trait").value
    ('hazard_ratio', 'low', 'high')
    """

    value: str | Bounded = ""
    by: str = ""
    across: str = ""
    time: str = ""
    predicted: str = "predicted"
    at_risk: str = "at_risk"

    def __post_init__(self) -> None:
        if not isinstance(self.value, str) and len(self.value) != 3:
            raise ArgumentError(
                f"Columns(value=…) is a column, or three: the value, its lower and its upper bound. Found {self.value!r}."
            )

    def bounded(self, usual: Bounded = ("value", "ci_low", "ci_high")) -> Bounded:
        """The columns of the value and its bounds; a value alone has none, and `""` is no column."""
        return (self.value, "", "") if self.value and isinstance(self.value, str) else self.value or usual

    def names(self, frame: pd.DataFrame) -> str:
        """The column with the names of rows."""
        return self.by or ("level" if "level" in getattr(frame, "columns", ()) else "segment")


@dataclass(frozen=True, kw_only=True)
class Words:
    """What a chart says beside its caption, and in which unit. Empty ones are left out or have a default.

    Attributes
    ----------
    unit
        share (0–1), count, seconds, days, money, ratio, score or rate; by default the frame's `unit` where all rows agree.
    currency
        Code of the currency of money, such as EUR; by default `frame.attrs["currency"]`.
    name, base_name
        What is measured and what it is compared with: "now" and "before" in keys, their month at the end of lines.
    x, y
        What the axis beneath and the one at the left count.
    sides
        What lies left and right of no effect, such as ("stays longer", "leaves sooner").
    at_risk
        What the numbers beneath a curve count.
    events
        {date: what happened}, marked in charts of days.

    Examples
    --------
    >>> Words(unit="money", currency="EUR", name="October").currency
    'EUR'
    """

    unit: str = ""
    currency: str = ""
    name: str = ""
    base_name: str = ""
    x: str = ""
    y: str = ""
    sides: tuple[str, str] = ("", "")
    at_risk: str = "still at risk"
    events: Mapping[Any, str] | None = None

    def of(self, frame: pd.DataFrame, caption: str, alt: str, unit: str = "") -> "Said":
        """With caption and alternative, and a frame's unit and currency where they are not said; `unit` where the frame has none either."""
        own = set(frame["unit"].dropna()) if "unit" in frame else set()
        found = self.unit or (str(own.pop()) if len(own) == 1 else unit)
        currency = self.currency or str(frame.attrs.get("currency") or "")
        return Said(**{**vars(self), "unit": found, "currency": currency, "caption": caption, "alt": alt})

    def key(self, mark: str, base_mark: str) -> list[tuple[str, str]]:
        """What two marks are, each in its colour."""
        name, base_name = clean(self.name or "now"), clean(self.base_name or "before")
        return [(f"{mark} {name}", SERIES[0]), (f"{base_mark} {base_name}", MUTED if base_mark == "○" else INK)]


@dataclass(frozen=True, kw_only=True)
class Said(Words):
    """The words of one chart: with its caption and the alternative to seeing it."""

    caption: str
    alt: str


COLUMNS, WORDS = Columns(), Words()  # the usual ones
