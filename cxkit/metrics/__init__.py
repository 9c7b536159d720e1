"""The catalogue, one module an area: declarations first, then the few functions that are not ratios."""
