"""A run without notebooks, for tests of what its processes share."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from cxkit.engine.shared_views import run_folder
from cxkit.run_context import RunContext


@contextmanager
def in_run(**known: Any) -> Iterator[None]:
    """Let this process, and its forks, work for a run until the block ends."""
    with run_folder() as folder, patch.dict(os.environ):
        RunContext(folder=folder, **known).tell()
        yield
