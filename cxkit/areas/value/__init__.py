"""Customer value: orders, repeat purchases, predicted value, and who is worth how much."""

from cxkit.areas import hand_on

__getattr__, __dir__ = hand_on(
    __name__,
    ("orders", "metrics"),
    {
        "charts": "cxkit.areas.value.charts",
        "open_study": "cxkit.areas.value.study",
        "with_options": "cxkit.measurement.fitted",
    },
)
