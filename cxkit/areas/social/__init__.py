"""Social media: reach and reactions of posts, what is said of the brand, how soon it is answered."""

from cxkit.areas import hand_on

__getattr__, __dir__ = hand_on(__name__, ("metrics",), {"charts": "cxkit.areas.social.charts"})
