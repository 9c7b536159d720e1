"""Orders and repeat purchase. One row of `purchases` is one order that stood; one row of `buyers` is one known customer."""

from functools import partial

from cxkit.metric import Metric

_ORDERS = ("orders.order_id", "orders.ordered_at", "orders.status", "orders.net_amount")
_CUSTOMERS = (*_ORDERS, "orders.customer_id")

purchases = partial(Metric, view="purchases", time="ordered_at", better="up")
of_customers = partial(purchases, cluster="customer_id", per_cluster=True, needs=_CUSTOMERS)

ORDERS = purchases(
    id="orders",
    title="Orders",
    numerator="true",
    denominator=None,
    cluster="coalesce(customer_id, order_id)",
    recipe="count_rate",
    unit="count",
    definition="Orders of the period that stood: not cancelled, not pending, not wholly refunded.",
    source="own",
    needs=_ORDERS,
    differs="By order date, so that a later cancellation changes the past; a ledger books it when it happens.",
)

NET_REVENUE = purchases(
    id="net_revenue",
    title="Net revenue",
    numerator="net_amount",
    denominator=None,
    cluster="coalesce(customer_id, order_id)",
    recipe="count_rate",
    unit="money",
    definition="Goods after discounts and refunds, without tax and shipping, by order date.",
    source="own",
    needs=_ORDERS,
)

AVERAGE_ORDER_VALUE = purchases(
    id="average_order_value",
    title="Average order value",
    numerator="net_amount",
    cluster="coalesce(customer_id, order_id)",
    recipe="heavy_tailed_mean",
    unit="money",
    definition="Net revenue ÷ orders.",
    source="Shopify",
    needs=_ORDERS,
    differs="Shop systems often keep tax, shipping or refunds in.",
)

PURCHASE_FREQUENCY = of_customers(
    id="purchase_frequency",
    title="Purchases per buyer",
    numerator="count(distinct ordered_on)",
    recipe="heavy_tailed_mean",
    unit="ratio",
    definition="Days with a purchase ÷ distinct buyers of the period; guests left out. It depends on the period's length.",
    source="own",
)

RETURNING_CUSTOMER_RATE = of_customers(
    id="returning_customer_rate",
    title="Returning-customer rate",
    numerator="bool_or(purchase_no > 1)",
    recipe="proportion",
    unit="share",
    definition="Customers ordering in the period who had ordered on an earlier day ever ÷ customers ordering in the period.",
    source="Shopify",
    differs="It rises as history grows: what came before the data began is unknown.",
)


def _repeat_purchase_rate(days: int, suffix: str) -> Metric:
    return Metric(
        id=f"repeat_purchase_rate{suffix}",
        title=f"Repeat purchase within {days} days",
        view="buyers",
        numerator=f"coalesce(days_to_second <= {days}, false)",
        recipe="proportion",
        unit="share",
        better="up",
        definition=f"First-time buyers whose {days} days ended in the period and who bought again on another day within them "
        f"÷ first-time buyers whose {days} days ended in the period.",
        source="own",
        needs=_CUSTOMERS,
        time=f"window_{days}_closed_at",
        differs="Shopify's returning-customer rate divides by everyone ordering in the period and grows with history.",
    )


REPEAT_PURCHASE_RATE = _repeat_purchase_rate(365, "")
REPEAT_PURCHASE_RATE_180 = _repeat_purchase_rate(180, "_180d")
REPEAT_PURCHASE_RATE_90 = _repeat_purchase_rate(90, "_90d")


def _clv_historical(days: int, suffix: str) -> Metric:
    return Metric(
        id=f"clv_historical{suffix}",
        title=f"Value of a customer's first {days} days",
        view="buyers",
        numerator=f"margin_{days}",
        recipe="heavy_tailed_mean",
        unit="money",
        better="up",
        definition=f"Margin of the purchases within {days} days of the first, that one included ÷ customers whose {days} days ended in the period. "
        "Refunds are off; net revenue where no margin is known.",
        source="own",
        needs=_CUSTOMERS,
        time=f"window_{days}_closed_at",
        differs="Value to date of all customers together grows with their age: it compares old cohorts with young ones.",
    )


CLV_HISTORICAL = _clv_historical(365, "")
CLV_HISTORICAL_180 = _clv_historical(180, "_180d")
CLV_HISTORICAL_90 = _clv_historical(90, "_90d")

FIGURES = (
    NET_REVENUE, AVERAGE_ORDER_VALUE, PURCHASE_FREQUENCY, RETURNING_CUSTOMER_RATE, REPEAT_PURCHASE_RATE_90, REPEAT_PURCHASE_RATE_180,
    REPEAT_PURCHASE_RATE, CLV_HISTORICAL_90, CLV_HISTORICAL_180, CLV_HISTORICAL,
)  # fmt: skip
