"""A pytest plugin around nbval: warm kernels, and a record of what each cell gave this time.

nbval compares; this only keeps its new outputs, so that `cxkit verify` can say in words which numbers moved.
"""

from collections.abc import Iterator
from typing import Any

import nbval.kernel
import nbval.plugin
import pytest
from jupyter_client.manager import KernelManager

from cxkit.report.run.kernels import Desk


class Recorder:
    """Gives nbval its kernels from a desk, and keeps of each cell its number, how it went, its outputs of now."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.cells: list[dict[str, Any]] = []

    def pytest_configure(self) -> None:
        """Let nbval start its kernels through our manager."""
        nbval.kernel.KernelManager = self.desk.manager(KernelManager)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item: Any, call: Any) -> Iterator[None]:
        """Keep a cell."""
        answer = yield
        if call.when != "call" or not isinstance(item, nbval.plugin.IPyNbCell):
            return
        report = answer.get_result()  # type: ignore[attr-defined]
        self.cells.append(
            {
                "cell": item.cell_num,
                "outcome": report.outcome,
                "why": "" if report.passed else str(call.excinfo.value) if call.excinfo else report.outcome,
                "outputs": [dict(output) for output in item.test_outputs or []],
            }
        )
