"""How exact a figure is. What is counted, added up or follows from that in closed form is *exact*: the same to the last digit on every machine.

What a model's fit, an iteration or a smoother gives is *fitted*: processors add in different orders, so its last digits differ between
machines. It is kept with the digits that the fit determines and compared with a stated tolerance.
"""

import math
import re
from typing import Any

import pandas as pd

DIGITS = 10  # of an exact figure: all that it can mean, and none of the last bits that differ between processors
FITTED_DIGITS = 7
FITTED_RTOL = 1e-6  # relative: one unit of the seventh digit at most
_KEY = "fitted"
_NOUGHT = 1e-12  # below it a fitted figure is 0, as far as anybody can tell
_NUMBER = re.compile(r"\d[\d,.\u00a0\u202f]*\d|\d")


def fitted(frame: pd.DataFrame, rtol: float = FITTED_RTOL) -> pd.DataFrame:
    """Mark a frame as fitted; what is derived from it by pandas stays so.

    Examples
    --------
    >>> tolerance(fitted(pd.DataFrame({"value": [1.0]})).rename(columns={"value": "rate"}))
    1e-06
    """
    frame.attrs[_KEY] = rtol
    return frame


def tolerance(frame: pd.DataFrame) -> float:
    """Relative difference that the numbers of a frame may have between machines; 0 for exact ones."""
    return float(frame.attrs.get(_KEY, 0.0))


def rounded(value: float, digits: int) -> float:
    """A number with so many significant digits; whole numbers stay whole.

    Examples
    --------
    >>> rounded(123456789.0, 7), rounded(2 / 3, 7)
    (123456789.0, 0.6666667)
    """
    return value if float(value).is_integer() else float(f"{value:.{digits}g}")


def same(before: Any, now: Any, rtol: float = 0.0) -> bool:
    """Equal; or two numbers within a relative tolerance; or two texts that differ in the last digit of such numbers alone.

    Examples
    --------
    >>> same(1.000001, 1.000002), same(1.000001, 1.000002, 1e-6), same("about 12.5 %", "about 12.6 %", 1e-6), same("12", "21", 1e-6)
    (False, True, True, False)
    """
    if before == now or not rtol:
        return bool(before == now)
    if _is_number(before) and _is_number(now):
        size = max(abs(before), abs(now))
        return (
            size <= _NOUGHT or abs(before - now) <= rtol * 1.000001 * size
        )  # one unit of the last digit, and the float's own rounding
    if isinstance(before, str) and isinstance(now, str):
        one, other = _NUMBER.findall(before), _NUMBER.findall(now)
        alike = len(one) == len(other) and _NUMBER.sub("0", before) == _NUMBER.sub("0", now)
        return alike and all(map(_next_to, one, other))
    return False


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _next_to(one: str, other: str) -> bool:
    """Whether two written numbers differ by one unit of their last place at most: a half that fell either way."""
    if one == other:
        return True
    digits = [re.sub(r"\D", "", text) for text in (one, other)]
    places = [len(text) - max(text.rfind("."), text.rfind(",")) for text in (one, other)]
    return places[0] == places[1] and abs(int(digits[0]) - int(digits[1])) <= 1
