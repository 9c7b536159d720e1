"""Texts of customers: tone, themes, and how far programs agree with people. Texts come in, only figures and common words go out."""
