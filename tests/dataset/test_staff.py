"""Staff and test customers are in no table, no view and no figure, whichever id names them, and are counted.

A part of the sample is opened twice: as it is, and with a staff and a test customer who do, in every table, what all others do.
"""

import shutil
from pathlib import Path

import duckdb
import pandas as pd
import pytest

import cxkit as cx
from cxkit.contract import tables
from cxkit.dataset.naming import shipped_views
from cxkit.dataset.source import Source
from cxkit.metric import catalogue

REASON = "staff or test customer (customer_type)"
OF_NOBODY = {"campaigns", "social_posts", "social_daily", "spend", "series"}
PART = 8  # one person in so many
KEYS = {
    "event_id", "message_event_id", "order_id", "ticket_id", "response_id", "invite_id", "subscription_id", "mention_id"
}  # fmt: skip
CUSTOMER_COLUMNS = ("customer_id", "referrer_customer_id")
KINDS = {
    "visitor_id": "web_visitor", "recipient_id": "mailing_contact", "requester_id": "ticket_requester",
    "respondent_id": "survey_contact", "author_id": "social_handle_hash", "invitee_id": "email_hash",
    "participant_id": "survey_contact",
}  # fmt: skip


@pytest.fixture(scope="module")
def folders(root, tmp_path_factory) -> tuple[Path, Path]:
    """A part of the sample, and the same with the rows of the two."""
    ordinary, with_staff = tmp_path_factory.mktemp("ordinary"), tmp_path_factory.mktemp("with_staff")
    with duckdb.connect() as db:
        for file in (root / "data" / "sample").iterdir():
            if file.suffix == ".yml":
                shutil.copy(file, ordinary)
                shutil.copy(file, with_staff)
                continue
            name = file.stem
            scan = f"read_csv('{file}', all_varchar = true)" if file.suffix == ".csv" else f"'{file}'"
            columns = [column for column, *_ in db.sql(f"describe from {scan}").fetchall()]
            persons = [column for column in columns if column in (*CUSTOMER_COLUMNS, *KINDS, "id_value")]
            assert bool(persons) is (name not in OF_NOBODY), f"{name}: which columns say whose row it is?"
            some = f"where hash(coalesce({', '.join(persons)}, 'nobody')) % {PART} = 0" if persons else ""
            db.sql(f"create table {name} as select *, false as is_copy from {scan} {some}")
            if persons:
                db.sql(f"insert into {name} {_copies(name, columns, persons)}")
        _name(db)
        for name in tables():
            ending = (
                "(format csv, header)" if (root / "data" / "sample" / f"{name}.csv").exists() else "(format parquet)"
            )
            file = f"{name}.csv" if "csv" in ending else f"{name}.parquet"
            rows = f"select * exclude (is_copy) from {name}"
            db.sql(f"copy ({rows} where not is_copy) to '{ordinary / file}' {ending}")
            db.sql(f"copy ({rows}) to '{with_staff / file}' {ending}")
    return ordinary, with_staff


def _copies(name: str, columns: list[str], persons: list[str]) -> str:
    """SQL for the same rows once more, of the two: under their customer_id where a row has one, under ids of theirs, with keys of its own."""
    whose = "case when rowid % 2 = 0 then 'staff' else 'test' end"
    if name in ("customers", "identities"):
        return f"select * from {name} where false"  # `_name` says who they are
    values = {
        column: f"case when {column} is not null then {whose} end" for column in persons if column in CUSTOMER_COLUMNS
    }
    values |= {column: f"'of ' || {whose} || ' ' || {column}" for column in persons if column in KINDS}
    values |= {column: f"'copy of ' || {column}" for column in columns if column in KEYS & set(tables()[name].key)}
    replaced = ", ".join(f"{value} as {column}" for column, value in values.items())
    return (
        f"select * replace ({replaced}, true as is_copy) from {name} where coalesce({', '.join(persons)}) is not null"
    )


def _name(db: duckdb.DuckDBPyConnection) -> None:
    """Say who the two are: in `customers`, and in `identities` by every id of theirs."""
    db.sql(
        "insert into customers by name select 'staff' as customer_id, 'staff' as customer_type, true as is_copy "
        "union all select 'test', 'test', true"
    )
    for name in tables():
        for column in set(KINDS) & {column for column, *_ in db.sql(f"describe {name}").fetchall()}:
            db.sql(
                f"insert into identities by name select distinct '{KINDS[column]}' as id_type, {column} as id_value, "
                f"split_part({column}, ' ', 2) as customer_id, 'login' as method, true as is_copy "
                f"from {name} where {column} like 'of %' and {column} not in (select id_value from identities)"
            )


@pytest.fixture(scope="module")
def ordinary(folders) -> Source:
    return cx.open_data(folders[0])


@pytest.fixture(scope="module")
def with_staff(folders) -> Source:
    return cx.open_data(folders[1])


def all_rows(source: Source, name: str) -> list[str]:
    """How many rows there are, and a sum that changes with any value in them."""
    return source.sql(
        f"select count(*)::varchar || ' rows, ' || sum(hash(r))::varchar as said from {name} as r"
    ).said.tolist()


@pytest.mark.parametrize("name", [*tables(), *shipped_views()])
def test_no_table_and_no_view_knows_their_rows(ordinary, with_staff, name):
    assert all_rows(with_staff, name) == all_rows(ordinary, name)


def test_no_figure_knows_them(ordinary, with_staff):
    metrics, october = list(catalogue().values()), cx.Period.parse("2026-10")
    figures = cx.measure(with_staff, metrics, october)
    assert set(figures.metric_id) == set(catalogue())
    pd.testing.assert_frame_equal(figures, cx.measure(ordinary, metrics, october))


def test_they_are_counted_table_by_table(ordinary, with_staff):
    counts = with_staff.quality.query("reason == @REASON").set_index("table").n_rejected
    before = ordinary.quality.query("reason == @REASON").set_index("table").n_rejected
    added = {
        name: with_staff.supplied[name].checked.rows_read - ordinary.supplied[name].checked.rows_read
        for name in tables()
    }
    assert {name for name, n in added.items() if n} == set(tables()) - OF_NOBODY
    assert counts.sub(before, fill_value=0).astype(int).to_dict() == {name: n for name, n in added.items() if n}
