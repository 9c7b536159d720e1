"""The app and its notifications: installs, sessions, opens, and who keeps it."""

from cxkit.areas import hand_on

DECLARATIONS = ("metrics",)
VERBS: dict[str, str] = {"charts": "cxkit.areas.app.charts"}

__getattr__, __dir__ = hand_on(__name__, DECLARATIONS, VERBS)
