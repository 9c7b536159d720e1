"""Churn and retention of members: rates, survival, drivers, risk and what a member is worth."""

from cxkit.areas import hand_on

DECLARATIONS = ("metrics",)
VERBS: dict[str, str] = {
    "captions": "cxkit.areas.churn.captions",
    "cohorts": "cxkit.areas.churn.cohorts",
    "inactivity": "cxkit.areas.churn.inactivity",
    "member_rates": "cxkit.areas.churn.member_rates",
    "churn_study": "cxkit.areas.churn.study",
    "period_cells": "cxkit.areas.churn.figures",
    "with_options": "cxkit.measurement.fitted",
}

__getattr__, __dir__ = hand_on(__name__, DECLARATIONS, VERBS)
