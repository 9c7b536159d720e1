"""Survival models: how long people stay, what that depends on, and how sure one can be. They work on distinct rows with a count."""
