"""The journey of one person across tools: whose records belong together."""

from cxkit.areas import hand_on

__getattr__, __dir__ = hand_on(__name__, ("metrics",), {})
