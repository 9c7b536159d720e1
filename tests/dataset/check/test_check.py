"""Each fault of a table: found, counted, located, said in one message; or left out, counted and listed."""

import gzip

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxkit.contract import tables
from cxkit.dataset.check.locate import shown
from cxkit.dataset.source import Source, open_data
from cxkit.errors import DataError

HEAD = "order_id,customer_id,ordered_at,status,net_amount,currency"
GOOD = [
    "1,a,2026-03-01T09:00:00Z,paid,10.00,EUR",
    "2,b,2026-03-02T09:00:00Z,paid,12.50,EUR",
    "3,a,2026-03-03T09:00:00Z,paid,7,EUR",
]


@pytest.fixture
def orders(tmp_path):
    """Write orders.csv and dataset.yml and open them; lines may be anything."""

    def write(*lines: str, head: str = HEAD, **stated: object) -> Source:
        (tmp_path / "orders.csv").write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
        return open_data(tmp_path, settings={"timezone": "Europe/Amsterdam", **stated})

    return write


def refusal(source: Source) -> str:
    with pytest.raises(DataError) as caught:
        source.check()
    return str(caught.value)


def test_good_rows_pass_and_all_are_used(orders):
    source = orders(*GOOD)
    source.check()
    assert source.quality[["table", "rows_read", "rows_used", "n_rejected"]].values.tolist() == [
        ["", 0, 0, 0],
        ["orders", 3, 3, 0],
    ]


FAULTS = {
    "type": (
        "4,c,2026-03-04T09:00:00Z,paid,12 euro,EUR",
        "orders: 1 of 4 rows has something in `net_amount` that is not an amount such as 12.50 (first: orders.csv, line 5: '12 euro').\n"
        "  Expected an amount such as 12.50; where it is not known the cell stays empty.",
    ),
    "list": (
        "4,c,2026-03-04T09:00:00Z,payed,12,EUR",
        "orders: 1 of 4 rows has a `status` that is not in its list (first: orders.csv, line 5: 'payed').\n"
        "  Found: 'payed' (1). Did you mean `paid`? Allowed: paid, shipped,",
    ),
    "null key": (
        ",c,2026-03-04T09:00:00Z,paid,12,EUR",
        "orders: 1 of 4 rows has no order_id (first: orders.csv, line 5).\n  The order's own number, as text. It may not be empty.",
    ),
    "null in a required column": (
        "4,c,,paid,12,EUR",
        "orders: 1 of 4 rows has no ordered_at (first: orders.csv, line 5).",
    ),
    "naive time": (
        "4,c,2026-03-04T09:00:00,paid,12,EUR",
        "orders: 1 of 4 rows has a time without time zone in `ordered_at` (first: orders.csv, line 5: '2026-03-04T09:00:00').\n"
        "  Write times with their offset, such as 2026-03-01T09:30:00+02:00, or name the zone that they were written in: "
        "`source_timezone: Europe/Amsterdam` in dataset.yml.",
    ),
    "day that is not": ("4,c,2026-02-30T09:00:00Z,paid,12,EUR", "that is not a time such as 2026-03-01T09:30:00+02:00 (first: orders.csv, line 5: '2026-02-30T09:00:00Z')"),
    "negative amount": ("4,c,2026-03-04T09:00:00Z,paid,-12,EUR", "orders: 1 of 4 rows has a `net_amount` below 0 (first: orders.csv, line 5: '-12').\n  Goods after discount"),
    "guest": (
        "4,,2026-03-04T09:00:00Z,paid,12,EUR",
        "orders: 1 of 4 rows has no customer_id (first: orders.csv, line 5).\n"
        "  A purchase without a customer cannot enter customer value. Guest orders: leave the cell empty and set `guests: keep` in dataset.yml;",
    ),
    "currency": ("4,c,2026-03-04T09:00:00Z,paid,12,Euro", "orders: 1 of 4 rows has a malformed `currency` (first: orders.csv, line 5: 'Euro')."),
}  # fmt: skip


@pytest.mark.parametrize(("line", "message"), FAULTS.values(), ids=list(FAULTS))
def test_a_fault_is_one_message_with_count_place_and_what_to_do(orders, line, message):
    source = orders(*GOOD, line)
    assert message in refusal(source)
    assert refusal(source).count(" of 4 rows ") == 1
    assert refusal(source).endswith("set `on_faults: reject` in dataset.yml: they are then counted and listed.")


@pytest.mark.parametrize(("line", "message"), FAULTS.values(), ids=list(FAULTS))
def test_the_same_fault_may_be_rejected_counted_and_listed(orders, line, message):
    source = orders(GOOD[0], line, *GOOD[1:], on_faults="reject")
    assert source.sql("select order_id from orders order by 1")["order_id"].tolist() == ["1", "2", "3"]
    assert source.rejects[["table", "file", "line"]].values.tolist() == [["orders", "orders.csv", 3]]
    told = source.quality.query("table == 'orders'")
    assert told[["rows_read", "rows_used", "n_rejected"]].values.tolist() == [[4, 3, 1]]
    assert told["reason"].tolist() == source.rejects["reason"].tolist()


def test_all_faults_of_all_tables_come_at_once(orders, tmp_path):
    (tmp_path / "customers.csv").write_text("customer_id,country\na,Holland\n")
    text = refusal(orders(*GOOD, *(line for line, _ in FAULTS.values())))
    assert text.count("orders: ") >= 9 and text.count("customers: 1 of 1 rows has a malformed `country`") == 1


def test_a_missing_column_is_named_with_the_nearest_and_those_that_are_there(orders):
    text = refusal(
        orders("1,a,2026-03-01T09:00:00Z,paid,10,EUR", head="OrderId,customer_id,ordered_at,status,net_amount,currency")
    )
    assert text == (
        "orders: column `order_id` is missing (orders.csv). Did you mean `OrderId`?\n"
        "  The order's own number, as text. The columns that are there: OrderId, customer_id, ordered_at, status, net_amount, currency."
    )


def test_columns_outside_the_contract_are_left_out_and_named_and_own_ones_kept(orders):
    source = orders("1,a,2026-03-01T09:00:00Z,paid,10,EUR,north,5", head=HEAD + ",x_shop,n_item")
    assert source.sql("select x_shop from orders")["x_shop"].tolist() == ["north"]
    assert "n_item" not in source.columns("orders")
    note = (
        "column `n_item` is not in the contract and was left out (as `x_n_item` it would stay). Did you mean `n_items`?"
    )
    assert note in source.quality["reason"].tolist()


def test_an_exact_copy_is_dropped_and_counted_whatever_was_said(orders):
    source = orders(*GOOD, GOOD[1])
    source.check()
    assert source.rejects.values.tolist() == [["orders", "orders.csv", 5, "order_id", "", "exact duplicate"]]
    assert source.sql("select count(*) as n from orders")["n"].tolist() == [3]


def test_rows_that_share_a_key_and_differ_stop_and_are_all_rejected_when_told_to(orders):
    lines = [
        *GOOD,
        "2,b,2026-03-02T09:00:00Z,paid,99,EUR",
        *(f"{n},c,2026-03-04T09:00:00Z,paid,1,EUR" for n in range(10, 14)),
    ]
    assert (
        "orders: 2 of 8 rows share their order_id with a row that says something else (first: orders.csv, line 3 and orders.csv, line 5)."
        in refusal(orders(*lines))
    )
    source = orders(*lines, on_faults="reject")
    assert source.rejects["line"].tolist() == [3, 5]
    assert source.sql("select count(*) as n from orders")["n"].tolist() == [6]


def test_a_copy_that_was_loaded_at_another_time_is_still_a_copy(orders):
    source = orders(GOOD[0] + ",2026-04-01T00:00:00Z", GOOD[0] + ",2026-04-02T00:00:00Z", head=HEAD + ",loaded_at")
    assert source.rejects["reason"].tolist() == ["exact duplicate"]


def test_keys_whose_last_part_is_empty_are_keys_too():
    frame = pd.DataFrame(
        {
            "date": ["2026-01-01"] * 3,
            "channel": "email",
            "cost_type": "media",
            "campaign_id": [None, None, "c"],
            "amount": [1, 2, 3],
            "currency": "EUR",
        }
    )
    assert "2 of 3 rows share their date + channel + cost_type + campaign_id" in refusal(open_data({"spend": frame}))


BROKEN = {
    "too few fields": (
        "4,c,2026-03-04T09:00:00Z",
        "a line cannot be read (first: orders.csv, line 4: it has fewer fields than the header)",
    ),
    "too many fields": (
        "4,c,2026-03-04T09:00:00Z,paid,12,EUR,,",
        "a line cannot be read (first: orders.csv, line 4: it has more fields than the header)",
    ),
}


@pytest.mark.parametrize(("line", "message"), BROKEN.values(), ids=list(BROKEN))
def test_a_broken_line_stops_or_is_rejected_with_its_number(orders, line, message):
    lines = [*GOOD[:2], line, GOOD[2], "5,c,2026-03-04T09:00:00Z,paid,-1,EUR"]
    assert message in refusal(orders(*lines))
    source = orders(*lines, on_faults="reject")
    assert source.rejects[["line", "reason"]].values.tolist() == [[4, "line cannot be read"], [6, "net_amount below 0"]]
    assert source.quality.query("table == 'orders'")[["rows_read", "rows_used"]].values.tolist() == [[5, 3]] * 2


def test_an_open_quotation_mark_stops_even_where_rows_may_be_rejected(orders):
    source = orders(
        *GOOD[:2],
        '4,"c,2026-03-04T09:00:00Z,paid,12,EUR',
        *GOOD[2:],
        *(f"{n},c,2026-03-04T09:00:00Z,paid,1,EUR" for n in range(10, 99)),
        on_faults="reject",
    )
    assert "orders.csv, line 4: a quotation mark is not closed" in refusal(source)


def test_lines_are_counted_through_fields_with_line_ends_and_blank_lines(orders):
    lines = [
        '1,a,2026-03-01T09:00:00Z,paid,10,EUR,"one\ntwo"',
        "",
        "2,a,2026-03-01T09:00:00Z,paid,10,EUR,",
        "3,a,2026-03-01T09:00:00Z,paid,x,EUR,",
    ]
    assert "(first: orders.csv, line 6: 'x')" in refusal(orders(*lines, head=HEAD + ",category"))


def test_the_first_place_is_right_deep_in_a_long_file(orders):
    lines = [f"{n},a,2026-03-01T09:00:00Z,paid,1,EUR" for n in range(200_000)]
    lines[150_123] = "150123,a,2026-03-01T09:00:00Z,lost,1,EUR"
    assert "(first: orders.csv, line 150,125: 'lost')" in refusal(orders(*lines))


def test_another_encoding_is_said_with_its_line(orders, tmp_path):
    source = orders(*GOOD)
    (tmp_path / "orders.csv").write_bytes(
        "\n".join([HEAD, *GOOD[:2], "4,é,2026-03-04T09:00:00Z,paid,12,EUR", ""]).encode("latin-1")
    )
    assert refusal(source) == "orders.csv, line 4: is not UTF-8 text. Save the file as CSV with encoding UTF-8."


def test_another_encoding_far_down_is_said_with_its_line(orders, tmp_path):
    lines = [f"{n},a,2026-03-01T09:00:00Z,paid,10,EUR" for n in range(50_000)]
    source = orders(*lines)
    lines[49_000] = "49000,é,2026-03-01T09:00:00Z,paid,10,EUR"
    (tmp_path / "orders.csv").write_bytes("\n".join([HEAD, *lines, ""]).encode("latin-1"))
    assert "orders.csv, line 49,002: is not UTF-8 text; save the file as CSV with encoding UTF-8" in refusal(source)


def test_mixed_line_ends_are_said(orders, tmp_path):
    source = orders(*GOOD)
    (tmp_path / "orders.csv").write_bytes(
        "\r\n".join([HEAD, *GOOD]).encode() + b"\n" + GOOD[0].replace("1", "9", 1).encode() + b"\n"
    )
    assert (
        refusal(source)
        == "orders.csv: cannot be read. Lines end in two different ways (CR LF and LF). Save it anew with one kind of line end."
    )


def test_a_column_that_is_wrong_throughout_stops_even_where_rows_may_be_rejected(orders):
    text = refusal(orders(*(line.replace("Z,", ",") for line in GOOD), on_faults="reject"))
    assert (
        "3 of 3 rows have a time without time zone" in text
        and "More than half of the rows are too many to leave out." in text
    )


def test_guests_are_kept_or_rejected_as_dataset_yml_says(orders):
    lines = [*GOOD, FAULTS["guest"][0]]
    assert orders(*lines, guests="keep").sql("select count(*) as n from orders")["n"].tolist() == [4]
    source = orders(*lines, guests="reject")
    assert source.sql("select count(*) as n from orders")["n"].tolist() == [3]
    assert source.quality.query("table == 'orders'")["reason"].tolist() == ["guest order (guests: reject)"]


def test_a_shop_that_knows_no_customers_at_all_has_no_fault(orders):
    orders("1,,2026-03-01T09:00:00Z,paid,10,EUR", "2,,2026-03-01T09:00:00Z,paid,10,EUR").check()


def test_two_currencies_are_never_added(orders):
    lines = [*GOOD, "4,c,2026-03-04T09:00:00Z,paid,12,USD"]
    assert "orders: amounts are in 2 currencies" in refusal(orders(*lines))
    assert "1 of 4 rows is not in EUR (first: orders.csv, line 5: 'USD')" in refusal(orders(*lines, currency="EUR"))


def test_unknown_values_may_become_other():
    frame = pd.DataFrame({"customer_id": ["a", "b", "c"], "acquisition_channel": ["email", "radio", None]})
    source = open_data({"customers": frame}, settings={"unknown_values": "other"})
    assert source.sql("select acquisition_channel as c from customers order by customer_id")["c"].tolist() == [
        "email",
        "other",
        None,
    ]


def test_order_in_time_is_judged_in_instants_not_on_the_local_clock():
    night = {"ticket_id": ["1"], "channel": ["chat"], "status": ["solved"], "observed_until": ["2026-11-01T00:00:00Z"]}
    times = {
        "created_at": ["2026-10-25T02:50:00+02:00"],
        "first_reply_at": ["2026-10-25T02:05:00+01:00"],
    }  # 15 minutes later
    open_data({"tickets": pd.DataFrame({**night, **times})}, settings={"timezone": "Europe/Amsterdam"}).check()


def test_a_broken_rule_between_columns_is_told_in_its_own_words():
    frame = pd.DataFrame({
        "ticket_id": ["1"], "channel": ["chat"], "status": ["solved"], "observed_until": ["2026-11-01T00:00:00Z"],
        "created_at": ["2026-10-25T12:00:00Z"], "first_reply_at": ["2026-10-24T12:00:00Z"],
    })  # fmt: skip
    text = refusal(open_data({"tickets": frame}))
    assert text.startswith(
        "tickets: 1 of 1 rows breaks the rule that a reply follows the contact (first: row 1).\n  The rule: first_reply_at >= created_at."
    )


def test_sums_that_do_not_agree_are_noted_and_stay():
    frame = pd.DataFrame(
        {
            "campaign_id": ["1"],
            "channel": ["email"],
            "sent_at": ["2026-01-01T00:00:00Z"],
            "n_sent": [10],
            "n_hard_bounce": [1],
            "n_delivered": [10],
        }
    )
    source = open_data({"campaigns": frame})
    source.check()
    (note,) = source.quality["reason"]
    assert note.startswith(
        "1 of 1 rows breaks the rule that delivered is sent less bounces (first: row 1; it stays). The rule: "
    )


@pytest.mark.parametrize(
    ("column", "good", "bad"),
    [
        ("n_items", ["1", "0", "12", "3.0", "+4"], ["1.5", "1e3", "1_000", "0x1F", "one", "NaN", " 1"]),
        ("discount_amount", ["1", "0.5", ".5", "12.3456", "1e2"], ['"1,50"', "€5", "nan", "inf", "1e30", "--1", "1 000"]),
        ("is_first_order", ["true", "False", "TRUE"], ["1", "yes", "t", "wahr"]),
        ("stay_start_date", ["2026-02-28"], ["2026-02-30", "28-02-2026", "2026-2-8", "2026-02-28T00:00:00Z"]),
        ("refunded_at", ["2026-03-09T09:30:00+02:00", "2026-03-09 09:30Z", "2026-03-09T09:30:00.123456+0530"], ["09:30", "2026-03-09T25:00:00Z", "infinity", "1741512600", "9 Mar 2026"]),
    ],
)  # fmt: skip
def test_what_counts_as_each_type(orders, column, good, bad):
    lines = [f"{n},a,2026-03-01T09:00:00Z,paid,10,EUR,{value}" for n, value in enumerate([*good, *bad])]
    source = orders(*lines, head=f"{HEAD},{column}")
    assert f"orders: {len(bad)} of {len(lines)} rows have something in `{column}` that is not" in refusal(source)
    orders(*lines[: len(good)], head=f"{HEAD},{column}").check()


def test_identifiers_held_as_floating_point_numbers_are_refused():
    frame = pd.DataFrame({"customer_id": ["a"], "account_id": [7001234567890123456.0]})
    assert "Identifiers and names are text: as floating-point numbers they lose digits" in refusal(
        open_data({"customers": frame})
    )
    open_data({"customers": frame.assign(account_id=np.nan)}).check()
    assert open_data({"customers": frame.assign(account_id=7001234567890123456)}).sql(
        "select account_id from customers"
    )["account_id"].tolist() == ["7001234567890123456"]


@pytest.mark.parametrize("kind", ["csv", "csv.gz", "parquet", "frame"])
def test_the_same_fault_is_found_in_every_format(tmp_path, kind):
    frame = pd.DataFrame([line.split(",") for line in [*GOOD, FAULTS["list"][0]]], columns=HEAD.split(","))
    if kind == "frame":
        assert "(first: row 4: 'payed')" in refusal(open_data({"orders": frame}))
        return
    if kind == "parquet":
        write_parquet(frame, tmp_path / "orders.parquet")
    else:
        with (gzip.open if kind == "csv.gz" else open)(tmp_path / f"orders.{kind}", "wt", encoding="utf-8") as file:
            file.write(frame.to_csv(index=False))
    assert f"(first: orders.{kind}, {'row 4' if kind == 'parquet' else 'line 5'}: 'payed')" in refusal(
        open_data(tmp_path)
    )


def write_parquet(frame: pd.DataFrame, path) -> None:
    from cxkit.engine.duckdb import Engine

    engine = Engine()
    engine.register("frame", frame)
    engine.row(f"copy frame to '{path}' (format parquet)")


def test_nothing_personal_stands_in_a_message(orders):
    assert [
        shown(value)
        for value in ("ann@example.com", "+31 (0)6 12 34 56 78", "7001234567890123456", "he said that it was late")
    ] == ["(not shown)"] * 4
    assert shown("a\nb") == r"'a\nb'" and shown("x" * 99) == "'" + "x" * 39 + "…'"
    lines = [f"{n},a,2026-03-01T09:00:00Z,Name {n},10,EUR" for n in range(30)]
    text = refusal(orders(*lines))
    assert "There are more than 20 different values: is it the right column?" in text and "Name" not in text


CELLS = st.sampled_from(
    ["1", "2", "", "paid", "nope", "2026-03-01T09:00:00Z", "2026-03-01", "-1", "EUR", "USD", '"', "a,b", "é"]
)


@given(st.lists(st.lists(CELLS, min_size=4, max_size=8), max_size=8), st.sampled_from(["stop", "reject"]))
@settings(deadline=None, max_examples=20)
def test_rows_in_are_rows_used_plus_rejected_or_the_data_are_refused(tmp_path_factory, rows, on_faults):
    folder = tmp_path_factory.mktemp("fuzz")
    (folder / "orders.csv").write_text(
        "\n".join([HEAD, *GOOD, *(",".join(row) for row in rows)]) + "\n", encoding="utf-8"
    )
    source = open_data(folder, settings={"on_faults": on_faults})
    try:
        source.check()
    except DataError:
        return
    told = source.quality.query("table == 'orders'")
    used = source.sql("select count(*) as n from orders")["n"][0]
    assert (told["rows_read"] - told["rows_used"] == len(source.rejects)).all() and told["n_rejected"].sum() == len(
        source.rejects
    )
    assert (told["rows_used"] == used).all()


def test_every_table_can_be_empty_and_every_column_null():
    for name, table in tables().items():
        frame = pd.DataFrame(columns=list(table.columns))
        source = open_data({name: frame})
        assert source.sql(f"select count(*) as n from {name}")["n"].tolist() == [0]


def test_a_persona_outside_the_list_of_dataset_yml_is_named_and_stays():
    people = pd.DataFrame(
        {
            "customer_id": ["a", "b", "c", "d"],
            "persona": ["planner", "regualr", None, "regular"],
            "job_to_be_done": ["x", "y", "z", "w"],
        }
    )
    source = open_data({"customers": people}, settings={"timezone": "UTC", "personas": ["planner", "regular"]})
    source.check()
    told = source.quality[source.quality.reason.str.contains("persona")].reason.tolist()
    assert len(told) == 1
    assert "1 of 4 rows has a `persona` that is not in the list `personas` of dataset.yml" in told[0]
    assert "regualr" in told[0]
    assert "Did you mean `regular`?" in told[0]
    assert "Allowed: planner, regular." in told[0]
    assert source.sql("select count(*) as n from customers").n[0] == 4
    assert not source.quality.reason.str.contains("job_to_be_done").any()  # no list, nothing to hold it against
