"""Shared by all tests: browser tests are left out, and said to be, where there is no Chromium."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from chromium import PROGRAM, Chromium

from cxkit.suppress import limit

LEFT_OUT = pytest.StashKey[int]()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what needs a browser if there is none."""
    if PROGRAM:
        return
    skip = pytest.mark.skip(reason="Chromium is not installed")
    browser = [item for item in items if item.get_closest_marker("browser")]
    for item in browser:
        item.add_marker(skip)
    config.stash[LEFT_OUT] = len(browser)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say in the last lines what was left out."""
    if number := config.stash.get(LEFT_OUT, 0) or (0 if PROGRAM else -1):
        tests = "The browser tests were" if number < 0 else f"{number} browser tests were"
        terminalreporter.write_line(
            f"{tests} left out: Chromium is not installed (Debian, Ubuntu: apt install chromium).", yellow=True
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


@pytest.fixture(autouse=True)
def no_report_is_open() -> Iterator[None]:
    """Charts of one test do not hide groups by the k of a report that another test opened."""
    yield
    limit(1)
