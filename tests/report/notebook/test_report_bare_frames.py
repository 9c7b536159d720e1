"""What a cell shows without a block hides its small groups as well."""

import pandas as pd
import pytest
from IPython.core.interactiveshell import InteractiveShell

import cxkit as cx
from cxkit.areas.value import orders
from cxkit.disclosure.marked import counting
from cxkit.report.notebook.small_groups import guard_frames


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


def test_a_bare_frame_that_does_not_say_who_is_counted_may_count_people_in_every_whole_number(shell):
    guard_frames(10)

    def told(frame):
        return shell.display_formatter.format(frame)[0]["text/plain"]

    frame = pd.DataFrame({"plan": ["a", "b"], "persons": [80, 3], "mrr": [9.5, 900.5]})
    assert "900.5" not in told(frame)
    assert told(frame).count("< 10") == 1
    assert "900.5" in told(counting(frame, people=None))
    assert "900.5" not in told(counting(frame, people="persons"))
    assert "900.5" not in told(counting(frame, people="persons").rename(columns={"persons": "n"}))
    assert "7" not in told(pd.DataFrame([[7, 80]], columns=["x", "x"]))  # two columns of one name
    assert "7" not in told(pd.DataFrame({"n": [7, 80]}, dtype=object))
    assert "7" not in told(pd.Series([80, 7], index=["a", "b"]))
    assert "3" not in told(pd.Series(["gold", 3, 900.5], index=["plan", "persons", "mrr"]))  # a row
    assert "900.5" not in shell.display_formatter.format(frame.style)[0]["text/html"]
    assert "0.25" in told(pd.DataFrame({"share": [0.25, 0.75]}))
    many = pd.DataFrame({"n": range(1, 3000)})
    assert "2999" in told(many)


def test_outside_a_notebook_there_is_nothing_to_guard():
    guard_frames(10)


def test_without_a_segment_nothing_is_given_away():
    report = cx.open_report("data/sample", "2026-10")
    assert report.given_away([orders.ORDERS]) == []
