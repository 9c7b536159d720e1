"""Random survival tables for the property tests."""

import numpy as np
import pandas as pd
from hypothesis import strategies as st


@st.composite
def survival_cells(draw, covariates=0, late_entry=True, min_rows=4, max_rows=30, reasons=False):
    """Distinct rows with a count; heavy ties; covariates of few levels."""
    size = draw(st.integers(min_rows, max_rows))
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"duration": rng.integers(1, 9, size), "event": rng.random(size) < rng.uniform(0.2, 1)})
    if late_entry and draw(st.booleans()):
        frame["entry"] = np.where(rng.random(size) < 0.5, 0, rng.integers(0, frame["duration"]))
    for number in range(covariates):
        frame[f"x{number}"] = rng.integers(0, 3, size) / 2
    if reasons:
        frame["event"] = np.where(frame["event"], rng.choice(["voluntary", "payment_failed", "other"], size), None)
    frame["n_units"] = rng.integers(1, 6, size)
    return frame


def written_out(cells):
    """The same table row by row, without counts."""
    return cells.loc[cells.index.repeat(cells["n_units"])].drop(columns="n_units").reset_index(drop=True)


def collapsed(rows):
    """Distinct rows with a count."""
    return rows.groupby(list(rows.columns), as_index=False, dropna=False).size().rename(columns={"size": "n_units"})
