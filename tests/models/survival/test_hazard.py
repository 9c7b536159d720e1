import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from survival_tables import survival_cells, written_out

from cxkit.models.survival.hazard import hazard_by_tenure
from cxkit.stats import poisson_rate


@settings(max_examples=40, deadline=None)
@given(survival_cells())
def test_counts_give_what_rows_give(cells):
    pd.testing.assert_frame_equal(hazard_by_tenure(cells, 2, 1), hazard_by_tenure(written_out(cells), 2, 1))


@settings(max_examples=40, deadline=None)
@given(survival_cells())
def test_exposure_and_ends_add_up(cells):
    table = hazard_by_tenure(cells, 3, 1)
    at_risk = cells["duration"] - cells.get("entry", 0)
    assert table["exposure"].sum() == pytest.approx((at_risk * cells["n_units"]).sum())
    assert table["n_events"].sum() == (cells["n_units"] * cells["event"]).sum()


def test_intervals_are_the_exact_poisson_ones():
    table = hazard_by_tenure(pd.DataFrame({"duration": [10, 25], "event": [1, 0], "n_units": [9, 1]}), 30, 1)
    expected = poisson_rate(9, 115)
    assert table.loc[0, ["hazard", "low", "high"]].tolist() == pytest.approx(list(expected[:3]))


def test_late_entry_counts_only_time_watched():
    table = hazard_by_tenure(pd.DataFrame({"duration": [25], "event": [1], "entry": [12]}), 10, 1)
    assert table["exposure"].tolist() == [0, 8, 5]
    assert table["n_events"].tolist() == [0, 0, 1]
    assert np.isnan(table["hazard"][0])


def test_an_end_on_an_edge_closes_its_interval_and_one_at_zero_opens_the_first():
    table = hazard_by_tenure(pd.DataFrame({"duration": [0, 10, 20], "event": 1}), 10, 1)
    assert table["n_events"].tolist() == [2, 1]


def test_nobody_at_risk_gives_one_empty_interval():
    table = hazard_by_tenure(pd.DataFrame({"duration": [], "event": []}))
    assert table["n_events"].tolist() == [0]
    assert table["hazard"].isna().all()
