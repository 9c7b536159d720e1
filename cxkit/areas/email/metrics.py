"""E-mail. One row of `mails` is one e-mail to one recipient, with what came of it within 7 days of its sending.

A message belongs to the period in which it was sent; those whose 7 days are not over are left out and counted. The click rate is the
primary measure: since mail programs load pictures by themselves, an open no longer says that somebody read.
"""

from functools import partial

from cxkit.areas.email import effectiveness, timeline
from cxkit.dataset.windows import MESSAGE_DAYS
from cxkit.metric import Described, Metric

_LOG = "message_events.event_type"

mails = partial(
    Metric,
    view="mails",
    time="sent_at",
    cluster="recipient_id",
    window_days=MESSAGE_DAYS,
    recipe="clustered_ratio",
    unit="share",
)
of_delivered = partial(mails, denominator="is_delivered", noun="delivered mails")
count = partial(mails, denominator=None, recipe="count_rate", unit="count")

MAILS_SENT = count(
    id="mails_sent",
    title="E-mails sent",
    numerator="true",
    definition="E-mails handed over for delivery; suppressed contacts and held-out recipients are not sent to.",
    source="Mailchimp",
    needs=("campaigns.channel", f"{_LOG} or campaigns.n_sent"),
)

DELIVERY_RATE = mails(
    id="delivery_rate",
    title="Delivery rate",
    numerator="is_delivered",
    better="up",
    definition="Recipients whose mail server accepted the e-mail ÷ recipients it was sent to. Accepted in the end counts, after however many tries.",
    source="HubSpot, Mailchimp",
    needs=("campaigns.channel", f"{_LOG} or campaigns.n_delivered"),
    differs="Says nothing of inbox or spam folder; that takes test addresses at each provider.",
)


def _bounces(kind: str, numerator: str, words: str) -> Metric:
    return mails(
        id=f"{kind}_bounce_rate",
        title=f"{kind.capitalize() if kind != 'email' else 'E-mail'} bounce rate",
        numerator=numerator,
        better="down",
        definition=f"Recipients whose e-mail {words} ÷ recipients it was sent to. The last state counts; one recipient, one class.",
        source="Mailchimp",
        needs=("campaigns.channel", f"{_LOG} or campaigns.n_hard_bounce"),
    )


EMAIL_BOUNCE_RATE = _bounces("email", "is_hard_bounced or is_soft_bounced", "came back for good or for now")
HARD_BOUNCE_RATE = _bounces("hard", "is_hard_bounced", "was refused for good")
SOFT_BOUNCE_RATE = _bounces("soft", "is_soft_bounced", "was refused for now and never accepted")

_OPENS = ("campaigns.channel", f"{_LOG} or campaigns.n_unique_open")
_MACHINES = (*_OPENS, "message_events.is_machine or campaigns.n_unique_open_machine")

OPEN_RATE = of_delivered(
    id="open_rate",
    title="Open rate, reported",
    numerator="is_opened",
    definition="Recipients with an open by person or machine, or a click ÷ delivered. The upper bound of what people opened, "
    "as far as pictures were loaded.",
    source="Mailchimp, HubSpot",
    needs=_OPENS,
    differs="Counts pictures that mail programs load by themselves (Apple Mail Privacy Protection since September 2021); "
    "misses people who block pictures.",
)

ADJUSTED_OPEN_RATE = mails(
    id="adjusted_open_rate",
    title="Open rate, adjusted",
    numerator="is_human_opened",
    denominator="is_delivered and not is_machine_only",
    better="up",
    definition="Recipients with an open by a person ÷ delivered, less those whose only opens are a machine's. "
    "Nobody knows whether these read, so they are on neither side.",
    source="Mailchimp, ClickDimensions",
    needs=_MACHINES,
    differs="HubSpot keeps machine-opened recipients in the denominator; that is the lower bound beside it.",
)

HUMAN_OPEN_RATE = of_delivered(
    id="human_open_rate",
    title="Open rate, lower bound",
    numerator="is_human_opened",
    better="up",
    definition="Recipients with an open by a person, or a click ÷ all delivered: as if nobody behind a privacy proxy had read.",
    source="HubSpot",
    needs=_MACHINES,
)

MACHINE_OPEN_SHARE = mails(
    id="machine_open_share",
    title="Opened by machines only",
    numerator="is_machine_only",
    denominator="is_opened",
    noun="opened mails",
    definition="Recipients whose only opens are a machine's ÷ recipients with any open. Above 20% opens and click-to-open mislead.",
    source="own",
    needs=_MACHINES,
)

CLICK_RATE = of_delivered(
    id="click_rate",
    title="Click rate",
    numerator="is_clicked",
    better="up",
    definition="Recipients who clicked a content link themselves ÷ delivered. Unsubscribe and preference links and clicks by filters are left out.",
    source="Mailchimp",
    needs=("campaigns.channel", f"{_LOG} or campaigns.n_unique_click"),
    differs="HubSpot calls clicks ÷ opens click-through rate; the letters CTR are used for both and not here.",
)

CLICK_TO_OPEN_RATE = mails(
    id="click_to_open_rate",
    title="Click-to-open rate",
    numerator="is_clicked",
    denominator="is_human_opened",
    noun="mails that people opened",
    better="up",
    definition="Recipients who clicked ÷ recipients with an open by a person; who clicked without a recorded open counts as opened.",
    source="HubSpot, Mailchimp",
    needs=(*_OPENS, f"{_LOG} or campaigns.n_unique_click"),
    differs="Readers behind a privacy proxy are in it only if they clicked: where machines open more than 20%, it is too high.",
)

TOTAL_OPENS = count(
    id="total_opens",
    title="Opens, all",
    numerator="n_opens",
    definition="Open events, repeated and machines' included. Never the numerator of a rate over recipients.",
    source="Mailchimp",
    needs=("campaigns.channel", f"{_LOG} or campaigns.n_total_open"),
)

TOTAL_CLICKS = count(
    id="total_clicks",
    title="Clicks, all",
    numerator="n_clicks",
    better="up",
    definition="Clicks by people on content links, repeated ones included.",
    source="Mailchimp",
    needs=("campaigns.channel", f"{_LOG} or campaigns.n_total_click"),
)

UNSUBSCRIBES = count(
    id="unsubscribes",
    title="Unsubscribes",
    numerator="is_unsubscribed",
    better="down",
    definition=f"Recipients who opted out through an e-mail of the period, within {MESSAGE_DAYS} days.",
    source="Mailchimp",
    needs=("campaigns.channel", f"{_LOG} or campaigns.n_unsubscribe"),
    differs="Later ones and those made in an account's settings are in list churn, not here.",
)

UNSUBSCRIBE_RATE = of_delivered(
    id="unsubscribe_rate",
    title="Unsubscribe rate",
    numerator="is_unsubscribed",
    better="down",
    definition=f"Recipients who opted out through the e-mail within {MESSAGE_DAYS} days, one-click header included ÷ delivered.",
    source="Mailchimp",
    needs=UNSUBSCRIBES.needs,
)

COMPLAINT_RATE = of_delivered(
    id="complaint_rate",
    title="Spam-complaint rate",
    numerator="is_complained",
    better="down",
    definition="Recipients who reported the e-mail as spam ÷ delivered. Nothing is measured where no complaint was ever reported.",
    source="HubSpot",
    needs=("campaigns.channel", f"{_LOG} or campaigns.n_complaint"),
    differs="Only providers with a feedback loop tell; Gmail does not, so it is a lower bound.",
)

FORWARD_RATE = of_delivered(
    id="forward_rate",
    title="Forward and share rate",
    numerator="coalesce(is_forwarded or is_shared, is_forwarded, is_shared)",
    better="up",
    definition="Recipients who used a tracked forward link or social button ÷ delivered.",
    source="Salesforce Marketing Cloud, HubSpot",
    needs=("campaigns.channel", f"{_LOG} or campaigns.n_forward"),
    differs="The mail program's own forward button leaves no trace: a lower bound.",
)

EMAIL_CONVERSION_RATE = of_delivered(
    id="email_conversion_rate",
    title="Conversion, e-mail",
    numerator="is_converted",
    better="up",
    definition=f"Recipients who reached the goal within {MESSAGE_DAYS} days of sending ÷ delivered.",
    source="own",
    needs=("campaigns.channel", f"{_LOG} or campaigns.n_conversion"),
    differs="Without a hold-out group it shows who buys, not what the e-mail did.",
)

REVENUE_PER_RECIPIENT = mails(
    id="revenue_per_recipient",
    title="Revenue per recipient",
    numerator="value_amount",
    denominator="is_delivered",
    noun="delivered mails",
    recipe="heavy_tailed_mean",
    unit="money",
    better="up",
    definition=f"Value of the conversions within {MESSAGE_DAYS} days of sending ÷ delivered; recipients without one count as 0.",
    source="own",
    needs=("campaigns.channel", _LOG, "message_events.value_amount"),
)

INACTIVE_RECIPIENT_SHARE = mails(
    id="inactive_recipient_share",
    title="Silent recipients",
    numerator="bool_or(is_delivered and not is_machine_only) and not bool_or(is_human_opened)",
    denominator="bool_or(is_delivered and not is_machine_only)",
    per_cluster=True,
    recipe="proportion",
    better="down",
    definition="Recipients of the period's e-mails without an open by a person or a click ÷ recipients whose opens can be told from a machine's.",
    source="own",
    needs=_MACHINES,
    differs="They are still on the list: list churn does not count them.",
)

subscribers = partial(
    Metric,
    view="subscribers",
    time="month_at",
    needs=("campaigns.channel", f"campaigns.n_list_start or {_LOG}"),
    denominator="is_subscriber",
    noun="subscribers",
)

LIST_CHURN_RATE = subscribers(
    id="list_churn_rate",
    title="List churn",
    numerator="is_lost",
    recipe="proportion",
    unit="share",
    better="down",
    definition="Contacts who left a list in a month (unsubscribe, hard bounce, complaint; each person once) ÷ contacts at its start.",
    source="Mailchimp, own",
    differs="Where only a list's totals are known, who joined and left in the same month is among the lost.",
)

LIST_GROWTH_RATE = subscribers(
    id="list_growth_rate",
    title="List growth",
    numerator="n_gained",
    recipe="clustered_ratio",
    unit="ratio",
    better="up",
    definition="(Contacts who joined − contacts who left) ÷ contacts at the month's start.",
    source="own",
)

MESSAGE_DELIVERY_RATE = Metric(
    id="message_delivery_rate",
    title="Delivery rate, all messages",
    view="deliveries",
    time="sent_at",
    cluster="recipient_id",
    window_days=MESSAGE_DAYS,
    numerator="is_delivered",
    denominator="is_sent",
    noun="sent mails",
    recipe="clustered_ratio",
    unit="share",
    better="up",
    definition="Recipients reached ÷ recipients sent to, over e-mail, text messages and notifications. For a notification: handed to the gateway.",
    source="Braze",
    needs=DELIVERY_RATE.needs,
)

CAMPAIGN_EFFECTIVENESS = Described(
    id="campaign_effectiveness",
    title="Return on e-mail cost",
    function=effectiveness.effectiveness,
    unit="ratio",
    better="up",
    of_money=True,
    definition=f"(Margin of the conversions within {MESSAGE_DAYS} days − cost) ÷ cost, for the period's e-mail campaigns and for each; "
    "margin is their value × the margin share of dataset.yml.",
    source="own",
    needs=("campaigns.cost_amount", "message_events.value_amount or campaigns.revenue_amount"),
    differs="Counts all who bought after the e-mail; what it caused only a hold-out group shows.",
)

ENGAGEMENT_TIMELINE = Described(
    id="engagement_timeline",
    title="Engagements per 100 customers and week",
    function=timeline.engagement_timeline,
    unit="rate",
    definition="Visits, answered messages, calls, contacts and shop purchases of known customers, per 100 customers and week, "
    "by weeks since the first purchase.",
    source="own",
    needs=("orders.customer_id", "customers.customer_id"),
    differs="Only what identities join to a customer is seen; a channel without the join looks silent.",
)

FIGURES = (
    MAILS_SENT, EMAIL_BOUNCE_RATE, HARD_BOUNCE_RATE, SOFT_BOUNCE_RATE, TOTAL_OPENS, TOTAL_CLICKS, COMPLAINT_RATE, FORWARD_RATE,
    REVENUE_PER_RECIPIENT,
)  # fmt: skip
