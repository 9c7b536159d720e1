"""Engagement on the web site: visits, pages, interactions, goals, habits."""

from cxkit.areas import hand_on

DECLARATIONS = ("metrics",)
VERBS: dict[str, str] = {"charts": "cxkit.areas.engagement.charts"}

__getattr__, __dir__ = hand_on(__name__, DECLARATIONS, VERBS)
