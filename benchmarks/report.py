"""`cxkit report` against the plain loop: `papermill` and `jupyter nbconvert --to html`, notebook after notebook.

    python benchmarks/report.py [--data data/sample] [--period 2026-10] [--only a,b]

Both run the same notebooks on the same data in one go, first with compiled bytecode, then without (`PYTHONPYCACHEPREFIX` at an empty
folder, `PYTHONDONTWRITEBYTECODE=1`), as in a fresh container. A shared machine is faster in one minute than in the next: the report runs
before, amid and after the loop, and its mean counts. Then the same report once more, unchanged. Rewrites the report part of RESULTS.md.
"""

import argparse
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
START, END = "<!-- report:start -->", "<!-- report:end -->"


def timed(commands, environment):
    """Wall and CPU seconds (of all child processes) of some commands, one after the other."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    for command in commands:
        subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def loop(notebooks, data, period, out):
    """The commands of the plain loop."""
    for path in notebooks:
        done = out / path.name
        yield [
            sys.executable,
            "-m",
            "papermill",
            path,
            done,
            "-r",
            "data",
            data,
            "-r",
            "period",
            period,
            "--no-progress-bar",
        ]
        yield [sys.executable, "-m", "nbconvert", "--to", "html", done]


def measure(notebooks, data, period, is_compiled):
    """(wall, CPU) of the plain loop, of a report (the mean of three), and of the same report again."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        environment = {
            **os.environ,
            "CXKIT_DATA": str(data.resolve().parent),
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
        }
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        if not is_compiled:
            environment |= {"PYTHONPYCACHEPREFIX": str(place / "none"), "PYTHONDONTWRITEBYTECODE": "1"}
        only = ",".join(path.stem for path in notebooks)
        report = [sys.executable, "-m", "cxkit", "report", "--data", data, "--period", period, "--only", only]
        report += ["--out", place / "reports"]
        plain = list(loop(notebooks, data.name, period, place))
        half = len(plain) // 2
        parts = [[[*report, "--force"]], plain[:half], [[*report, "--force"]], plain[half:], [[*report, "--force"]]]
        runs = [timed(commands, environment) for commands in parts]
        mean = tuple(sum(run[k] for run in runs[::2]) / 3 for k in (0, 1))
        return [tuple(map(sum, zip(*runs[1::2], strict=True))), mean, timed([report], environment)]


def table(results):
    """A Markdown table with ratios to the plain loop."""
    lines = ["| bytecode | way | wall s | ratio | CPU s | ratio |", "|---|---|---:|---:|---:|---:|"]
    ways = ("`papermill` + `jupyter nbconvert`", "`cxkit report`", "`cxkit report`, nothing changed")
    for name, rows in results.items():
        for way, (wall, cpu) in zip(ways, rows, strict=True):
            lines.append(
                f"| {name} | {way} | {wall:.1f} | {rows[0][0] / wall:.1f} | {cpu:.1f} | {rows[0][1] / cpu:.1f} |"
            )
    return "\n".join(lines)


def main():
    """Measure, print, and rewrite the section of RESULTS.md."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("data/sample"))
    parser.add_argument("--period", default="2026-10")
    parser.add_argument("--only", default="")
    given = parser.parse_args()
    chosen = given.only.split(",") if given.only else []
    notebooks = [path for path in sorted(Path("notebooks").glob("*.ipynb")) if not chosen or path.stem in chosen]
    results = {
        "compiled": measure(notebooks, given.data, given.period, True),
        "none": measure(notebooks, given.data, given.period, False),
    }
    load = os.getloadavg()[1]
    said = (
        f"## Reports: cxkit against the plain loop\n\n{len(notebooks)} notebooks ({', '.join(path.stem for path in notebooks)}) on {given.data.name}, {given.period}. "
        f"`python benchmarks/report.py`, Python {platform.python_version()}, {os.cpu_count()} cores ({platform.machine()}), load of the machine {load:.1f} "
        "(wall times are upper bounds where it exceeds the number of cores). Ratio: how many times the plain loop takes.\n\n"
        + table(results)
    )
    print(said)
    path = HERE / "RESULTS.md"
    text = path.read_text(encoding="utf-8") if path.exists() else "# Benchmarks\n"
    before, _, rest = text.partition(START)
    after = rest.partition(END)[2]
    path.write_text(f"{before.rstrip()}\n\n{START}\n{said}\n{END}\n{after.lstrip()}", encoding="utf-8")


if __name__ == "__main__":
    main()
