"""What the frames of a `PurchaseStudy` say, in a sentence each: the captions of `charts`."""

from datetime import timedelta

import numpy as np
import pandas as pd

from cxkit.areas.value.purchase_history import WithheldIfFew
from cxkit.areas.value.study import PurchaseStudy
from cxkit.period import span


def hold_out(study: PurchaseStudy) -> str:
    """What was fitted and tested on which days."""
    if isinstance(study.source, WithheldIfFew) and study.source.is_few:
        return f"Fewer than {study.source.k} customers: nothing is shown of so few people."
    if study.split.empty:
        return f"Nobody is known to have bought until {study.cut}."
    return (
        f"Fitted to {span(study.first_day, study.cut)}, tested on {span(study.cut + timedelta(days=1), study.until)}."
    )


def tracking(study: PurchaseStudy) -> str:
    """What came in the hold-out beside what was expected."""
    first = study.hold_out.iloc[0]
    is_known = not (np.isnan(first.expected) or study.split.empty)
    expected = f", {first.expected:,.0f} were expected." if is_known else "; the model could not be fitted."
    return f"Repeat purchases added up: {first.actual:,.0f} came in the hold-out{expected}"


def forecast(study: PurchaseStudy, months: int) -> str:
    """How many purchases are expected, or why nobody can tell."""
    total = study.forecast(months)
    if study.fit.verdict == "degenerate" or np.isnan(total.value):
        return f"Nothing is forecast. {study.fit.reason}"
    return (
        f"In the next {months} months {total.value:,.0f} repeat purchases are expected from today's customers "
        f"({study.conf_level:.0%} predictive interval {total.low:,.0f} – {total.high:,.0f})."
        + (f" Take care: {study.fit.caution}." if study.fit.caution else "")
    )


def correlation(study: PurchaseStudy) -> str:
    """How far spend depends on frequency, which Gamma-Gamma assumes it does not."""
    if np.isnan(study.spend.correlation):
        return ""
    return (
        f"Spend and frequency correlate by {study.spend.correlation:.2f}".replace("-", "−")
        + " over repeat buyers; Gamma-Gamma takes them to be independent."
    )


def alive(classes: pd.DataFrame) -> str:
    """The commonest chance of still being a customer; rows of `alive` with their `share`, small classes left out."""
    known = classes[pd.to_numeric(classes["share"], errors="coerce") > 0]
    if known.empty:
        return "There is nothing to show."
    most = known.loc[known["share"].astype(float).idxmax()]
    return (
        f"{most['share']:.0%} of the customers, the largest class, are still customers with a chance of {most['bin']}."
    )


def concentration(held: pd.DataFrame, best: float = 0.2) -> str:
    """What the best fifth holds; rows of `PurchaseStudy.concentration`."""
    share = held.loc[np.isclose(held["share_of_customers"], best), "share_of_value"]
    if not share.notna().any():
        return "Share of the expected value that the best customers hold."
    return f"The best {best:.0%} of the customers hold {share.iloc[0]:.0%} of the expected value."
