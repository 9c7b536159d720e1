"""Shared by all tests: what is not installed leaves tests out, and the last lines say so; where all were asked for, it is an error."""

import os
from collections import Counter
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from chromium import Chromium
from hypothesis import settings
from needs import ELSEWHERE, NEEDS, is_here

pytest_plugins = ["cdnow_fixtures"]
NOT_INSTALLED = "not installed: "

# The same examples in every run, so that none fails by luck; `pytest --hypothesis-profile explore` tries others, and what it finds
# becomes a test of its own. Without a deadline, for the first call of a recipe loads scipy or statsmodels.
settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("explore", deadline=None)
settings.load_profile("same")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave a test out, before its fixtures are made, if what its mark `needs` names is not here."""
    if missing := [need for mark in item.iter_markers("needs") for need in mark.args if not is_here(need)]:
        pytest.skip(NOT_INSTALLED + ", ".join(missing))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Under `make test-all` no test is left out, but for want of what no registry serves."""
    report = yield
    is_excused = report.skipped and set(reason(report).removeprefix(NOT_INSTALLED).split(", ")) <= ELSEWHERE
    if report.skipped and not (is_excused or hasattr(report, "wasxfail")) and os.environ.get("CXKIT_TEST_ALL"):
        report.outcome = "failed"
        report.longrepr = f"Left out, though all tests were asked for: {reason(report)}"
    return report


def reason(report: pytest.TestReport) -> str:
    """Why a test was left out."""
    return str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr).removeprefix("Skipped: ")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Generator[None]:
    """Say in the last lines what was left out, and the command that brings it."""
    yield
    reasons = [reason(report) for report in terminalreporter.stats.get("skipped", [])]
    wants = [told.removeprefix(NOT_INSTALLED).split(", ") for told in reasons if told.startswith(NOT_INSTALLED)]
    if wants:
        counts = Counter(need for want in wants for need in want)
        named = ", ".join(f"{need} ({counts[need]})" for need in NEEDS if counts[need])
        terminalreporter.write_line(
            f"Tests left out: {len(wants)}, for want of {named}. `make test-all` installs what is missing and runs all.",
            yellow=True,
        )


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    """One headless browser for all tests that look at pages."""
    with Chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def root() -> Path:
    """The top folder of the repository."""
    return Path(__file__).resolve().parents[1]
