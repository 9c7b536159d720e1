"""The first call of a recipe loads scipy or statsmodels; a deadline per example would measure that."""

from hypothesis import settings

settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")
