"""Usability tests: success, time and errors on tasks, and how people rate them."""

from cxkit.areas import hand_on

__getattr__, __dir__ = hand_on(
    __name__, ("metrics",), {"charts": "cxkit.areas.usability.charts", "open_study": "cxkit.areas.usability.study"}
)
