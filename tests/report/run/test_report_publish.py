"""A folder appears whole or not at all."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from cxkit.errors import ArgumentError
from cxkit.report.run import publish
from cxkit.report.run.publish import MARK, staged
from cxkit.report.wording.files import cell, write_csv


def put(out, text="new"):
    with staged(out, "2026-10") as (stage, _):
        (stage / MARK).write_text(text)
        (stage / "page.html").write_text(text)


def names(out):
    return sorted(path.name for path in out.iterdir())


def test_a_report_appears_and_is_replaced_whole(tmp_path):
    put(tmp_path, "one")
    (tmp_path / "2026-10" / "left.html").write_text("of the first")
    put(tmp_path, "two")
    assert names(tmp_path) == [".2026-10.lock", "2026-10"]
    assert names(tmp_path / "2026-10") == [MARK, "page.html"]
    assert (tmp_path / "2026-10" / MARK).read_text() == "two"


def test_without_an_exchange_of_names_two_renames_do(tmp_path, monkeypatch):
    monkeypatch.setattr(publish, "_exchange", lambda one, other: False)
    put(tmp_path, "one"), put(tmp_path, "two")
    assert names(tmp_path) == [".2026-10.lock", "2026-10"] and (tmp_path / "2026-10" / MARK).read_text() == "two"


def test_a_failure_leaves_the_old_report_and_nothing_else(tmp_path):
    put(tmp_path, "one")
    with pytest.raises(ZeroDivisionError), staged(tmp_path, "2026-10") as (stage, _):
        (stage / MARK).write_text("half")
        raise ZeroDivisionError
    assert names(tmp_path) == [".2026-10.lock", "2026-10"] and (tmp_path / "2026-10" / MARK).read_text() == "one"


def test_what_a_dead_run_left_is_removed_and_a_cut_swap_mended(tmp_path):
    put(tmp_path, "one")
    (tmp_path / ".2026-10.stage-dead").mkdir()
    (tmp_path / "2026-10").rename(tmp_path / ".2026-10.old")
    with pytest.raises(KeyboardInterrupt), staged(tmp_path, "2026-10"):
        assert (tmp_path / "2026-10" / MARK).read_text() == "one"
        assert not (tmp_path / ".2026-10.stage-dead").exists()
        raise KeyboardInterrupt
    put(tmp_path, "two")
    assert names(tmp_path) == [".2026-10.lock", "2026-10"]


def test_two_runs_of_one_report_do_not_meet(tmp_path):
    with staged(tmp_path, "2026-10") as (stage, _):
        (stage / MARK).write_text("first")
        with pytest.raises(ArgumentError, match="another run is writing"):
            put(tmp_path, "second")
        with staged(tmp_path, "2026-11") as (other, _):
            (other / MARK).write_text("another period")
    assert (tmp_path / "2026-10" / MARK).read_text() == "first"


def test_the_lock_goes_with_its_process(tmp_path):
    code = f"from pathlib import Path; from cxkit.report.run.publish import staged\nwith staged(Path({str(tmp_path)!r}), '2026-10'): print(1, flush=True); input()"
    holder = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    holder.stdout.readline()
    with pytest.raises(ArgumentError, match="another run"):
        put(tmp_path)
    holder.kill()
    holder.communicate()
    put(tmp_path)
    assert names(tmp_path) == [".2026-10.lock", "2026-10"]


def test_a_folder_that_is_no_report_is_never_replaced(tmp_path):
    (tmp_path / "2026-10").mkdir()
    put(tmp_path)  # an empty one may be taken
    (tmp_path / "2026-10" / MARK).unlink()
    with pytest.raises(ArgumentError, match="is not a report of cxkit"):
        put(tmp_path)
    assert (tmp_path / "2026-10" / "page.html").read_text() == "new"


def test_a_place_below_a_file_is_told_so(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ArgumentError, match="cannot write to"):
        put(tmp_path / "file" / "reports")
    with pytest.raises(ArgumentError, match="cannot write to"):
        put(Path("/proc/cxkit"))  # read-only, even for root


@pytest.mark.slow
def test_killed_at_any_moment_the_report_is_the_old_one_or_the_new_one(tmp_path):
    put(tmp_path, "0" * 100_000)
    code = (
        "import sys; from pathlib import Path; from cxkit.report.run.publish import *\n"
        f"for n in range(1, 10**6):\n with staged(Path({str(tmp_path)!r}), '2026-10') as (s, _):\n"
        "  for name in (MARK, 'page.html'): (s / name).write_text(str(n % 10) * 100_000)\n"
        "  if n == 1: print(1, flush=True)"
    )
    for round_number in range(10):
        runner = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
        runner.stdout.readline()
        time.sleep(0.01 + 0.013 * round_number)
        runner.kill()
        runner.communicate()
        texts = {(tmp_path / "2026-10" / name).read_text() for name in (MARK, "page.html")}
        assert len(texts) == 1 and len(texts.pop()) == 100_000
    put(tmp_path, "last")
    assert names(tmp_path) == [".2026-10.lock", "2026-10"]


def test_csv_cells_run_nowhere_and_are_the_same_every_time(tmp_path):
    assert [cell(value) for value in ("=1+1", "+1", "-1", "@x", "\tx", "plain", -0.5, 1 / 3, float("nan"), None, True, 7)] == [
        "'=1+1", "'+1", "'-1", "'@x", "'\tx", "plain", "-0.5", "0.3333333333", "", "", "True", "7",
    ]  # fmt: skip
    write_csv(tmp_path / "a.csv", ["a", "b"], [{"b": 'x,"y"\n', "a": 1}, {}])
    assert (tmp_path / "a.csv").read_bytes() == b'a,b\n1,"x,""y""\n"\n,\n'
