"""A forgotten person is in no file under any id; everybody else is there as before."""

import gzip
import os
import pty

import pandas as pd
import pytest

import cxkit as cx
from cxkit.commands import main
from cxkit.dataset.forget import forget, plan
from cxkit.engine.duckdb import Engine
from cxkit.errors import ArgumentError

EVENTS = pd.DataFrame(
    {"event_id": list("abcd"), "event_at": "2026-10-01T10:00:00Z", "event_name": "page_view", "surface": "web",
     "visitor_id": ["v1", "v2", "v9", None], "customer_id": [None, None, "c1", "c2"]}
)  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    people = pd.DataFrame({"customer_id": ["c1", "c2", "c3"], "referred_by_customer_id": [None, "c1", "c2"]})
    people.to_csv(tmp_path / "customers.csv", index=False)
    ids = pd.DataFrame(
        {"id_type": "web_visitor", "id_value": ["v1", "v2"], "customer_id": ["c1", "c2"], "method": "login"}
    )
    with gzip.open(tmp_path / "identities.csv.gz", "wt") as file:
        file.write(ids.to_csv(index=False))
    engine = Engine()
    engine.register("frame", EVENTS)
    engine.write_parquet("select * from frame", tmp_path / "events.parquet")
    tickets = 'ticket_id,requester_id,created_at,channel,status,observed_until,x_note\nt1,v2,2026-10-01T10:00:00Z,phone,open,2026-10-02T10:00:00Z,"a, ""b""\nc"\n'
    (tmp_path / "tickets.csv").write_text(tickets)
    return tmp_path


def test_a_person_leaves_every_file_under_every_id(folder):
    untouched = (folder / "tickets.csv").read_bytes()
    removal = plan(folder, ["c1"])
    forget(removal)
    counts = removal.counts.set_index("table")
    assert counts.rows_removed.to_dict() == {"customers": 1, "events": 2, "identities": 1, "tickets": 0}
    assert counts.cells_emptied.to_dict() == {"customers": 1, "events": 0, "identities": 0, "tickets": 0}
    source = cx.open_data(folder)
    assert source.sql("select event_id from events order by 1").event_id.tolist() == ["b", "d"]
    left = source.sql("select customer_id, referred_by_customer_id as r from customers order by 1")
    assert left.customer_id.tolist() == ["c2", "c3"]
    assert left.r.isna().tolist() == [True, False]
    assert (folder / "tickets.csv").read_bytes() == untouched
    assert sorted(file.name for file in folder.iterdir()) == [
        "customers.csv",
        "events.parquet",
        "identities.csv.gz",
        "tickets.csv",
    ]
    with pytest.raises(ArgumentError, match="`c1`"):
        plan(folder, ["c1"])


def test_a_field_over_two_lines_survives_in_the_rows_of_others(folder):
    text = (folder / "tickets.csv").read_text()
    (folder / "tickets.csv").write_text(text + "t2,v1,2026-10-01T10:00:00Z,phone,open,2026-10-02T10:00:00Z,x\n")
    removal = plan(folder, ["c1"])
    forget(removal)
    assert removal.counts.set_index("table").rows_removed["tickets"] == 1
    assert (folder / "tickets.csv").read_text() == text


def contents(folder):
    return {file.name: file.read_bytes() for file in folder.iterdir()}


@pytest.mark.parametrize("wrong", ["", " ", "\t", "\N{NO-BREAK SPACE}", "\N{ZERO WIDTH SPACE}", "c99", "null", "C1"])
def test_an_id_that_is_blank_or_unknown_changes_nothing(folder, capsys, wrong):
    (folder / "orders.csv").write_text("order_id,customer_id,ordered_at\no1,,2026-10-01T10:00:00Z\n")
    before = contents(folder)
    assert main(["forget", "c1", wrong, "--data", str(folder), "--yes", "--force"]) == 2
    assert "Nothing was changed" in capsys.readouterr().err
    assert contents(folder) == before


def test_a_blank_id_in_identities_takes_nobody_else(folder):
    (folder / "identities.csv.gz").unlink()
    (folder / "identities.csv").write_text("id_type,id_value,customer_id,method\nweb_visitor,,c1,login\n")
    (folder / "tickets.csv").write_text(
        "ticket_id,requester_id,created_at\nt1,,2026-10-01T10:00:00Z\nt2,v1,2026-10-01T10:00:00Z\n"
    )
    removal = plan(folder, ["c1"])
    assert removal.counts.set_index("table").rows_removed["tickets"] == 0


def test_the_counts_told_before_are_the_rows_that_go(folder, capsys):
    before = contents(folder)
    assert main(["forget", "c1", "--data", str(folder)]) == 2
    told = capsys.readouterr()
    assert "nobody is here to be asked" in told.err
    assert "events (events.parquet): 2 rows to remove" in told.out
    assert contents(folder) == before
    assert main(["forget", "c1", "--data", str(folder), "--yes"]) == 0
    assert "4 rows removed in all" in capsys.readouterr().out
    assert plan(folder, ["c2"]).counts.rows_removed.sum() == 5


@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("YES", 0), ("", 1), ("n", 1), ("c1", 1)])
def test_at_a_terminal_the_command_asks(folder, monkeypatch, capsys, answer, code):
    before = contents(folder)
    keyboard, terminal = pty.openpty()
    with os.fdopen(keyboard, "w") as typed, os.fdopen(terminal) as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        print(answer, file=typed, flush=True)
        assert main(["forget", "c1", "--data", str(folder)]) == code
    assert "Remove 4 rows" in capsys.readouterr().out
    assert (contents(folder) == before) == bool(code)


def test_more_than_a_hundredth_of_the_customers_needs_force(tmp_path):
    def customers(n):
        pd.DataFrame({"customer_id": [f"c{i}" for i in range(n)]}).to_csv(tmp_path / "customers.csv", index=False)

    customers(200)
    assert plan(tmp_path, ["c0", "c1", "c1"]).counts.rows_removed.sum() == 2
    customers(199)
    with pytest.raises(ArgumentError, match=r"2 of 199 customers are named.*--force"):
        plan(tmp_path, ["c0", "c1"])
    assert plan(tmp_path, ["c0", "c1"], force=True).counts.rows_removed.sum() == 2
    customers(1)
    assert plan(tmp_path, ["c0"]).counts.rows_removed.sum() == 1


def test_more_than_a_thousand_rows_an_id_need_force(tmp_path):
    orders = pd.DataFrame({"order_id": range(1001), "customer_id": ["c1"] * 1000 + ["c2"]})
    orders.to_csv(tmp_path / "orders.csv", index=False)
    assert plan(tmp_path, ["c1"]).counts.rows_removed.sum() == 1000
    orders.assign(customer_id="c1").to_csv(tmp_path / "orders.csv", index=False)
    with pytest.raises(ArgumentError, match=r"1,001 rows would go.*--force"):
        plan(tmp_path, ["c1"])
    assert plan(tmp_path, ["c1"], force=True).counts.rows_removed.sum() == 1001


def test_the_command_tells_the_counts_and_no_id(folder, capsys):
    assert main(["forget", "c1", "c2", "--data", str(folder), "--yes", "--force"]) == 0
    shown = capsys.readouterr().out
    assert "9 rows removed in all" in shown
    assert "c1" not in shown
