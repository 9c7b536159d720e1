"""What a process knows of its run."""

import multiprocessing
import os
import subprocess
import sys

import pytest
from in_run import in_run

import cxkit as cx
from cxkit.engine.duckdb import Engine
from cxkit.run_context import VARIABLE, RunContext, this_run

RUN = RunContext(folder="/tmp/ä b", data_root='C:\\data "new"', locale="pt_BR", threads=3)


def test_outside_a_run_nothing_is_known():
    assert VARIABLE not in os.environ
    assert this_run() == RunContext()


def test_what_is_told_reaches_the_processes_that_are_started(monkeypatch):
    monkeypatch.setenv(VARIABLE, "{}")
    RUN.tell()
    assert this_run() == RUN
    told = "from cxkit.run_context import this_run; print(ascii(this_run()))"
    assert subprocess.check_output([sys.executable, "-c", told], text=True).strip() == ascii(RUN)


@pytest.mark.parametrize("how", ["fork", "spawn"])
def test_a_child_is_told_and_its_parent_is_not(how):
    from cxkit.report.run.examine import in_child

    if how not in multiprocessing.get_all_start_methods():
        pytest.skip(f"no {how} here")
    assert in_child(multiprocessing.get_context(how), RUN, this_run) == RUN
    assert this_run() == RunContext()


def test_an_engine_takes_its_share_of_the_cores():
    with in_run(threads=1):
        assert Engine().row("select current_setting('threads')") == (1,)


def test_the_run_says_where_relative_data_lie_before_the_person_does(tmp_path, monkeypatch):
    for place in ("run", "person"):
        (tmp_path / place / "shop").mkdir(parents=True)
        (tmp_path / place / "shop" / "dataset.yml").write_text(f"title: {place}\n")
        (tmp_path / place / "shop" / "campaigns.csv").write_text("campaign_id,channel,sent_at\n")
    monkeypatch.setenv("CXKIT_DATA", str(tmp_path / "person"))
    assert cx.open_data("shop").settings.title == "person"
    with in_run(data_root=str(tmp_path / "run")):
        assert cx.open_data("shop").settings.title == "run"
