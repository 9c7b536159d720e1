"""E-mail and campaigns: delivery, opens, clicks, and whom a campaign moved."""

from cxkit.areas import hand_on

DECLARATIONS = ("metrics",)
__getattr__, __dir__ = hand_on(__name__, DECLARATIONS, {"charts": "cxkit.areas.email.charts"})
