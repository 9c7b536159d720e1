"""What the processes of a run make once: one makes it, the others take it, whatever happens to the one."""

import multiprocessing
import os
import sqlite3
import time
from pathlib import Path

import pytest
from in_run import in_run

import cxkit as cx
from cxkit.engine.duckdb import Engine, EngineError
from cxkit.engine.shared_views import once
from cxkit.run_context import VARIABLE, this_run

SAMPLE = Path(__file__).parents[2] / "data" / "sample"
FORK = multiprocessing.get_context("fork")
pytestmark = pytest.mark.skipif(os.name == "nt", reason="processes of a run share nothing on Windows")


def note(path: Path) -> None:
    """Make something, slowly, and leave a trace of having made it."""
    (path.parent / f"made-by-{os.getpid()}").touch()
    path.write_text("half")
    time.sleep(0.2)
    path.write_text("whole")


def test_outside_a_run_nothing_is_shared():
    assert VARIABLE not in os.environ
    assert once("thing", note) is None


def test_processes_that_ask_at_once_get_what_one_of_them_made():
    with in_run():
        children = [FORK.Process(target=once, args=("thing", note)) for _ in range(4)]
        for child in children:
            child.start()
        for child in children:
            child.join()
        place = once("thing", lambda path: pytest.fail("made again"))
        assert place is not None and place.read_text() == "whole"
        assert len(list(place.parent.glob("made-by-*"))) == 1
    assert not place.parent.exists() and VARIABLE not in os.environ


def test_who_is_killed_while_making_it_leaves_nothing_in_the_way():
    with in_run():
        child = FORK.Process(target=once, args=("thing", note))
        child.start()
        while not list(Path(this_run().folder).glob("made-by-*")):
            time.sleep(0.01)
        child.kill()
        child.join()
        place = once("thing", note)
        assert place is not None and place.read_text() == "whole"


def test_a_fault_goes_to_the_one_who_asked_and_the_next_tries_again():
    def fails(path: Path) -> None:
        path.mkdir()
        raise ValueError("no")

    with in_run():
        with pytest.raises(ValueError, match="no"):
            once("thing", fails)
        place = once("thing", note)
        assert place is not None and place.read_text() == "whole"


def kept() -> list[str]:
    """Names of the tables in the run's folder."""
    found = (path.name.rpartition("-")[0] for path in Path(this_run().folder).iterdir() if path.suffix != ".lock")
    return sorted(filter(None, found))


SESSIONS = "select device_class, count(*) as n, sum(duration_s) as s, max(ended_at) as t from sessions group by all order by all"


def test_a_view_that_compares_rows_is_made_once_and_says_the_same(monkeypatch):
    alone = cx.open_data(SAMPLE).sql(SESSIONS)
    with in_run():
        first = cx.open_data(SAMPLE).sql(SESSIONS)
        assert "sessions" in kept() and "events" not in kept()  # a Parquet file is read in place
        monkeypatch.setattr(Engine, "write_table", lambda *_: pytest.fail("made again"))
        again = cx.open_data(SAMPLE)
        assert first.equals(alone) and again.sql(SESSIONS).equals(alone)
        assert again.columns("sessions") == cx.open_data(SAMPLE).columns("sessions")


def test_other_files_settings_or_views_are_not_taken_for_the_same(tmp_path):
    text = "order_id,customer_id,ordered_at,net_amount,currency,status\n1,a,2026-01-31T23:30:00Z,{},EUR,completed\n"
    file = tmp_path / "orders.csv"
    with in_run():
        file.write_text(text.format(5))
        query = "select sum(net_amount) as s, max(strftime(ordered_at, '%Y-%m')) as m from orders"
        assert cx.open_data(tmp_path).sql(query).values.tolist() == [[5.0, "2026-01"]]
        assert cx.open_data(tmp_path, settings={"timezone": "Europe/Amsterdam"}).sql(query).m[0] == "2026-02"
        file.write_text(text.format(66))
        source = cx.open_data(tmp_path)
        assert source.sql(query).s[0] == 66
        source.create_view("spent", "select sum(net_amount) as total, count(*) as n from orders group by all")
        source.create_view("above", "select max(total) as most from spent group by all")
        assert source.sql("select most from above").most[0] == 66
        other = cx.open_data(tmp_path)
        other.create_view("spent", "select -sum(net_amount) as total, count(*) as n from orders group by all")
        other.create_view("above", "select max(total) as most from spent group by all")
        assert other.sql("select most from above").most[0] == -66


def test_a_view_made_anew_under_its_name_is_read_anew():
    with in_run():
        source = cx.open_data(SAMPLE)
        for number in (1, 2, 1):
            source.create_view("mine", f"select {number} as n, count(*) as rows from orders group by all")
            assert source.sql("select n from mine").n[0] == number


def test_a_disk_without_room_costs_time_alone(monkeypatch):
    def full(*_: object) -> None:
        raise EngineError("No space left on device")

    monkeypatch.setattr(Engine, "write_table", full)
    with in_run():
        assert cx.open_data(SAMPLE).sql(SESSIONS).n.sum() > 0
        assert kept() == []


def test_a_frame_is_known_to_its_process_alone():
    orders = cx.open_data(SAMPLE).sql(
        "select order_id, customer_id, ordered_at, status, net_amount, currency from orders limit 50"
    )
    with in_run():
        source = cx.open_data({"orders": orders}, settings={"source_timezone": "UTC", "guests": "keep"})
        assert source.sql("select count(*) as n from purchases").n[0] > 0
        assert kept() == []


def test_a_run_sees_a_database_at_one_moment(tmp_path):
    with sqlite3.connect(tmp_path / "shop.db") as shop:
        shop.execute("create table campaigns (campaign_id text, channel text, sent_at text)")
        shop.execute("insert into campaigns values ('a', 'email', '2026-01-01T00:00:00Z')")
    (tmp_path / "dataset.yml").write_text("database: sqlite:///shop.db\n")
    count = "select count(*) as n from campaigns"
    with in_run():
        assert cx.open_data(tmp_path).sql(count).n[0] == 1
        with sqlite3.connect(tmp_path / "shop.db") as shop:
            shop.execute("insert into campaigns values ('b', 'email', '2026-01-02T00:00:00Z')")
        assert cx.open_data(tmp_path).sql(count).n[0] == 1
    assert cx.open_data(tmp_path).sql(count).n[0] == 2
