"""The app and its notifications: installs, sessions, opens, and who keeps it."""

from cxkit.areas import hand_on

DECLARATIONS = ("metrics",)
__getattr__, __dir__ = hand_on(__name__, DECLARATIONS, {"charts": "cxkit.areas.app.charts"})
