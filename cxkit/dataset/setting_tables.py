"""Lists of `dataset.yml` (competitors, stages, weights, working hours) as small tables that views join."""

from collections.abc import Iterable
from typing import Any

import pandas as pd

from cxkit.dataset.find.settings import Settings

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def setting_tables(settings: Settings) -> dict[str, pd.DataFrame]:
    """Return the tables by name; empty ones where nothing is set."""

    def table(kinds: dict[str, str], rows: Iterable[Any]) -> pd.DataFrame:
        return pd.DataFrame(list(rows), columns=list(kinds)).astype(kinds)

    return {
        "weights": table({"event_name": "str", "weight": "float64"}, settings.weights.items()),
        "stages": table({"touchpoint": "str", "stage": "str"}, settings.stages.items()),
        "working_days": table({"weekday": "int64"}, ((WEEKDAYS.index(day) + 1,) for day in settings.working_days)),
        "working_hours": table({"works_from": "str", "works_until": "str"}, [settings.working_hours]),
        "stated_periods": pd.DataFrame(
            {
                "first": [first for first, _ in settings.tables.values()],
                "last": [last for _, last in settings.tables.values()],
            },
            dtype="datetime64[s]",
        ),
        "competitors": table({"brand_id": "str"}, settings.competitors),
        "audience_targets": table(
            {"audience_bracket": "str", "target_share": "float64"}, settings.audience_targets.items()
        ),
    }
