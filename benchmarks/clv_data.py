"""A company of a million customers with known parameters: `python benchmarks/clv_data.py FILE [CUSTOMERS]`."""

import sys
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

TRUTH = {"r": 1.0, "alpha": 45.0, "a": 0.8, "b": 5.0, "p": 6.25, "q": 3.75, "v": 16.0}  # times in days
START, DAYS, ARRIVALS, SEED = np.datetime64("2022-11-01T00:00:00"), 730, 400, 20240501


def transactions(n_customers: int) -> pd.DataFrame:
    """Purchases of BG/NBD customers who arrive evenly over the first 400 of 730 days, worth Gamma-Gamma amounts; in order of time."""
    rng = np.random.default_rng(SEED)
    rate = rng.gamma(TRUTH["r"], 1 / TRUTH["alpha"], n_customers)
    leave = rng.beta(TRUTH["a"], TRUTH["b"], n_customers)
    spend = rng.gamma(TRUTH["q"], 1 / TRUTH["v"], n_customers)
    now = rng.uniform(0, ARRIVALS, n_customers)
    here = np.arange(n_customers)
    who, when = [here], [now.copy()]
    while len(here):
        now[here] += rng.exponential(1 / rate[here])
        here = here[now[here] < DAYS]
        who.append(here)
        when.append(now[here])
        here = here[rng.random(len(here)) >= leave[here]]
    customer, day = np.concatenate(who), np.concatenate(when)
    order = np.argsort(day, kind="stable")
    customer, day = customer[order], day[order]
    amount = np.round(np.maximum(rng.gamma(TRUTH["p"], 1 / spend[customer]), 0.01), 2)
    return pd.DataFrame(
        {
            "customer_id": customer,
            "ordered_at": START + (day * 86_400).astype("timedelta64[s]"),
            "net_amount": amount,
        }
    )


def write(path: Path, n_customers: int = 1_000_000) -> None:
    orders = transactions(n_customers)  # DuckDB finds it by name
    duckdb.sql(f"copy orders to '{path}' (format parquet, compression zstd)")
    print(f"{path.name}: {len(orders):,} purchases of {n_customers:,} customers, {path.stat().st_size / 1e6:.0f} MB")


if __name__ == "__main__":
    write(Path(sys.argv[1]), *map(int, sys.argv[2:]))
