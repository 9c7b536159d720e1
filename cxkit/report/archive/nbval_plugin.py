"""A pytest plugin around nbval: warm kernels, and a record of what each cell gave this time.

nbval compares; this only writes down its new outputs, so that `cxkit verify` can say in words which numbers moved.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbval.kernel
import nbval.plugin
import pytest

from cxkit.report.run.kernels import BlockingWarmKernelManager

RECORD = "CXKIT_VERIFY_RECORD"


def pytest_configure() -> None:
    """Let nbval start its kernels through our manager."""
    nbval.kernel.KernelManager = BlockingWarmKernelManager


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: Any, call: Any) -> Iterator[None]:
    """Write a line for each cell: its number, how it went, the outputs of now."""
    answer = yield
    if call.when != "call" or not isinstance(item, nbval.plugin.IPyNbCell):
        return
    report = answer.get_result()  # type: ignore[attr-defined]
    line = {
        "cell": item.cell_num,
        "outcome": report.outcome,
        "why": "" if report.passed else str(call.excinfo.value) if call.excinfo else report.outcome,
        "outputs": [dict(output) for output in item.test_outputs or []],
    }
    with Path(os.environ[RECORD]).open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
