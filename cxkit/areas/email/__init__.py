"""E-mail and campaigns: delivery, opens, clicks, and whom a campaign moved."""

from cxkit.areas import hand_on

DECLARATIONS = ("metrics",)
VERBS: dict[str, str] = {"charts": "cxkit.areas.email.charts"}

__getattr__, __dir__ = hand_on(__name__, DECLARATIONS, VERBS)
