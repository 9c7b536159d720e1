"""Identities: which cookie, app, mail contact, ticket requester or loyalty card belongs to which customer."""

import numpy as np
import pandas as pd

from cxkit.sample import company
from cxkit.sample.drawing import codes, lookup

LOYALTY = 0.55  # of the customers hold a card
GUESSED = 60  # cookies joined to a customer by likeness alone


def identities(
    rng: np.random.Generator,
    customers: pd.DataFrame,
    web: pd.DataFrame,
    apps: pd.DataFrame,
    readers: pd.DataFrame,
    tickets: pd.DataFrame,
    answers: pd.DataFrame,
) -> pd.DataFrame:
    """One row a known link between an id and a customer, dated from when it was first seen."""
    seen = customers.set_index("customer_id")["first_seen_at"]
    logged = web[web["visitor_id"].notna() & web["customer_id"].notna()].groupby("visitor_id", as_index=False)
    cookies = logged.agg(customer_id=("customer_id", "first"), valid_from=("event_at", "min"))
    phones = apps[apps["customer_id"].notna()].rename(columns={"visitor_id": "id_value"})
    mail = readers[readers["person"] >= 0].assign(customer_id=lambda f: lookup(customers["customer_id"], f["person"]))
    asked = tickets[tickets["customer_id"].notna()].drop_duplicates("requester_id")
    asked = asked.assign(method=np.where(asked["channel"] == "phone", "phone_hash", "email_hash"))
    told = answers[answers["customer_id"].notna() & answers["respondent_id"].notna()].drop_duplicates("respondent_id")
    held = customers[rng.random(len(customers)) < LOYALTY]
    parts = [
        _links("web_visitor", cookies["visitor_id"], cookies["customer_id"], "login").assign(
            valid_from=cookies["valid_from"]
        ),
        _links("app_instance", phones["id_value"], phones["customer_id"], "login"),
        _links("mailing_contact", mail["recipient_id"], mail["customer_id"], "email_hash"),
        _links("ticket_requester", asked["requester_id"], asked["customer_id"], asked["method"]),
        _links("survey_contact", told["respondent_id"], told["customer_id"], "email_hash"),
        _links("loyalty", pd.Series(codes(rng, len(held), "y-")), held["customer_id"], "loyalty"),
        _guesses(rng, web, customers),
    ]
    frame = pd.concat(parts, ignore_index=True)
    known = frame["valid_from"].fillna(frame["customer_id"].map(seen))
    frame["valid_from"] = known.where(known < company.OBSERVED_UNTIL, company.OBSERVED_UNTIL).dt.as_unit("us")
    frame["valid_to"] = pd.Series(pd.NaT, index=frame.index, dtype="datetime64[us, UTC]")
    return frame.sort_values(["id_type", "id_value"], ignore_index=True)


def _links(kind: str, ids: pd.Series, customers: pd.Series, method: str | pd.Series) -> pd.DataFrame:
    how = method if isinstance(method, str) else method.to_numpy()
    frame = {"id_type": kind, "id_value": ids.to_numpy(), "customer_id": customers.to_numpy(), "method": how}
    return pd.DataFrame(frame).assign(confidence=1.0)


def _guesses(rng: np.random.Generator, web: pd.DataFrame, customers: pd.DataFrame) -> pd.DataFrame:
    """Links by likeness, off by default in analyses; some of them are wrong, as such links are."""
    seen = web[web["visitor_id"].notna() & ~web["is_bot"] & ~web["is_internal"]]
    never = seen.groupby("visitor_id")["customer_id"].count()
    free = never.index[never == 0].to_numpy()
    chosen = rng.choice(free, min(GUESSED, len(free)), replace=False)
    who = customers["customer_id"].sample(len(chosen), random_state=rng)
    return _links("web_visitor", pd.Series(chosen), who, "probabilistic").assign(
        confidence=rng.uniform(0.55, 0.95, len(chosen)).round(2)
    )
