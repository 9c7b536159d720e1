"""Churn and retention: members lost and kept, renewal, survival, drivers, and the lapse of buyers who owe no notice."""

from functools import partial

from cxkit.areas.churn import cohorts, inactivity, member_rates
from cxkit.dataset.windows import RENEWAL_DAYS, WINBACK_DAYS
from cxkit.exactness import FITTED_RTOL
from cxkit.measurement.fitted import of_model
from cxkit.metric import Described, Metric

_SPELLS = ("subscriptions.term_start_at",)
_MONEY = (*_SPELLS, "subscriptions.mrr_amount")
_TERMS = (*_SPELLS, "subscriptions.term_end_at")
_ORDERS = ("orders.ordered_at", "orders.customer_id")


of_members = partial(Described, unit="share", needs=_SPELLS)
of_terms = partial(Metric, view="terms_due", time="decided_at", cluster="customer_id", better="up", unit="share")

CUSTOMER_CHURN_RATE = of_members(
    id="customer_churn_rate",
    title="Customer churn",
    function=member_rates.churn_figure("customer_churn_rate"),
    better="down",
    noun="members",
    definition="Members at the period's start who were lost by its end ÷ members at its start. Who joins within the period is in neither part; "
    f"a pause, {RENEWAL_DAYS} days of late payment and a change of plan are no loss; the end counts, not the notice; who comes back starts anew.",
    source="Stripe, start-cohort form",
    differs=f"Stripe adds those who joined in the period to both parts; others divide by an average. A payment {RENEWAL_DAYS} days late is a loss elsewhere.",
)

CUSTOMER_RETENTION_RATE = of_members(
    id="customer_retention_rate",
    title="Customer retention",
    function=member_rates.churn_figure("customer_retention_rate"),
    better="up",
    noun="members",
    definition="Members at the period's start who were not lost by its end ÷ members at its start: 1 − customer churn.",
    source="AppsFlyer",
    differs="The shortcut (members at the end − joined) ÷ members at the start is too low when some who joined leave within the period.",
)

CHURN_RATE_STRIPE = of_members(
    id="churn_rate_stripe",
    title="Churn, Stripe's form",
    function=member_rates.churn_figure("churn_rate_stripe"),
    better="down",
    definition="Members lost in the period, joiners among them ÷ members at its start plus those who joined.",
    source="Stripe",
)

CHURN_ANNUALISED = of_members(
    id="churn_annualised",
    title="Churn, annualised",
    function=member_rates.churn_figure("churn_annualised"),
    better="down",
    definition="What the period's churn would be over a year if it stayed the same: 1 − (1 − churn)^(365.25 ÷ days).",
    source="own",
    differs="New members leave sooner than old ones, so a year rarely follows this rule: see the survival curve at 12 months.",
)

REVENUE_CHURN = of_members(
    id="revenue_churn",
    title="Revenue churn",
    function=member_rates.revenue_figure("revenue_churn"),
    better="down",
    definition="Monthly revenue lost or contracted by the period's end ÷ monthly revenue of the members at its start. Expansion does not offset it.",
    source="Gainsight, gross",
    needs=_MONEY,
    of_money=True,
)

NRR = of_members(
    id="nrr",
    title="Net revenue retention",
    function=member_rates.revenue_figure("nrr"),
    better="up",
    definition="Monthly revenue at the period's end of those who were members at its start ÷ their monthly revenue at the start.",
    source="Gainsight",
    needs=_MONEY,
    of_money=True,
    differs="A price rise raises it; joiners do not count.",
)

COHORT_RETENTION = of_members(
    id="cohort_retention",
    title="Cohort retention",
    function=cohorts.cohort_retention,
    better="up",
    definition="Members in their n-th month, counted from each one's own day of joining ÷ all who joined in a calendar month. Blank until the "
    "month is over for all of them; the last row pools complete cells.",
    source="Mixpanel, on",
)

RENEWAL_RATE = of_terms(
    id="renewal_rate",
    title="Renewal rate",
    numerator="is_renewed",
    recipe="clustered_ratio",
    definition=f"Terms renewed by {RENEWAL_DAYS} days after their planned end ÷ terms whose {RENEWAL_DAYS} days ended in the period.",
    source="Gainsight",
    needs=_TERMS,
    differs="By planned end other tools show a term a month earlier, and revise it. Terms given up early count at their planned end.",
)

RENEWAL_RATE_VALUE = of_terms(
    id="renewal_rate_value",
    title="Renewal rate by value",
    numerator="mrr_renewed",
    denominator="mrr_due",
    recipe="heavy_tailed_mean",
    of_money=True,
    definition=f"Monthly revenue renewed, at the old price ÷ monthly revenue of the terms whose {RENEWAL_DAYS} days ended in the period.",
    source="Gainsight",
    needs=(*_TERMS, "subscriptions.mrr_amount"),
    differs="An upgrade or a price rise does not raise it.",
)

SURVIVAL_CURVE = of_members(
    id="survival_curve",
    title="Members still there",
    function=of_model("cxkit.areas.churn.figures", "survival_curve"),
    better="up",
    definition="Share of members still there so many months after joining (Kaplan–Meier), from all that was seen up to the period's end; "
    "members from before the data are at risk from the day they were seen.",
    source="own",
    differs="Dividing the lost by all who ever joined ignores that young members have had less time to leave.",
)

MEDIAN_LIFETIME = of_members(
    id="median_lifetime",
    title="Median lifetime",
    function=of_model("cxkit.areas.churn.figures", "median_lifetime"),
    unit="days",
    better="up",
    definition="Days after which half of the members have left (Kaplan–Meier), and the mean number of days of the first year that a member stays.",
    source="own",
    differs="1 ÷ churn is the mean under a constant risk, which new members do not have.",
)

CHURN_HAZARD_RATIOS = of_members(
    id="churn_hazard_ratios",
    title="Churn drivers",
    function=of_model("cxkit.areas.churn.figures", "churn_hazard_ratios"),
    rtol=FITTED_RTOL,
    unit="ratio",
    definition="Rate of leaving against the reference group, the other traits and the tenure being equal (Cox). Only traits known at the start.",
    source="own",
    differs="What goes with leaving need not cause it.",
)

CHURN_RISK = of_members(
    id="churn_risk",
    title="Churn risk of the next 30 days",
    function=of_model("cxkit.areas.churn.figures", "churn_risk"),
    rtol=FITTED_RTOL,
    better="down",
    definition="Mean probability that a member of the period's end is lost within the next 30 days, from tenure and traits known at the start.",
    source="own",
    differs="A forecast, held against what came on a split in time before it is used.",
)

CLV_CONTRACTUAL = of_members(
    id="clv_contractual",
    title="Value of a new member",
    function=of_model("cxkit.areas.churn.figures", "clv_contractual"),
    rtol=FITTED_RTOL,
    unit="money",
    better="up",
    definition="Monthly margin × survival, discounted, first payment at once: 24 months at 10% a year unless said otherwise.",
    source="own",
    needs=_MONEY,
    differs="The shortcut margin ÷ churn knows no discount and no risk that changes with tenure.",
)

INACTIVITY_CHURN = Described(
    id="inactivity_churn",
    title="Lapsed buyers",
    function=inactivity.inactivity_churn,
    unit="share",
    better="down",
    noun="buyers",
    definition="Buyers silent for more than X days at the period's end ÷ all who ever bought. X: nine of ten repeat purchases came sooner, "
    "each customer weighing the same.",
    source="own",
    needs=_ORDERS,
    differs="A label, not a fact: a silent buyer may come back. It grows with history; see its sensitivity to X.",
)

WINBACK_RATE = Metric(
    id="winback_rate",
    title="Members won back",
    view="spells",
    time="winback_closed_at",
    numerator="coalesce(returned_at <= winback_closed_at, false)",
    denominator="case when is_lost then true end",
    cluster="customer_id",
    recipe="clustered_ratio",
    unit="share",
    better="up",
    noun="lost members",
    definition=f"Lost members who came back within {WINBACK_DAYS} days ÷ lost members whose {WINBACK_DAYS} days ended in the period.",
    source="own",
    needs=_SPELLS,
)

FIGURES = (
    CUSTOMER_CHURN_RATE, CUSTOMER_RETENTION_RATE, CHURN_RATE_STRIPE, CHURN_ANNUALISED, REVENUE_CHURN, NRR, RENEWAL_RATE, RENEWAL_RATE_VALUE,
    WINBACK_RATE, INACTIVITY_CHURN,
)  # fmt: skip
