"""Of fewer than k customers a study shows nothing, and says why."""

from datetime import date

import pandas as pd

import cxkit as cx
from cxkit.areas.value import captions
from cxkit.areas.value.study import purchase_study


def test_a_study_of_few_customers_shows_nothing():
    rows = [
        (f"o{n}", f"c{n % 4}", f"2026-{1 + n % 6:02}-1{n % 9}T10:00:00Z", "completed", 10.0 + n, "EUR")
        for n in range(24)
    ]
    orders = pd.DataFrame(rows, columns=["order_id", "customer_id", "ordered_at", "status", "net_amount", "currency"])
    shop = cx.open_data({"orders": orders}, settings={"timezone": "UTC"})
    shown, hidden = (purchase_study(shop, date(2026, 6, 30), k=k) for k in (4, 5))
    assert shown.rfm().n_customers.sum() == 4
    assert "Fitted to" in captions.hold_out(shown)
    assert hidden.rfm().empty
    assert captions.hold_out(hidden) == "Fewer than 5 customers: nothing is shown of so few people."
