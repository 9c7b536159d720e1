"""Engagement on the web site: visits, pages, interactions, goals, habits."""

from cxkit.areas import hand_on

__getattr__, __dir__ = hand_on(__name__, ("metrics",), {"charts": "cxkit.areas.engagement.charts"})
