"""Churn and retention of members: rates, survival, drivers, risk and what a member is worth."""

from cxkit.areas import hand_on

__getattr__, __dir__ = hand_on(
    __name__,
    ("metrics",),
    {
        "charts": "cxkit.areas.churn.charts",
        "open_study": "cxkit.areas.churn.study",
        "with_options": "cxkit.measurement.fitted",
    },
)
