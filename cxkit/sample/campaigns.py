"""The year's campaigns and the mailing list: what was planned, how large the list was, totals of the early campaigns."""

from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pandas as pd

from cxkit.sample import company
from cxkit.sample.drawing import (
    codes,
    day,
    in_contract_order,
    month_starts,
    numbered,
    only,
    pick,
    table,
    to_utc,
    within,
)
from cxkit.sample.truth import level, ratio

STRANGERS = 0.14  # newsletter readers who are no customers, per customer who reads
CLIENTS = {"gmail": 41, "apple_mail": 35, "outlook": 16, "other": 8}
HUMAN_OPEN = 0.32  # of the recipients whose opens can be told from machines'
MACHINE_OPEN = 0.96  # of the recipients behind a privacy proxy
SCANNER = 0.03  # of the recipients: a company's filter clicks on every link at once
CLICK = 0.05  # of the delivered, on a content link; campaigns differ about it
CLICK_SPREAD = 0.18  # standard deviation between campaigns on the logit scale
HARD, SOFT = 0.007, 0.011
UNSUBSCRIBE, UNSUBSCRIBE_NAGGING = 0.004, 0.02
COMPLAINT, FORWARD = 0.0008, 0.007
# The campaign that worked goes to a share of the readers who are customers; the rest is held out.
SURGE = {"click": 0.13, "lift": 2.5, "share": 0.42}
SURGE_WEEKS = 6  # a letter a week
AB = {"A": 0.05, "B": 0.11, "sent": 420}
PUSH = {"direct_open": 0.06, "influenced_open": 0.05, "opt_out": 0.007}
AUDIENCE = 360
WINDOW = 7  # days from delivery in which an order counts as a conversion
NAME_WITH_MARKUP = 'Spring <script>alert("tea")</script> & friends'
COUNTED_ONLY = date(2025, 11, 1)  # campaigns before this exist as totals only
STATED = [
    *(f"n_{what}" for what in ("sent", "delivered", "hard_bounce", "soft_bounce")),
    *("n_unique_open", "n_unique_open_machine", "n_total_open", "n_unique_click", "n_total_click"),
    *(f"n_{what}" for what in ("unsubscribe", "complaint", "forward", "conversion")),
    "revenue_amount",
]


def planted() -> list[dict]:
    """What the messages were made to show."""
    plain, apple = 1 - 0.35, 0.35
    adjusted = (plain * HUMAN_OPEN + apple * CLICK) / (plain + apple * CLICK)
    email, surge = "channel=email", "flow_id=spring"
    two = "sent to and held out, six weeks together"
    return [
        level("adjusted_open_rate", round(adjusted, 4), email, note="clickers behind a proxy count as openers"),
        level("human_open_rate", HUMAN_OPEN, "mail_client other than apple_mail"),
        level("machine_open_share", MACHINE_OPEN, "mail_client=apple_mail"),
        level("click_rate", CLICK, f"{email}, usual campaigns", note=f"campaigns differ, logit sd {CLICK_SPREAD}"),
        level("click_rate", SURGE["click"], surge, note="the campaign that worked"),
        level("click_rate", AB["A"], "variant=A"),
        level("click_rate", AB["B"], "variant=B"),
        ratio("email_conversion_rate", SURGE["lift"], surge, "is_holdout=true", note=two),
        level("hard_bounce_rate", HARD, email),
        level("soft_bounce_rate", SOFT, email),
        level("unsubscribe_rate", UNSUBSCRIBE, f"{email}, usual campaigns"),
        level("unsubscribe_rate", UNSUBSCRIBE_NAGGING, "campaign_name=Last reminder"),
        level("forward_rate", FORWARD, email),
        *(level(f"push_{name}_rate", value, "channel=push") for name, value in PUSH.items()),
    ]


def calendar() -> pd.DataFrame:
    """Every campaign, with its day, its size and what it was made to do."""
    themes = ["harvest", "brewing", "gifts", "new blends", "club"]
    fortnights = [company.START + timedelta(days=8 + 14 * i) for i in range(30)]
    weeks = [company.CAMPAIGN_SURGE + timedelta(days=7 * i) for i in range(SURGE_WEEKS)]
    push = [company.START + timedelta(days=65 + 14 * i) for i in range(26)]

    def planned(name: str, when: date, sent: float, channel: str = "email", **more: object) -> dict:
        return {"name": name, "channel": channel, "when": when, "sent": sent, **more}

    # A regular newsletter makes room for the spring campaign.
    usual = [d for d in fortnights if d < company.END - timedelta(days=1) and d not in weeks]
    rows = [planned(f"Newsletter {i + 1}", when, AUDIENCE, theme=themes[i % 5]) for i, when in enumerate(usual)]
    rows += [
        *(planned("Spring blends", date(2026, 2, 18), AB["sent"], variant=v, click=AB[v]) for v in ("A", "B")),
        planned("Last reminder", date(2026, 7, 8), 400, leave=UNSUBSCRIBE_NAGGING),
        planned("Tasting in Berlin", date(2026, 9, 10), 21, lucky=4),
        planned("Pick-up ready", date(2025, 12, 18), 150, "sms"),
        planned("Shop reopens", date(2026, 8, 20), 150, "sms"),
    ]
    for i, when in enumerate(weeks):
        name = f"Spring, week {i + 1}" if i else NAME_WITH_MARKUP
        rows.append(planned(name, when, AUDIENCE, flow="spring", click=SURGE["click"]))
        rows.append(planned(f"{name}, held out", when, AUDIENCE, flow="spring", holdout=True))
    rows += [planned(f"App note {i + 1}", when, 240, "push") for i, when in enumerate(push)]
    frame = pd.DataFrame(rows).sort_values(["when", "name", "variant"], ignore_index=True)
    frame.insert(0, "campaign_id", numbered("camp-", len(frame), 3))
    frame["holdout"] = frame["holdout"].eq(True)
    return frame


def readers(rng: np.random.Generator, customers: pd.DataFrame, traits: pd.DataFrame) -> pd.DataFrame:
    """The mailing list: `recipient_id`, `person` (-1 for strangers), `joined` (day), `client`, whether a scanner sits in front."""
    who = np.flatnonzero(customers["consent_marketing"] & traits["ordinary"])
    extra = int(len(who) * STRANGERS)
    person = np.append(who, np.full(extra, -1))
    joined = np.append(traits["start_day"].to_numpy()[who], rng.integers(-60, company.DAYS - 30, extra))
    # The shops had collected some addresses before the web shop opened.
    early = rng.random(len(person)) < 0.12
    return table(
        recipient_id=codes(rng, len(person), "m-"),
        person=person,
        joined=np.where(early, -30, joined),
        left=np.inf,
        client=pick(rng, CLIENTS, len(person)),
        scanner=rng.random(len(person)) < SCANNER,
    )


def tables(rng: np.random.Generator, plan: pd.DataFrame, log: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The contract's two tables; early campaigns are handed over as totals alone."""
    early = plan["when"] < COUNTED_ONLY
    is_early = log["campaign_id"].isin(plan.loc[early, "campaign_id"])
    campaigns = table(
        campaign_id=plan["campaign_id"],
        channel=plan["channel"],
        campaign_name=plan["name"],
        variant=plan["variant"],
        flow_id=plan["flow"],
        sent_at=to_utc(np.array([day(d) for d in plan["when"]]), np.where(plan["channel"] == "push", 18, 10) * 3600),
        audience=np.where(plan["channel"] == "push", "app users", "subscribers"),
        subject_theme=plan["theme"],
        is_holdout=plan["holdout"],
        cost_amount=np.where(plan["holdout"], 0, (30 + plan["sent"] * 0.05 + rng.random(len(plan)) * 9)).round(2),
        currency=company.CURRENCY,
    ).join(_totals(log[is_early]), on="campaign_id")
    kept = log[~is_early].reset_index(drop=True)
    events = kept.assign(
        message_event_id=numbered("n", len(kept), 6),
        event_at=kept["event_at"].dt.as_unit("us"),
        mail_client=kept["client"],
        currency=only(kept["value_amount"].notna(), company.CURRENCY),
    )
    return campaigns, in_contract_order("message_events", events)


def _totals(log: pd.DataFrame) -> pd.DataFrame:
    """Counts by campaign, as a mail tool prints them."""
    kind, machine = log["event_type"], log["is_machine"].eq(True)
    own = log["is_content_link"].eq(True) & ~machine

    def people(mask: pd.Series) -> pd.Series:
        return log[mask].groupby("campaign_id")["recipient_id"].nunique()

    def rows(mask: pd.Series) -> pd.Series:
        return log[mask].groupby("campaign_id").size()

    opened = kind.eq("open")
    only_machine = people(opened) - people(opened & ~machine)
    columns = [
        *(people(kind.eq(name)) for name in ("sent", "delivered", "hard_bounce", "soft_bounce")),
        people(opened),
        only_machine,
        rows(opened),
        people(kind.eq("click") & own),
        rows(kind.eq("click") & own),
        *(people(kind.eq(name)) for name in ("unsubscribe", "complaint", "forward", "conversion")),
        log.groupby("campaign_id")["value_amount"].sum(),
    ]
    return pd.concat(columns, axis=1, keys=STATED).fillna(0)


def list_by_month(people: pd.DataFrame) -> pd.DataFrame:
    """The size of the mailing list at each month's start, who joined and who left: rows without a campaign."""
    rows = []
    edges = month_starts()
    for first, end in pairwise(edges):
        new, gone = within(people["joined"], (first, end)), within(people["left"], (first, end))
        start = (people["joined"] < day(first)) & (people["left"] >= day(first))
        counted = {"n_list_start": start.sum(), "n_list_joined": new.sum(), "n_list_left": gone.sum()}
        rows.append({"day": day(first), **counted})
    frame = pd.DataFrame(rows)
    frame["campaign_id"] = [f"list-{d:%Y-%m}" for d in edges[:-1]]
    frame["sent_at"] = to_utc(frame["day"], np.zeros(len(frame)))
    return frame.drop(columns="day").assign(
        channel="email", campaign_name="Size of the list", list_id="newsletter", is_holdout=False
    )
