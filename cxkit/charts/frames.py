"""Columns of the frames that charts are drawn from: found by name, turned into numbers, dates and labels."""

import re
from collections.abc import Hashable, Sequence

import numpy as np
import pandas as pd

from cxkit.charts.text import clean
from cxkit.disclosure.suppress import hide
from cxkit.errors import ArgumentError, did_you_mean

_DATES = ("date", "day", "week", "month", "period_start")


def need(frame: pd.DataFrame, kind: str, *names: str) -> None:
    """Raise unless the frame has the columns; one without a name is not asked for.

    Raises
    ------
    ArgumentError
        Which column is missing, which there are, and the nearest name.
    """
    if not isinstance(frame, pd.DataFrame):
        raise ArgumentError(f"charts.{kind} draws a pandas DataFrame; found {type(frame).__name__}.")
    there = [str(c) for c in frame.columns]
    for name in filter(None, names):
        if name not in there:
            raise ArgumentError(
                f"charts.{kind}: no column `{name}`; there are {', '.join(there) or 'none'}.{did_you_mean(name, there)}"
            )


def admit(frame: pd.DataFrame, kind: str, *names: str, by: Sequence[str] = (), nested: bool = False) -> pd.DataFrame:
    """The frame with its small groups hidden: what every chart begins with. `by` and `nested` as in `suppress`.

    Raises
    ------
    ArgumentError
        As `need`; a frame that does not say who is counted while data are open (see `counting`).
    """
    need(frame, kind, *names)
    write = f'charts.{kind}(counting(frame, people="…"), …)'
    return hide(frame, f"charts.{kind}", write, by=by, nested=nested)


def hidden_label(frame: pd.DataFrame, name: str) -> list[str]:
    """What stands for each hidden number of a column, "< 10" or "hidden"; empty for the others."""
    labels = frame.attrs.get("hidden", {}).get(name, {})
    return [labels.get(row, "") for row in frame.index]


def numbers(frame: pd.DataFrame, name: Hashable) -> np.ndarray:
    """A column as floats, (rows,); missing, infinite and absent ones as nan."""
    if name not in frame.columns:
        return np.full(len(frame), np.nan)
    out = pd.to_numeric(frame[name].astype(object), errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    out[~np.isfinite(out)] = np.nan
    return out


def labels(frame: pd.DataFrame, name: str) -> list[str]:
    """A column as short texts; nothing becomes `all` where it is a segment, else `not given`."""
    out = []
    for v in frame[name]:
        missing = v is None or (pd.api.types.is_scalar(v) and pd.isna(v))
        text = "not given" if missing else clean(v)
        if re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)+", text):  # a code such as organic_search
            text = text.replace("_", " ")
        out.append(text or ("all" if name in ("segment", "level") else "not given"))
    return out


def dated(frame: pd.DataFrame, kind: str, time: str = "") -> tuple[pd.DataFrame, str]:
    """The frame and its column of dates: the given one, else what a measured frame is split by, else the first of `_DATES` with several."""
    if time:
        need(frame, kind, time)
        return frame, time
    need(frame, kind)
    split = set(frame["by"]) if {"by", "level"} <= set(frame.columns) else set()
    if len(split) == 1 and split <= set(_DATES):
        time = split.pop()
        return frame.assign(**{time: frame["level"]}), time
    there = [name for name in _DATES if name in frame.columns]
    if not there:
        raise ArgumentError(
            f"charts.{kind}: no column of dates; expected one of {', '.join(_DATES)} or Columns(time=…); "
            f"there are {', '.join(map(str, frame.columns))}."
        )
    return frame, next((name for name in there if len(set(frame[name].dropna())) > 1), there[0])


def days(frame: pd.DataFrame, name: str) -> np.ndarray:
    """A column of dates as days since 1970, (rows,); what is no date as nan."""
    raw = frame[name]
    if isinstance(raw.dtype, pd.PeriodDtype):
        raw = raw.dt.start_time
    stamps = pd.to_datetime(raw, errors="coerce")
    if getattr(stamps.dt, "tz", None) is not None:
        stamps = stamps.dt.tz_localize(None)
    out = stamps.to_numpy().astype("datetime64[s]").astype(float) / 86400.0
    out[stamps.isna().to_numpy()] = np.nan
    return out


def in_order(days: np.ndarray) -> np.ndarray:
    """Which rows have a date, the earliest first."""
    order = np.argsort(days, kind="stable")
    return order[np.isfinite(days[order])]


def keep(frame: pd.DataFrame, *names: str) -> pd.DataFrame:
    """The columns that a chart was drawn from, in order, for its fold of numbers."""
    return frame[[n for n in dict.fromkeys(names) if n in frame.columns]]
