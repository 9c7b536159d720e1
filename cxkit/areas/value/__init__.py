"""Customer value: orders, repeat purchases, predicted value, and who is worth how much."""

from cxkit.areas import hand_on

DECLARATIONS = (
    "orders",
    "metrics",
)
VERBS: dict[str, str] = {
    "FITTERS": "cxkit.areas.value.figures",
    "engagement_level": "cxkit.areas.value.engagement_level",
    "orders": "cxkit.areas.value.orders",
    "rfm": "cxkit.areas.value.rfm",
    "parameter_table": "cxkit.areas.value.study",
    "purchase_study": "cxkit.areas.value.study",
    "with_options": "cxkit.measurement.fitted",
}

__getattr__, __dir__ = hand_on(__name__, DECLARATIONS, VERBS)
