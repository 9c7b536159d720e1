"""Customer value: the rhythm of purchases, recency and frequency, engagement, and what customers are worth by model."""

from functools import partial

from cxkit.areas.value import engagement_level, rfm
from cxkit.exactness import FITTED_RTOL
from cxkit.measurement.fitted import of_model
from cxkit.metric import Described

_ORDERS = ("orders.ordered_at", "orders.customer_id")
_MONEY = (*_ORDERS, "orders.net_amount")
_ACTS = ("customers.customer_id", "events.visitor_id or message_events.recipient_id or tickets.requester_id")

of_buyers = partial(Described, needs=_ORDERS, better="up", source="own")

INTERPURCHASE_TIME = of_buyers(
    id="interpurchase_time",
    title="Time between purchases",
    function=of_model("cxkit.areas.value.purchase_gaps", "interpurchase_time"),
    unit="days",
    better="down",
    definition="Days after which half (and a quarter) of the buyers of the last 365 days had bought again (Kaplan–Meier): of each customer the "
    "one gap that begins with the first purchase in these days; a gap still open counts as open.",
    differs="The mean of completed gaps leaves out who has not come back and counts frequent buyers many times.",
)

PURCHASE_REGULARITY = Described(
    id="purchase_regularity",
    title="Regularity of purchases",
    function=of_model("cxkit.areas.value.purchase_gaps", "purchase_regularity"),
    unit="ratio",
    definition="Coefficient of variation of one customer's gaps: 1 is pure chance, 0 clockwork. From the last two completed gaps of each customer.",
    source="Wheat and Morrison 1990",
    needs=_ORDERS,
    differs="The coefficient over all customers' gaps together mixes fast and slow buyers with irregular ones.",
)

RFM = of_buyers(
    id="rfm",
    title="Recency, frequency, monetary value",
    function=rfm.rfm,
    unit="share",
    better="none",
    definition=f"Share of all buyers so far by the sum of three scores of 1 to 5 within the last {rfm.WINDOW_DAYS} days (days since the last purchase, days with a "
    "purchase, mean net amount): best 12 to 15, middle 8 to 11, low 3 to 7; none bought before only.",
    needs=_MONEY,
    differs="Equal values share a score, so that few purchases make fewer classes; quintiles by position cut ties at random.",
)

CUSTOMER_ENGAGEMENT_LEVEL = Described(
    id="customer_engagement_level",
    title="Engagement level of customers",
    function=engagement_level.customer_engagement_level,
    unit="score",
    better="up",
    definition=f"Mean over known customers of the level 0 to 100 in the last {engagement_level.LEVEL_DAYS} days: contacts, time on site and clicks in messages, each as the "
    "percentage of engaged customers with less, averaged; 0 without any. Who does not agree to profiling is left out.",
    source="own",
    needs=_ACTS,
    differs="Ranks are those within the period: the level says who is engaged more than others, not how much.",
)

CLV_BY_ENGAGEMENT = of_buyers(
    id="clv_by_engagement",
    title="Value by earlier engagement",
    function=engagement_level.clv_by_engagement,
    unit="money",
    definition=f"Margin a customer in the last {engagement_level.VALUE_DAYS} days, by the engagement level in the {engagement_level.LEVEL_DAYS} days before these: none, then fifths of the engaged.",
    needs=(*_MONEY, *_ACTS),
    differs="Engagement and value of the same days go together by construction: who buys visits.",
)

P_ALIVE = of_buyers(
    id="p_alive",
    title="Probability still a customer",
    function=of_model("cxkit.areas.value.figures", "p_alive"),
    rtol=FITTED_RTOL,
    unit="share",
    definition="Mean over buyers of the probability that they will buy again at all, from their rhythm, by the purchase model chosen on the hold-out.",
    source="Fader, Hardie and Lee 2008",
    differs="In BG/NBD who bought once counts as alive; MBG/NBD stands beside it then.",
)

EXPECTED_PURCHASES = of_buyers(
    id="expected_purchases",
    title="Expected purchases of the next 12 months",
    function=of_model("cxkit.areas.value.figures", "expected_purchases"),
    rtol=FITTED_RTOL,
    unit="ratio",
    definition="Expected days with a purchase a buyer in the 12 months after the period, by the purchase model; predictive interval.",
    source="Fader, Hardie and Lee 2005",
    differs="A forecast, held against what came on a hold-out before it is used.",
)

CLV_PREDICTED = of_buyers(
    id="clv_predicted",
    title="Predicted value of a customer",
    function=of_model("cxkit.areas.value.figures", "clv_predicted"),
    rtol=FITTED_RTOL,
    unit="money",
    definition="Expected margin of a buyer over the months after the period, discounted: purchases by the purchase model × spend by Gamma-Gamma × "
    "margin share. 24 months at 10% a year unless said otherwise; predictive interval.",
    source="Fader, Hardie and Lee 2005",
    needs=_MONEY,
    differs="Revenue instead of margin, no discount or an endless horizon give more.",
)
