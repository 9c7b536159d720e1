"""What is not installed leaves tests out and is named in the last lines; where all tests are asked for, it fails them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from needs import NEEDS

ROOT = Path(__file__).parents[1]


def run_without_programs(folder: Path, **asked: str) -> subprocess.CompletedProcess:
    """Two tests, one of which needs a browser, in a process of its own that finds no program at all."""
    outer = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "CXKIT_"))}
    tests = ["tests/report/page/test_report_browser.py::test_the_contents_follow_the_reader",
             "tests/test_repository.py::test_every_dependency_has_a_lower_bound"]  # fmt: skip
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--numprocesses", "1", *tests],
        cwd=ROOT, env={**outer, "PATH": str(folder), **asked}, capture_output=True, text=True, timeout=300,
    )  # fmt: skip


def test_the_last_lines_say_what_was_left_out_and_what_brings_it(tmp_path):
    done = run_without_programs(tmp_path)
    *_, said, result = done.stdout.strip().splitlines()
    assert done.returncode == 0
    assert said == "Tests left out: 1, for want of Chromium (1). `make test-all` installs what is missing and runs all."
    assert "1 passed, 1 skipped" in result


def test_where_all_tests_are_asked_for_one_left_out_is_an_error(tmp_path):
    done = run_without_programs(tmp_path, CXKIT_TEST_ALL="1")
    assert done.returncode == pytest.ExitCode.TESTS_FAILED
    assert "Left out, though all tests were asked for: not installed: Chromium" in done.stdout
    assert "Tests left out" not in done.stdout and "1 passed, 1 error" in done.stdout


def test_what_is_missing_is_told_to_the_installer(tmp_path):
    program = [sys.executable, ROOT / "tests" / "needs.py"]
    told = subprocess.run(
        program, env={**os.environ, "PATH": str(tmp_path)}, capture_output=True, text=True, check=True
    )
    assert "Chromium" in told.stdout.splitlines() and set(told.stdout.splitlines()) <= set(NEEDS)
    assert all(f'is_missing "{need}"' in (ROOT / ".ci" / "install").read_text() for need in NEEDS)
