"""Survival and Cox regression of a million members against lifelines, statsmodels and scikit-survival.

    python benchmarks/churn.py [--members 1000000] [--environments DIR]

One run, one machine, the same file for all. Peers get an environment of their own (made here, kept in DIR); one that does not install is left out,
with the reason. The figure to compare is CPU seconds of all threads. Rewrites the churn part of RESULTS.md.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

import churn_data

HERE = Path(__file__).parent
PEERS = {
    "lifelines": ["lifelines", "pyarrow"],
    "statsmodels": ["statsmodels", "pandas", "pyarrow"],
    "sksurv": ["scikit-survival", "pyarrow"],
}
NAMES = {"cxkit": "cxkit", "lifelines": "lifelines", "statsmodels": "statsmodels", "sksurv": "scikit-survival"}
START, END = "<!-- churn:start -->", "<!-- churn:end -->"


def environment(system: str, folder: Path) -> Path:
    """The Python of a peer's own environment; made when it is not there."""
    python = folder / system / "bin" / "python"
    if not python.exists():
        venv.create(folder / system, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PEERS[system]], check=True, capture_output=True)
    return python


def run(system: str, python: Path, file: Path) -> dict:
    root = str(HERE.parent)
    done = subprocess.run(
        [python, "-W", "ignore", HERE / "churn_run.py", system, file],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | ({"PYTHONPATH": root} if system == "cxkit" else {"PYTHONPATH": ""}),
    )
    return json.loads(done.stdout.splitlines()[-1])


def measure(file: Path, folder: Path) -> tuple[dict[str, dict], dict[str, str]]:
    """Results by system, and why others have none."""
    results, skipped = {"cxkit": run("cxkit", Path(sys.executable), file)}, {}
    for system in PEERS:
        try:
            results[system] = run(system, environment(system, folder), file)
        except subprocess.CalledProcessError as error:
            said = error.stderr if isinstance(error.stderr, str) else (error.stderr or b"").decode()
            skipped[system] = (said.strip().splitlines() or ["no reason given"])[-1]
    return results, skipped


def furthest(ours: dict, theirs: dict, name: str) -> float:
    """Largest relative difference of an estimate, term by term."""
    mine = dict(zip(ours["terms"], ours[name], strict=True))
    pairs = [(mine[term], value) for term, value in zip(theirs["terms"], theirs[name], strict=True)]
    return max(abs(a - b) / max(abs(b), 1e-12) for a, b in pairs)


def table(results: dict[str, dict]) -> list[str]:
    ours = results["cxkit"]
    total = sum(ours["steps"].values())
    lines = [
        "| system | steps (CPU s) | CPU s | ratio | peak MB | ratio |",
        "|---|---|---:|---:|---:|---:|",
    ]
    for system, found in results.items():
        steps = ", ".join(f"{name} {seconds:.2f}" for name, seconds in found["steps"].items())
        cpu = sum(found["steps"].values())
        lines.append(
            f"| {NAMES[system]} {found['version']} | {steps} | {cpu:.2f} | {cpu / total:.1f} | "
            f"{found['peak_mb']:.0f} | {found['peak_mb'] / ours['peak_mb']:.1f} |"
        )
    return lines


def agreement(results: dict[str, dict], small: dict[str, dict]) -> list[str]:
    lines = ["| against | members | estimate | largest relative difference |", "|---|---:|---|---:|"]
    for sample, size in ((results, "all"), (small, "20,000")):
        for system in [name for name in sample if name != "cxkit"]:
            for name in ("coefficients", "errors", "robust_errors", "trend"):
                if name in sample[system]:
                    far = furthest(sample["cxkit"], sample[system], name)
                    lines.append(f"| {NAMES[system]} | {size} | {name.replace('_', ' ')} | {far:.1e} |")
            for name in ("log_likelihood", "concordance", "survival"):
                if name in sample[system]:
                    a, b = sample["cxkit"][name], sample[system][name]
                    lines.append(f"| {NAMES[system]} | {size} | {name.replace('_', ' ')} | {abs(a - b) / abs(b):.1e} |")
    return lines


def write(lines: list[str]) -> None:
    """Replace the churn part of RESULTS.md and leave the rest alone."""
    path = HERE / "RESULTS.md"
    text = path.read_text() if path.exists() else "# Benchmarks\n"
    part = "\n".join([START, *lines, END])
    if START in text:
        text = text[: text.index(START)] + part + text[text.index(END) + len(END) :]
    else:
        text = text.rstrip() + "\n\n" + part + "\n"
    path.write_text(text)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--members", type=int, default=1_000_000)
    options.add_argument("--environments", type=Path, default=Path(tempfile.gettempdir()) / "cxkit-benchmarks")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        large, few = Path(folder) / "members.parquet", Path(folder) / "few.parquet"
        churn_data.write(large, chosen.members)
        churn_data.write(few, 20_000)
        results, skipped = measure(large, chosen.environments)
        small, _ = measure(few, chosen.environments)
    lines = [
        "## Churn: survival curves, Cox regression and its checks",
        "",
        f"{chosen.members:,} members, three categorical covariates (nine dummies), durations in days, "
        f"{results['cxkit']['cells']:,} cells. `python benchmarks/churn.py`, Python {platform.python_version()}, "
        f"{os.cpu_count()} cores ({platform.machine()}). cxkit does survival curves by plan, Cox with robust errors and concordance, and the "
        "proportional-hazards test with early and late ratios, from the file on. A peer's steps are what it can do on rows in this time: lifelines' "
        "robust errors and proportional-hazards test take n² steps and run on 20,000 members only; scikit-survival gives no standard errors.",
        "",
        *table(results),
        "",
        *[f"- {NAMES[system]} was left out: {why}" for system, why in skipped.items()],
        "20,000 members, with lifelines' tests:",
        "",
        *table({name: small[name] for name in ("cxkit", "lifelines") if name in small}),
        "",
        "Agreement of estimates. lifelines may stop its steps a little earlier than the others do (coefficients of the small set), and it breaks "
        "ties of robust scores by the order of rows where cxkit takes Efron's.",
        "",
        *agreement(results, small),
    ]
    write(lines)
    print("\n".join(lines))


if __name__ == "__main__":
    main()
