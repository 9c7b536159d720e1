"""CDNOW for the tests of the purchase models."""

import pandas as pd
import pytest
from cdnow_in_pandas import CDNOW, CUT, pandas_history, purchase_days


@pytest.fixture(scope="session")
def cdnow_days() -> pd.DataFrame:
    return purchase_days(pd.read_csv(CDNOW / "orders.csv", dtype={"order_id": str, "customer_id": str}))


@pytest.fixture(scope="session")
def cdnow(cdnow_days: pd.DataFrame) -> pd.DataFrame:
    """Calibration to 1997-09-30, in weeks, one row a customer."""
    return pandas_history(cdnow_days, CUT)
