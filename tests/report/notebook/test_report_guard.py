"""What a cell shows without a block hides its small groups as well."""

import pandas as pd
import pytest
from IPython.core.interactiveshell import InteractiveShell

import cxkit as cx
from cxkit.areas.value import orders
from cxkit.report.notebook.guard import guard_frames


@pytest.fixture
def shell():
    shell = InteractiveShell.instance(history_load_length=0)
    shell.history_manager.enabled = False
    yield shell
    shell.history_manager.end_session()
    InteractiveShell.clear_instance()


def test_a_bare_frame_of_a_cell_hides_its_small_groups(shell):
    guard_frames(10)
    frame = pd.DataFrame({"plan": ["a", "b", "c"], "customers": [500, 40, 3], "days": [1, 2, 3]})
    shown, _ = shell.display_formatter.format(frame)
    for form in ("text/html", "text/plain"):
        assert "hidden" in shown[form]
        assert "40" not in shown[form]
    assert "&lt; 10" in shown["text/html"]
    same, _ = shell.display_formatter.format(frame[["plan", "days"]])
    assert "hidden" not in same["text/plain"]  # days are no people
    twice = pd.DataFrame([[3, 4]], columns=["x", "x"])
    assert "3" in shell.display_formatter.format(twice)[0]["text/plain"]


def test_outside_a_notebook_there_is_nothing_to_guard():
    guard_frames(10)


def test_without_a_segment_nothing_is_given_away():
    report = cx.open_report("data/sample", "2026-10")
    assert report.given_away([orders.ORDERS]) == []
