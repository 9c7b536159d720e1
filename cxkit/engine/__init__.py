"""Engines that answer SQL: views, queries and how their results come back. The only room that imports an engine's library."""
