"""Fitted models. They work on small aggregated frames: distinct rows with a count, never the event log."""
