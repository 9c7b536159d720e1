"""A forgotten person is in no file under any id; everybody else is there as before."""

import gzip

import pandas as pd
import pytest

import cxkit as cx
from cxkit.commands import main
from cxkit.dataset.forget import forget
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
    counts = forget(folder, ["c1"]).set_index("table")
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
        forget(folder, ["c1"])


def test_a_field_over_two_lines_survives_in_the_rows_of_others(folder):
    text = (folder / "tickets.csv").read_text()
    (folder / "tickets.csv").write_text(text + "t2,v1,2026-10-01T10:00:00Z,phone,open,2026-10-02T10:00:00Z,x\n")
    assert forget(folder, ["c1"]).set_index("table").rows_removed["tickets"] == 1
    assert (folder / "tickets.csv").read_text() == text


def test_a_stranger_changes_nothing(folder, capsys):
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    assert main(["forget", "c1", "c99", "--data", str(folder)]) == 2
    assert "`c99`" in capsys.readouterr().err
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


def test_the_command_tells_the_counts_and_no_id(folder, capsys):
    assert main(["forget", "c1", "c2", "--data", str(folder)]) == 0
    shown = capsys.readouterr().out
    assert "9 rows removed in all" in shown
    assert "c1" not in shown
