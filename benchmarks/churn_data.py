"""A million members with known hazard ratios: `python benchmarks/churn_data.py FILE [MEMBERS]`."""

import sys
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

LEVELS = {"plan": ("basic", "plus", "pro"), "channel": tuple("abcd"), "region": tuple("vwxyz")}
SHARES = {"plan": (0.5, 0.3, 0.2), "channel": (0.4, 0.3, 0.2, 0.1), "region": (0.3, 0.25, 0.2, 0.15, 0.1)}
LOG_RATIOS = {"plan": (0, -0.25, -0.5), "channel": (0, 0.1, 0.2, -0.1), "region": (0, 0.05, -0.05, 0.15, -0.15)}
DAYS, DAILY_HAZARD, SEED = 730, 0.0017, 20240501


def members(n_members: int) -> pd.DataFrame:
    """Members who join evenly over two years and leave with a constant hazard; durations in whole days."""
    rng = np.random.default_rng(SEED)
    codes = {name: rng.choice(len(shares), n_members, p=shares) for name, shares in SHARES.items()}
    log_ratio = sum(np.array(LOG_RATIOS[name])[code] for name, code in codes.items())
    ends = np.ceil(rng.exponential(np.exp(-log_ratio) / DAILY_HAZARD)).astype(int)
    watched = rng.integers(1, DAYS + 1, n_members)
    frame = pd.DataFrame({"duration": np.minimum(ends, watched), "event": (ends <= watched).astype("int8")})
    return frame.assign(**{name: np.array(LEVELS[name])[code] for name, code in codes.items()})


def write(path: Path, n_members: int = 1_000_000) -> None:
    frame = members(n_members)
    duckdb.sql(f"copy frame to '{path}' (format parquet, compression zstd)")
    print(f"{path.name}: {n_members:,} members, {frame['event'].sum():,} left, {path.stat().st_size / 1e6:.0f} MB")


if __name__ == "__main__":
    write(Path(sys.argv[1]), *map(int, sys.argv[2:]))
