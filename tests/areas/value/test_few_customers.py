"""Of fewer than k customers a study shows nothing, and says why."""

import weakref
from datetime import date

import pandas as pd
import pytest

import cxkit as cx
from cxkit.areas.value import captions
from cxkit.areas.value.study import purchase_study
from cxkit.dataset.naming import shipped_views


def four_customers():
    rows = [
        (f"o{n}", f"c{n % 4}", f"2026-{1 + n % 6:02}-1{n % 9}T10:00:00Z", "completed", 10.0 + n, "EUR")
        for n in range(24)
    ]
    orders = pd.DataFrame(rows, columns=["order_id", "customer_id", "ordered_at", "status", "net_amount", "currency"])
    customers = pd.DataFrame({"customer_id": ["c0", "c1", "c2", "c3"], "country": "PL"})
    return cx.open_data({"orders": orders, "customers": customers}, settings={"timezone": "UTC"})


def test_a_study_of_few_customers_shows_nothing():
    shop = four_customers()
    shown, hidden = (purchase_study(shop, date(2026, 6, 30), k=k) for k in (4, 5))
    assert shown.rfm().n_customers.sum() == 4
    assert "Fitted to" in captions.hold_out(shown)
    assert hidden.rfm().empty
    assert captions.hold_out(hidden) == "Fewer than 5 customers: nothing is shown of so few people."


def test_a_study_that_stands_shows_nothing_once_a_view_leaves_few():
    shop = four_customers()
    study = purchase_study(shop, date(2026, 6, 30), k=4)
    assert len(study.customers) == 4
    shop.create_view("purchase_days", f"select * from ({shipped_views()['purchase_days']}) where customer_id <> 'c0'")
    assert study.customers.empty and study.rfm().empty
    assert captions.hold_out(study) == "Fewer than 4 customers: nothing is shown of so few people."


@pytest.mark.parametrize("k", [1, 4])
@pytest.mark.parametrize("segment", ["", "country=PL"])
def test_no_engine_outlives_its_source(k, segment):
    shop = four_customers()
    engine = weakref.ref(shop.engine)
    study = purchase_study(shop, date(2026, 6, 30), k=k, segment=segment)
    assert len(study.customers) == 4 and study.weeks is study.weeks
    del shop, study
    assert engine() is None
