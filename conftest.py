"""What tests and the examples of docstrings share."""

import pytest

from cxkit.disclosure import strictest


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Frames of one test are not hidden by the k of a data set that another test, or a fixture of its module, opened."""
    strictest._OPENED.clear()
    strictest._OPENED.add(1)
