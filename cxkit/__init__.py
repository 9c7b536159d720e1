"""cxkit: a notebook kit for customer-experience figures. Right numbers, beautiful reports, little code."""

__version__ = "0.1.0"
