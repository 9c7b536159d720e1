"""The app and its notifications: installs, sessions, opens, and who keeps it."""

from cxkit.areas import hand_on

__getattr__, __dir__ = hand_on(__name__, ("metrics",), {"charts": "cxkit.areas.app.charts"})
