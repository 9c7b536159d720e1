"""Social media: reach and reactions of posts, what is said of the brand, how soon it is answered."""

from cxkit.areas import hand_on

DECLARATIONS = ("metrics",)
__getattr__, __dir__ = hand_on(__name__, DECLARATIONS, {"charts": "cxkit.areas.social.charts"})
