"""Faults of the world around a run: each ends in a clear state, and nothing is lost. Others stand with what they belong to: a notebook
that raises, a killed kernel, a hung cell and signals in test_report_run, two runs at once in test_report_publish, a damaged archive in
test_report_verify, a notebook newer than its archive in test_report_golden."""

import json
import shutil
import subprocess
import sys

import pytest
from tiny import GOOD, write_notebook, write_shop

from cxkit.report.run.worker import LOG_END, _short

REPORT = [sys.executable, "-m", "cxkit", "report", "--data", "data/shop", "--only", "good"]


def can(*command):
    """Whether the system lets us have a name space of our own."""
    if not shutil.which("unshare"):
        return False
    return subprocess.run(["unshare", *command, "true"], capture_output=True).returncode == 0


DENIED = "not permitted here: run as root, in a container started with --privileged"
own_mounts = pytest.mark.skipif(not can("-rm"), reason=f"mount name spaces are {DENIED}")
own_network = pytest.mark.skipif(not can("-rn"), reason=f"network name spaces are {DENIED}")


def run(folder, *command):
    return subprocess.run(list(map(str, command)), cwd=folder, capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("faults")
    write_shop(folder / "data" / "shop")
    write_notebook(folder / "notebooks", "good", *GOOD, "import sys; sys.__stderr__.write('chatter\\n' * 100_000)")
    return folder


@own_network
@pytest.mark.slow
def test_report_and_verify_need_no_network_and_a_full_log_is_cut(project):
    outside = "import socket; socket.create_connection(('192.0.2.1', 80), 1)"
    assert "unreachable" in run(project, "unshare", "-rn", sys.executable, "-c", outside).stderr  # the test can fail
    done = run(project, "unshare", "-rn", *REPORT, "--period", "2026-02")
    assert done.returncode == 0, done.stdout + done.stderr
    report = project / "reports" / "2026-02"
    log = report / "logs" / "good.log"
    if log.exists():
        assert log.stat().st_size < 3 * LOG_END
    done = run(project, "unshare", "-rn", sys.executable, "-m", "cxkit", "verify", report)
    assert done.returncode == 0 and done.stdout.startswith("good: the same ("), done.stderr


def test_the_ends_of_a_full_log_are_kept():
    log = "first" + "x" * 1_000_000 + "last"
    assert len(_short(log)) < 3 * LOG_END and _short(log).startswith("first") and _short(log).endswith("last")
    assert _short("short") == "short"


@own_mounts
@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "says"), [("size=24k", "No space left on device"), ("size=1m,ro", "Read-only file system")]
)
def test_a_full_disk_and_a_read_only_folder_are_told_and_leave_nothing(project, options, says):
    (project / "small").mkdir(exist_ok=True)
    inside = f"mount -t tmpfs -o {options} none small && {' '.join(REPORT)} --period 2026-02 --out small; code=$?; ls -A small; exit $code"
    done = run(project, "unshare", "-rm", "sh", "-c", inside)
    assert done.returncode == 2, done.stdout + done.stderr
    assert says in done.stderr and "Traceback" not in done.stderr
    assert "2026-02\n" not in done.stdout.replace(".2026-02.lock\n", "")


@pytest.mark.slow
def test_a_missing_previous_period_and_a_clock_that_runs_wrong(project):
    """January is where the data begin; and a clock of 1999 changes no number, not even `last-month`, which the data decide."""
    done = run(project, *REPORT, "--period", "2026-01", "--out", "first")
    assert done.returncode == 0, done.stderr
    page = (project / "first" / "2026-01" / "good.html").read_text(encoding="utf-8")
    assert "nothing to compare with" in page or "can't tell" in page
    clock = "import time, sys; time.time = lambda: 915148800.0; from cxkit.commands import main; sys.exit(main(sys.argv[1:]))"
    done = run(project, sys.executable, "-c", clock, *REPORT[3:], "--period", "last-month", "--out", "wrong")
    assert done.returncode == 0, done.stderr
    assert json.loads((project / "wrong" / "2026-02" / "manifest.json").read_text())["period"] == "2026-02"
