"""CDNOW as purchase histories, summarised in pandas: the second way beside the kit's SQL."""

from datetime import date
from pathlib import Path

import pandas as pd

CDNOW = Path(__file__).parents[2] / "data" / "cdnow"
CUT = date(1997, 9, 30)


def purchase_days(orders: pd.DataFrame) -> pd.DataFrame:
    """One row a customer and day with a purchase: orders on one day are one purchase."""
    day = pd.to_datetime(orders["ordered_at"].str[:10])
    return orders.assign(day=day).groupby(["customer_id", "day"], as_index=False)["net_amount"].sum()


def pandas_history(days: pd.DataFrame, until: date, unit_days: int = 7) -> pd.DataFrame:
    """One row a customer: `frequency, recency, T, monetary_value, holdout`."""
    end = pd.Timestamp(until)
    seen, later = days[days.day <= end], days[days.day > end]
    table = seen.groupby("customer_id").day.agg(["min", "max", "size"])
    repeats = seen[seen.day > seen.customer_id.map(table["min"])]
    history = pd.DataFrame(
        {
            "frequency": table["size"] - 1,
            "recency": (table["max"] - table["min"]).dt.days / unit_days,
            "T": (end - table["min"]).dt.days / unit_days,
            "monetary_value": repeats.groupby("customer_id").net_amount.mean(),
            "holdout": later.groupby("customer_id").size(),
        },
        index=table.index,
    ).fillna({"monetary_value": 0.0, "holdout": 0.0})
    history.attrs = {"time_unit": {7: "week", 1: "day"}[unit_days], "until": until}
    return history
