"""Slips of whoever declares or asks for a metric: the message names the part, and says what to write instead."""

import pandas as pd
import pytest

import cxkit as cx
from cxkit.areas import value
from cxkit.errors import ArgumentError, DataError
from cxkit.metric import Metric

OCTOBER = cx.Period.parse("2026-10")
ORDERS = {
    "order_id": ["1", "2"], "customer_id": ["a", "b"], "ordered_at": ["2026-10-01T10:00:00Z", "2026-10-09T12:00:00Z"],
    "status": ["paid", "paid"], "net_amount": ["10.00", "60.00"], "currency": ["EUR", "EUR"],
}  # fmt: skip


@pytest.fixture(scope="module")
def shop():
    return cx.open_data({"orders": pd.DataFrame(ORDERS)})


def declared(**given):
    usual = {
        "id": "large", "title": "Large", "view": "purchases", "numerator": "net_amount > 50", "cluster": "customer_id",
        "recipe": "clustered_ratio", "unit": "share", "definition": "A ÷ B.", "source": "own", "time": "ordered_at",
        "needs": ("orders.net_amount",),
    }  # fmt: skip
    return Metric(**usual | given)


def test_the_declaration_that_the_slips_are_made_in_is_sound(shop):
    assert cx.measure(shop, declared(), OCTOBER).value.tolist() == [0.5]


SLIPS = {
    "column": ({"numerator": "net_amont > 50"}, r"metric large: numerator `net_amont > 50` cannot be read over `purchases`[^$]*net_amount"),
    "denominator": ({"denominator": "n_itms"}, "metric large: denominator `n_itms` cannot be read"),
    "bracket": ({"numerator": "(net_amount > 50"}, "metric large: numerator .* cannot be read"),
    "aggregate": ({"numerator": "sum(net_amount)"}, r"metric large: numerator `sum\(net_amount\)`"),
    "row of a cluster": ({"per_cluster": True, "numerator": "bool_or(net_amont > 50)"}, "metric large: numerator `bool_or"),
    "cluster": ({"cluster": "customer"}, "metric large: cluster `customer`"),
    "time": ({"time": "started_at"}, "metric large: time `started_at`"),
    "excluded": ({"excluded": "net_amount < 5"}, "metric large: excluded gives False; it must give the reason in words"),
    "no needs": ({"needs": ()}, "metric large: needs names no table"),
    "a view's column": ({"needs": ("purchases.net_amount",)}, "metric large: unknown table `purchases`. needs names columns of the data contract"),
}  # fmt: skip


@pytest.mark.parametrize(("given", "message"), SLIPS.values(), ids=list(SLIPS))
def test_a_slip_in_a_declaration_names_the_metric_and_its_part(shop, given, message):
    with pytest.raises(ArgumentError, match=message):
        cx.measure(shop, [value.ORDERS, declared(**given)], OCTOBER)


def test_one_column_that_is_needed_is_a_tuple_too():
    with pytest.raises(ArgumentError, match=r"needs=\('orders\.net_amount',\)"):
        declared(needs="orders.net_amount")


ASKED = {
    "path": (lambda shop: cx.measure("data/sample", value.ORDERS, OCTOBER), r"cx\.open_data\('data/sample'\)"),
    "period": (lambda shop: cx.measure(shop, value.ORDERS, "2026-10"), r"period is text; .*cx\.Period\.parse\('2026-10'\)"),
    "base": (lambda shop: cx.compare(shop, value.ORDERS, OCTOBER, "2026-09"), r"base is text; .*cx\.Period\.parse\('2026-09'\)"),
    "metric": (lambda shop: cx.measure(shop, "orders", OCTOBER), "'orders' is no metric; .*from cxkit.areas import"),
    "metrics": (lambda shop: cx.measure(shop, ["orders"], OCTOBER), "'orders' is no metric"),
    "columns": (lambda shop: cx.measure(shop, value.ORDERS, OCTOBER, by=["category"]), "by takes the name of one column"),
    "column": (lambda shop: cx.measure(shop, value.ORDERS, OCTOBER, by="device_class"), "purchases has no column 'device_class'.* There are order_id, customer_id, .*…"),
    "last month": (lambda shop: cx.Period.parse("last-month"), "counted from the last day of the data, and none is known"),
}  # fmt: skip


@pytest.mark.parametrize(("ask", "message"), ASKED.values(), ids=list(ASKED))
def test_a_slip_in_a_question_says_what_to_write_instead(shop, ask, message):
    with pytest.raises(ArgumentError, match=message):
        ask(shop)


def test_a_name_that_an_area_does_not_have_is_told_with_the_nearest():
    with pytest.raises(
        AttributeError, match=r"no attribute 'REPEAT_PURCHASE_RATE_180D'\. Did you mean `REPEAT_PURCHASE_RATE_180`\?"
    ):
        value.REPEAT_PURCHASE_RATE_180D  # noqa: B018


def test_frames_are_told_how_settings_are_given_with_them():
    naive = cx.open_data({"orders": pd.DataFrame(ORDERS | {"ordered_at": ["2026-10-01 10:00", "2026-10-09 12:00"]})})
    with pytest.raises(DataError, match=r"Frames have no dataset\.yml; .*settings="):
        cx.measure(naive, value.ORDERS, OCTOBER)
