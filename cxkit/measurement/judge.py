"""Verdicts: which changes are beyond noise, once all that were tested together are counted."""

from typing import Literal

import numpy as np
import pandas as pd

from cxkit import stats
from cxkit.flags import Flag, flagged

ALPHA = 0.05
CENSUS = "counted in full"  # the test of a figure without chance in it, such as followers: there is a change, and nothing to judge
NO_TEST = "no test"  # how the shortfall begins of a figure that is shown beside its base and cannot be tested, such as a curve of all years


def judge(frame: pd.DataFrame, *, alpha: float = ALPHA, method: Literal["holm", "fdr_bh"] = "fdr_bh") -> pd.DataFrame:
    """Add `p_adjusted`, `n_tests` and `verdict` to the rows of `compare`, all rows being one family.

    Parameters
    ----------
    frame : DataFrame
        Rows of `compare`; from several calls if they stand in one report.
    alpha : float
        Share of the changes called beyond noise that may be noise (false-discovery rate), or with `holm` the chance of any.
    method : str
        `fdr_bh` for everything a report tests, `holm` for a short planned family.

    Returns
    -------
    DataFrame
        verdict is one of up, down, no change, can't tell, hidden, no base, off; empty for what was counted in full, and for what has no
        test. Only a verdict up or down may be told as a change.

    Examples
    --------
    >>> rows = pd.DataFrame({"p_value": [0.001, 0.4], "difference": [0.1, 0.2], "shortfall": "", "flags": "", "base_value": 0.5})
    >>> judge(rows).verdict.tolist()
    ['up', 'no change']
    """
    if "p_value" not in frame:
        return frame
    testable = frame.shortfall.fillna("") == ""
    p_values = np.where(testable, frame.p_value.to_numpy(float), np.nan)
    adjusted, n_tests = stats.adjust(p_values, method=method)
    conditions = {
        "off": flagged(frame, Flag.OFF),
        "hidden": flagged(frame, Flag.SUPPRESSED),
        "no base": frame.base_value.isna(),
        "": (frame["test"].eq(CENSUS) if "test" in frame else False)
        | frame.shortfall.fillna("").str.startswith(NO_TEST),
        "can't tell": ~testable | np.isnan(adjusted),
        "no change": ~(adjusted <= alpha),
        "up": frame.difference.to_numpy(float) > 0,
    }
    verdict = np.select(list(conditions.values()), list(conditions), default="down")
    return frame.assign(p_adjusted=adjusted, n_tests=n_tests, verdict=verdict)
