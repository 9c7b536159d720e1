"""E-mail and campaigns: delivery, opens, clicks, and whom a campaign moved."""

from cxkit.areas import hand_on

__getattr__, __dir__ = hand_on(__name__, ("metrics",), {"charts": "cxkit.areas.email.charts"})
