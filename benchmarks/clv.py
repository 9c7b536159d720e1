"""Purchases of a million customers to fitted lifetime values: cxkit beside lifetimes and pymc-marketing.

`python benchmarks/clv.py [--customers N] [--only cxkit,lifetimes,pymc-marketing] [--keep DIR]`

Every system starts from the same Parquet file in a process of its own, and ends with the value of the next 12 months of every
customer. What is compared is CPU seconds over all threads and the peak of resident memory; wall time says more about the machine.
The peers get environments of their own under DIR (default: a temporary folder). Prints a table and writes it to RESULTS.md.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
START, END_MARK = "<!-- clv:start -->", "<!-- clv:end -->"
END = "2024-10-30"  # last day of the generated data
PEERS = {
    "lifetimes": ["lifetimes==0.11.3", "pandas<3", "setuptools<81", "pyarrow"],
    "pymc-marketing": ["pymc-marketing", "pyarrow"],
}
NOTE = (
    "The values of all differ because a month of the peers' 12 is 30 days long, and one of cxkit's is a calendar month: 360 days "
    "against 365. pymc-marketing fits the mode of its posterior (MAP); its default priors pull the parameters a little."
)
FIT, SPEND = ("r", "alpha", "a", "b"), ("p", "q", "v")
STEPS = ["start", "histories", "purchase fit", "spend fit", "12-month value of all"]


class Clock:
    """CPU seconds of this process since its start, split into named steps."""

    def __init__(self) -> None:
        self.steps: dict[str, float] = {}
        self.last = 0.0

    def step(self, name: str) -> None:
        now = time.process_time()
        self.steps[name] = now - self.last
        self.last = now


def run_cxkit(file: Path, clock: Clock) -> dict[str, object]:
    import duckdb
    import pandas as pd

    sys.path.insert(0, str(HERE.parent))
    from cxkit.models.purchase.bgnbd import fit_bgnbd
    from cxkit.models.purchase.clv import customer_values
    from cxkit.models.purchase.gammagamma import fit_gammagamma

    clock.step("start")
    connection = duckdb.connect(config={"threads": 1, "preserve_insertion_order": "false", "memory_limit": "400MB"})
    # As cxkit.areas.value.purchase_history asks for it, with customer and day packed into one integer, as this file's customers are integers.
    customers = connection.execute(
        """
        with purchase_days as (
            select customer_id * 65536 + epoch_us(ordered_at) // 86400000000 as customer_day, sum(net_amount) as amount
            from read_parquet($file) group by customer_day
        )
        select
            cast(count(*) - 1 as smallint)                                          as frequency,
            cast(max(customer_day) - min(customer_day) as smallint)                 as recency,
            cast($until - min(customer_day) % 65536 as smallint)                     as "T",
            case when count(*) > 1
                 then (sum(amount) - arg_min(amount, customer_day)) / (count(*) - 1) else 0 end as monetary_value
        from purchase_days group by customer_day // 65536
        """,
        {"file": str(file), "until": (pd.Timestamp(END) - pd.Timestamp(0)).days},
    ).df()
    cells = connection.sql('select frequency, recency, "T", count(*) as n_customers from customers group by all').df()
    cells.attrs = {"time_unit": "day", "until": END}
    connection.close()
    clock.step("histories")
    fit = fit_bgnbd(cells)
    clock.step("purchase fit")
    spend = fit_gammagamma(customers)
    clock.step("spend fit")
    values = customer_values(fit, spend, customers, until=12)
    clock.step("12-month value of all")
    return {
        "version": "this checkout",
        "parameters": [*fit.params.values(), *spend.params.values()],
        "standard_errors": [*fit.standard_errors().values(), *spend.standard_errors().values()],
        "total": float(values["clv"].sum()),
    }


def run_lifetimes(file: Path, clock: Clock) -> dict[str, object]:
    import warnings

    warnings.simplefilter("ignore")
    import pandas as pd
    from lifetimes import BetaGeoFitter, GammaGammaFitter
    from lifetimes.utils import summary_data_from_transaction_data

    clock.step("start")
    orders = pd.read_parquet(file)
    rfm = summary_data_from_transaction_data(
        orders, "customer_id", "ordered_at", monetary_value_col="net_amount", observation_period_end=END
    )
    del orders
    clock.step("histories")
    fit = BetaGeoFitter().fit(rfm["frequency"], rfm["recency"], rfm["T"])
    clock.step("purchase fit")
    repeat = rfm[rfm["frequency"] > 0]
    spend = GammaGammaFitter().fit(repeat["frequency"], repeat["monetary_value"])
    clock.step("spend fit")
    value = spend.customer_lifetime_value(
        fit,
        rfm["frequency"],
        rfm["recency"],
        rfm["T"],
        rfm["monetary_value"],
        time=12,
        discount_rate=1.1 ** (1 / 12) - 1,
        freq="D",
    )
    clock.step("12-month value of all")
    return {
        "version": "0.11.3",
        "parameters": [*map(float, fit.params_), *map(float, spend.params_)],
        "standard_errors": [*map(float, fit.standard_errors_), *map(float, spend.standard_errors_)],
        "total": float(value.sum()),
    }


def run_pymc_marketing(file: Path, clock: Clock) -> dict[str, object]:
    import logging
    import warnings
    from importlib.metadata import version

    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    import numpy as np
    import pandas as pd
    from pymc_marketing import clv

    clock.step("start")
    orders = pd.read_parquet(file)
    rfm = clv.utils.rfm_summary(
        orders, "customer_id", "ordered_at", monetary_value_col="net_amount", observation_period_end=END, time_unit="D"
    )
    del orders
    clock.step("histories")
    fit = clv.BetaGeoModel(data=rfm)
    fit.fit(method="map", progressbar=False)
    clock.step("purchase fit")
    spend = clv.GammaGammaModel(data=rfm[rfm["frequency"] > 0])
    spend.fit(method="map", progressbar=False)
    clock.step("spend fit")
    value = spend.expected_customer_lifetime_value(
        transaction_model=fit, data=rfm, future_t=12, discount_rate=1.1 ** (1 / 12) - 1, time_unit="D"
    )
    clock.step("12-month value of all")
    found = [
        float(np.ravel(model.fit_result[name])[0]) for model, names in ((fit, FIT), (spend, SPEND)) for name in names
    ]
    return {
        "version": version("pymc-marketing"),
        "parameters": found,
        "standard_errors": None,
        "total": float(value.sum()),
    }


RUNNERS = {"cxkit": run_cxkit, "lifetimes": run_lifetimes, "pymc-marketing": run_pymc_marketing}


def child(name: str, file: Path) -> None:
    """Run one system and print what it found as JSON on the last line."""
    clock = Clock()
    result = RUNNERS[name](file, clock)
    print(json.dumps({**result, "steps": clock.steps}))


def environment(name: str, folder: Path) -> Path | str:
    """Path of a Python that has the peer, or the reason why there is none."""
    python = folder / name / "bin" / "python"
    if not (folder / name / "ready").exists():
        made = subprocess.run([sys.executable, "-m", "venv", folder / name], capture_output=True, text=True)
        if made.returncode == 0:
            made = subprocess.run([python, "-m", "pip", "install", "-q", *PEERS[name]], capture_output=True, text=True)
        if made.returncode != 0:
            return made.stderr.strip().splitlines()[-1]
        (folder / name / "ready").touch()
    return python


def measure(python: Path | str, name: str, file: Path) -> dict[str, object]:
    """Run a system as a child process; CPU seconds of all its threads and children, peak memory of the largest process."""
    env = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        started = time.monotonic()
        process = subprocess.Popen([python, __file__, "--child", name, file], stdout=out, stderr=err, env=env)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - started
        out.seek(0), err.seek(0)
        if status != 0:
            return {"reason": (err.read().strip() or "no message").splitlines()[-1]}
        found = json.loads(out.read().strip().splitlines()[-1])
    peak = usage.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
    return {**found, "cpu": usage.ru_utime + usage.ru_stime, "wall": wall, "peak": peak}


def table(results: dict[str, dict], n_customers: int, n_purchases: int) -> str:
    """The results as Markdown."""
    ours = results["cxkit"]
    lines = [
        f"{n_customers:,} customers, {n_purchases:,} purchases, one Parquet file; Python {platform.python_version()}, "
        f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the end. BLAS and DuckDB on one thread.",
        "",
        "| system | version | "
        + " | ".join(STEPS)
        + " | CPU s | × cxkit | peak MB | × cxkit | wall s | standard errors |",
        "|---" * (len(STEPS) + 8) + "|",
    ]
    for name, found in results.items():
        if "reason" in found:
            lines.append(f"| {name} | skipped: {found['reason']} |")
            continue
        steps = " | ".join(f"{found['steps'][step]:.2f}" for step in STEPS)
        lines.append(
            f"| {name} | {found['version']} | {steps} | {found['cpu']:.2f} | {found['cpu'] / ours['cpu']:.1f} | {found['peak']:.0f} | "
            f"{found['peak'] / ours['peak']:.1f} | {found['wall']:.1f} | {'yes' if found['standard_errors'] else 'no'} |"
        )
    lines += ["", "| system | r | alpha | a | b | p | q | v | value of all |", "|---" * 9 + "|"]
    for name, found in results.items():
        if "reason" not in found:
            numbers = " | ".join(f"{value:.5f}" for value in found["parameters"])
            lines.append(f"| {name} | {numbers} | {found['total']:,.0f} |")
    errors = " | ".join(f"{value:.5f}" for value in ours["standard_errors"])
    lines.append(f"| cxkit, standard errors | {errors} | |")
    lines += ["", NOTE]
    return "\n".join(lines)


def keep(text: str) -> None:
    """Replace the part of RESULTS.md between this script's marks, or add it, and leave the rest alone."""
    path = HERE / "RESULTS.md"
    old = path.read_text() if path.exists() else "# Benchmarks\n"
    before, _, rest = old.partition(START)
    after = rest.partition(END_MARK)[2]
    path.write_text(f"{before.rstrip()}\n\n{START}\n{text}\n{END_MARK}{after.rstrip()}\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--only", default=",".join(RUNNERS))
    parser.add_argument("--keep", type=Path, help="folder for the data and the peers' environments")
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options.child[0], Path(options.child[1]))
        return
    folder = options.keep or Path(tempfile.mkdtemp(prefix="cxkit-benchmark-"))
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"orders-{options.customers}.parquet"
    if not file.exists():
        subprocess.run([sys.executable, HERE / "clv_data.py", file, str(options.customers)], check=True)
    import duckdb

    n_purchases = duckdb.sql(f"select count(*) from read_parquet('{file}')").fetchall()[0][0]
    results: dict[str, dict] = {}
    for name in options.only.split(","):
        python = sys.executable if name == "cxkit" else environment(name, folder)
        results[name] = (
            {"reason": python} if name != "cxkit" and isinstance(python, str) else measure(python, name, file)
        )
        print(name, results[name].get("reason") or f"{results[name]['cpu']:.2f} CPU s", flush=True)
    text = table(results, options.customers, n_purchases)
    print(text)
    keep("## Lifetime value: from Parquet to the value of every customer\n\n" + text)


if __name__ == "__main__":
    main()
