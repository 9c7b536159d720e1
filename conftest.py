"""What tests and the examples of docstrings share."""

from collections.abc import Iterator

import pytest

from cxkit.disclosure import strictest


@pytest.fixture(autouse=True)
def no_data_are_open() -> Iterator[None]:
    """Frames of one test are not hidden by the k of a data set that another test opened."""
    yield
    strictest._OPENED.clear()
    strictest._OPENED.add(1)
