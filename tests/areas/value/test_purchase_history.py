"""Histories by SQL against the pandas twin, on CDNOW and on random orders with every odd kind of row."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from cdnow_in_pandas import CDNOW, CUT, pandas_history, purchase_days
from hypothesis import given, settings
from hypothesis import strategies as st

from cxkit.areas.value.purchase_history import (
    customer_history,
    hold_out_history,
    hold_out_spend,
    purchase_history,
    purchases_by_day,
    spend_history,
)
from cxkit.dataset.source import open_data
from cxkit.errors import ArgumentError

END = date(1998, 6, 30)
COLUMNS = ["frequency", "recency", "T"]


@pytest.fixture(scope="module")
def source():
    return open_data(CDNOW)


def expand(rows, columns):
    """Replicated and sorted, to compare with one row a customer."""
    return (
        rows.loc[rows.index.repeat(rows.n_customers), columns].astype(float).sort_values(columns).reset_index(drop=True)
    )


def test_cdnow_by_sql_is_cdnow_by_pandas(source, cdnow):
    rows = purchase_history(source, CUT)
    assert len(rows) == 1_016
    assert rows.attrs == {"time_unit": "week", "until": CUT}
    pd.testing.assert_frame_equal(expand(rows, COLUMNS), expand(cdnow.reset_index().assign(n_customers=1), COLUMNS))
    assert source.sql("select count(*) as n from purchase_days").n[0] == 6_696


def test_cdnow_hold_out(source, cdnow):
    rows = hold_out_history(source, CUT, END)
    twin = cdnow.reset_index().assign(
        n_customers=1, n_after=cdnow.holdout.to_numpy(), n_before=cdnow.frequency.to_numpy()
    )
    columns = [*COLUMNS, "n_before", "n_after"]  # the 39 weeks before the cut hold the whole calibration
    pd.testing.assert_frame_equal(expand(rows, columns), expand(twin, columns))
    money = hold_out_spend(source, CUT, END)
    assert money.n_customers.sum() == 2_357
    by_day = purchases_by_day(source, END)
    after = pd.to_datetime(by_day.day).dt.date > CUT
    assert by_day.n_repeat[after].sum() == 1_882
    assert by_day.n_first.sum() == 2_357


def test_customers_and_spend(source, cdnow):
    customers = customer_history(source, CUT).set_index("customer_id")
    pd.testing.assert_frame_equal(
        customers.astype(float), cdnow[customers.columns].astype(float), check_names=False, check_freq=False
    )
    spend = spend_history(source, CUT)
    assert spend.n_customers.sum() == 946
    assert (spend.monetary_value * spend.n_customers).sum() == pytest.approx(cdnow.monetary_value.sum())


def test_the_view_is_the_history_at_the_end_of_the_data(source):
    view = source.sql("select * from customer_value order by customer_id")
    history = customer_history(source, END, unit="day")
    assert view.customer_id.tolist() == history.customer_id.tolist()
    for name, column in (
        ("recency_days", "recency"),
        ("t_days", "T"),
        ("frequency", "frequency"),
        ("monetary_value",) * 2,
    ):
        assert view[name].to_numpy(dtype=float) == pytest.approx(history[column].to_numpy(dtype=float))
    assert view.net_amount.sum() == pytest.approx(source.sql("select sum(net_amount) as total from orders").total[0])
    assert view.n_orders.sum() == 6_919


def test_messages(source):
    with pytest.raises(ArgumentError, match=r"`weeks` is no unit of time.*Did you mean `week`"):
        purchase_history(source, CUT, unit="weeks")
    with pytest.raises(ArgumentError, match="choose an earlier cut"):
        hold_out_history(source, END, CUT)


@st.composite
def random_orders(draw):
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    n = draw(st.integers(1, 60))
    day = pd.Timestamp("2026-01-01") + pd.to_timedelta(rng.integers(0, 60, n), unit="D")
    statuses = ["paid", "shipped", "completed", "cancelled", "refunded", "partially_refunded", "pending"]
    amount = np.maximum(np.round(rng.normal(20, 25, n), 2), 0.0)
    return pd.DataFrame(
        {
            "order_id": [f"o{i}" for i in range(n)],
            "customer_id": rng.choice(["a", "b", "c", "d", None], n),
            "ordered_at": (day + pd.to_timedelta(rng.integers(0, 86_400, n), unit="s")).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "status": rng.choice(statuses, n),
            "net_amount": amount,
            "refund_amount": np.where(rng.random(n) < 0.2, np.round(amount / 3, 2), np.nan),
            "currency": "EUR",
        }
    )


@settings(max_examples=10, deadline=None)
@given(random_orders())
def test_random_orders_by_sql_are_those_by_pandas(orders):
    source = open_data({"orders": orders}, settings={"timezone": "UTC", "guests": "keep"})
    until = date(2026, 2, 10)
    refund = orders.refund_amount.fillna(0)
    stood = ~orders.status.isin(["cancelled", "refunded", "pending"]) & ((refund == 0) | (refund < orders.net_amount))
    kept = orders[stood & orders.customer_id.notna()].assign(net_amount=orders.net_amount - refund)
    days = purchase_days(kept)
    if days.empty or days.day.min() > pd.Timestamp(until):
        assert purchase_history(source, until).empty
        return
    twin = pandas_history(days, until, unit_days=1)
    mine = customer_history(source, until, unit="day").set_index("customer_id")
    pd.testing.assert_frame_equal(mine.astype(float), twin[mine.columns].astype(float), check_names=False)
    rows = purchase_history(source, until, unit="day")
    pd.testing.assert_frame_equal(expand(rows, COLUMNS), expand(twin.reset_index().assign(n_customers=1), COLUMNS))
