"""People who may not be analysed are in no table, under none of their ids, and are counted."""

import pandas as pd
import pytest

import cxkit as cx
from cxkit.errors import DataError

PEOPLE = pd.DataFrame(
    {"customer_id": ["yes", "no", "gone", "unasked"], "consent_analytics": [True, False, True, None],
     "erased_at": [None, None, "2026-09-01T00:00:00Z", None]}
)  # fmt: skip
IDS = pd.DataFrame(
    {
        "id_type": "web_visitor",
        "id_value": ["v-yes", "v-no", "v-gone"],
        "customer_id": ["yes", "no", "gone"],
        "method": "login",
    }
)
EVENTS = pd.DataFrame(
    {"event_id": list("abcdef"), "event_at": "2026-10-01T10:00:00Z", "event_name": "page_view", "surface": "web",
     "visitor_id": ["v-yes", "v-no", "v-gone", "v-new", None, "yes"], "customer_id": ["yes", None, None, "no", "unasked", None]}
)  # fmt: skip
CASES = {"customers": PEOPLE, "identities": IDS, "events": EVENTS}


def test_refusals_and_erasures_leave_every_table_and_are_counted():
    source = cx.open_data(CASES)
    assert source.sql("select event_id from events order by 1").event_id.tolist() == ["a", "e", "f"]
    assert source.sql("select customer_id from customers order by 1").customer_id.tolist() == ["unasked", "yes"]
    assert source.sql("select id_value from identities").id_value.tolist() == ["v-yes"]
    counts = source.quality.set_index(["table", "reason"]).n_rejected
    assert counts["events", "no consent to analysis (consent_analytics: false)"] == 2
    assert counts["events", "erased (erased_at)"] == 1
    rows = source.quality.drop_duplicates("table").set_index("table")
    assert (rows.rows_read - rows.rows_used).to_dict() == {"customers": 2, "identities": 2, "events": 3}
    assert source.rejects.empty


def test_a_customers_id_is_not_a_visitors():
    """`yes` is a customer id; a visitor who happens to have the id `no` is nobody known."""
    events = EVENTS.assign(visitor_id=["no"] * 6, customer_id=None)
    assert len(cx.open_data({**CASES, "events": events}).sql("select * from events")) == 6


def test_the_order_in_which_tables_are_asked_for_does_not_matter():
    for first in CASES:
        source = cx.open_data(CASES)
        source.sql(f"select * from {first}")
        assert [len(source.sql(f"select * from {name}")) for name in CASES] == [2, 1, 3]


def test_nobody_refused_nothing_removed():
    source = cx.open_data({**CASES, "customers": PEOPLE.assign(consent_analytics=True, erased_at=None)})
    assert [len(source.sql(f"select * from {name}")) for name in CASES] == [4, 3, 6]


def test_files_are_treated_as_frames_are(tmp_path):
    for name, frame in CASES.items():
        frame.to_csv(tmp_path / f"{name}.csv", index=False)
    source = cx.open_data(tmp_path)
    assert [len(source.sql(f"select * from {name}")) for name in CASES] == [2, 1, 3]


def test_where_consent_cannot_be_read_nothing_is_analysed():
    source = cx.open_data({**CASES, "customers": PEOPLE.assign(consent_analytics=["true", "false", "perhaps", None])})
    with pytest.raises(DataError, match="consent_analytics"):
        source.sql("select * from events")


@pytest.mark.parametrize("broken", ["customers", "identities"])
def test_while_a_table_of_people_cannot_be_read_every_query_stops(tmp_path, broken):
    for name, frame in CASES.items():
        frame.to_csv(tmp_path / f"{name}.csv", index=False)
    (tmp_path / f"{broken}.csv").write_text("")
    source = cx.open_data(tmp_path)
    for _ in range(2):
        with pytest.raises(DataError) as told:
            source.sql("select event_id from events")
        assert str(told.value).count(f"{broken}.csv: is empty") == 1
