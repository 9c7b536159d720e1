"""Files and cells as people make them: what is decided by proof, what is asked, what is refused."""

import doctest
import pkgutil
from importlib import import_module

import pytest

import cxkit.importers
from conftest import balanced

MODULES = [
    f"cxkit.importers.{module.name}" for module in pkgutil.iter_modules(cxkit.importers.__path__) if not module.ispkg
]

ORDERS = """
sheets:
  orders: {when: [number, date, amount]}
tables:
  - table: orders
    columns:
      order_id: number
      ordered_at: date
      status: =paid
      net_amount: amount
      currency: =EUR
      n_items: pieces
"""


@pytest.mark.parametrize("name", [*MODULES, "cxkit.dataset.pseudonyms"])
def test_the_examples_hold(name, monkeypatch):
    monkeypatch.delenv("CXKIT_KEY", raising=False)
    assert doctest.testmod(import_module(name)).failed == 0


def orders(bring, text, *options, map=ORDERS):
    return bring("generic", {"map.yml": map, "orders.csv": text}, "--timezone", "UTC", *options)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_encoding_and_delimiter_are_found(bring, encoding, delimiter):
    text = 'Number;DATE ;amount;pieces\nGröße–1;2026-03-01;"1.234,50";2\n'.replace(";", delimiter)
    brought = orders(bring, text.encode(encoding))
    order = brought.table("orders").iloc[0]
    assert (order["order_id"], order["net_amount"], order["n_items"]) == ("Größe–1", "1234.50", "2")
    assert ("cp1252" in brought.said) == (encoding == "cp1252")


def test_another_script_is_not_guessed(bring):
    text = "number,date,amount\n" + "".join(f"Заказ покупателя номер {n} из Москвы,2026-03-01,5.5\n" for n in range(30))
    brought = orders(bring, text.encode("cp1251"))
    assert brought.code == 2 and "--encoding" in brought.said
    assert (
        orders(bring, text.encode("cp1251"), "--encoding", "cp1251").table("orders")["order_id"][0].startswith("Заказ")
    )


def test_preamble_blank_lines_and_broken_rows_are_counted(bring):
    text = "# made by a tool\nFrom March\n\nnumber,date,amount,pieces\n1,2026-03-01,5,1\n\n2,2026-03-02,6\n3,2026-03-03,7,1,\n"
    brought = orders(bring, text)
    account = brought.accounts[0]
    assert account["left_out"] == {"line above the headings": 2, "blank line": 2}
    assert list(brought.table("orders")["order_id"]) == ["1", "3"]
    assert brought.rejects.iloc[0].to_dict() | {"value": ""} == {
        "table": "orders", "file": "orders.csv", "line": "7", "column": "", "value": "", "reason": "the row has 3 fields, the headings have 4",
    }  # fmt: skip
    assert account["rows_read"] == 7 and balanced(account)


def test_a_file_cut_off_in_a_quote_is_refused(bring):
    brought = orders(bring, 'number,date,amount\n1,2026-03-01,5\n2,"2026-03')
    assert brought.code == 2 and "line 3" in brought.said and "cut off" in brought.said
    assert not brought.out.exists()


def test_a_file_cut_off_in_a_row_loses_that_row_and_says_so(bring):
    brought = orders(bring, "number,date,amount\n1,2026-03-01,5\n2,2026-")
    assert brought.code == 0 and sum(brought.accounts[0]["rejected"].values()) == 1


def test_swapped_columns_are_refused(bring):
    brought = orders(bring, "number,amount,date\n1,2026-03-01,5.5\n2,2026-03-02,6.5\n")
    assert brought.code == 2 and "swapped" in brought.said and "date = 5.5" in brought.said


def test_an_address_in_an_id_column_is_refused_and_not_shown(bring):
    brought = orders(bring, "date,number,amount\n2026-03-01,ann@example.org,5\n")
    assert brought.code == 2 and "hash: email" in brought.said and "ann@" not in brought.said


def test_missing_headings_are_named(bring):
    brought = orders(bring, "number,day,amount\n1,2026-03-01,5\n")
    assert brought.code == 2 and "no column date" in brought.said and "number, day, amount" in brought.said


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["1,234.50", "7"], ["1234.50", "7"]),
        (["1.234,50", "7"], ["1234.50", "7"]),
        (["1'234.50", "12,5"], None),
        (["1.234", "0,5"], ["1234", "0.5"]),
        (["1,234,567"], ["1234567"]),
        (["1 234,5", "€ 12,00"], ["1234.5", "12.00"]),
        (["US$ 0,00", "US$ 1.200,00"], ["0.00", "1200.00"]),
        (["(12.00)x"], None),
        (["1.234"], None),
        (["12.34.5"], None),
    ],
)
def test_decimal_sign(bring, cells, expected):
    rows = "".join(f'{number},2026-03-01,"{cell}"\n' for number, cell in enumerate(cells))
    brought = orders(bring, "number,date,amount\n" + rows)
    if expected is None:
        assert brought.code == 2
    else:
        assert list(brought.table("orders")["net_amount"]) == expected


def test_an_ambiguous_number_is_asked_for_and_the_answer_counts(bring):
    text = 'number,date,amount\n1,2026-03-01,"1.234"\n'
    brought = orders(bring, text)
    assert brought.code == 2 and "--decimal" in brought.said and "1.234" in brought.said
    assert orders(bring, text, "--decimal", ",").table("orders")["net_amount"][0] == "1234"
    assert orders(bring, text, "--decimal", ".").table("orders")["net_amount"][0] == "1.234"


def test_whole_numbers_prove_their_thousands(bring):
    text = 'number,date,amount,pieces\n1,2026-03-01,5,"1.234"\n2,2026-03-01,5,"2,5"\n'
    assert list(orders(bring, text.replace('"2,5"', "7")).table("orders")["n_items"]) == ["1234", "7"]
    rejected = orders(bring, text)
    assert list(rejected.rejects["reason"]) == ["is not a whole number"]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["03/04/2026", "17/04/2026"], ["2026-04-03", "2026-04-17"]),
        (["03/04/2026", "03/17/2026"], ["2026-03-04", "2026-03-17"]),
        (["17/04/2026", "04/17/2026"], None),
        (["03/04/2026"], None),
        (["3 April 2026", "Apr 5th, 2026", "Mon, 06 Apr 2026"], ["2026-04-03", "2026-04-05", "2026-04-06"]),
        (["2026-04-03T23:30:00-02:00", "20260405"], ["2026-04-04", "2026-04-05"]),
    ],
)
def test_order_of_day_and_month(bring, cells, expected):
    rows = "".join(f'{number},"{cell}",5\n' for number, cell in enumerate(cells))
    brought = orders(bring, "number,date,amount\n" + rows)
    if expected is None:
        assert brought.code == 2 and "--day-first" in brought.said
    else:
        assert [cell[:10] for cell in brought.table("orders")["ordered_at"]] == expected


def test_a_stated_order_rejects_what_contradicts_it(bring):
    brought = orders(bring, "number,date,amount\n1,17/04/2026,5\n2,04/17/2026,5\n", "--day-first")
    assert list(brought.rejects["reason"]) == ["is not a time"] and len(brought.table("orders")) == 1


def test_clock_changes_are_told_or_rejected(bring):
    text = "number,date,amount\n1,2026-10-25 02:30,5\n2,2026-03-29 02:30,5\n3,2026-03-29 03:30,5\n"
    brought = orders(bring, text, "--timezone", "Europe/Berlin")
    assert list(brought.table("orders")["ordered_at"]) == ["2026-10-25T00:30:00+00:00", "2026-03-29T01:30:00+00:00"]
    assert "the hour that Europe/Berlin has twice" in brought.said
    assert "clocks went forward" in brought.rejects["reason"][0]


def test_seconds_after_need_their_start(bring):
    map = ORDERS.replace("n_items: pieces", "refunded_at: {from: pieces, times: 60, after: ordered_at}")
    text = "number,date,amount,pieces\n1,2026-03-01T10:00:00Z,5,90\n"
    assert orders(bring, text, map=map).table("orders")["refunded_at"][0] == "2026-03-01T11:30:00+00:00"
    assert "needs that column" in orders(bring, text, map=map.replace("after: ordered_at", "after: x_shipped")).said


def test_naive_times_need_a_zone(bring):
    brought = bring("generic", {"map.yml": ORDERS, "orders.csv": "number,date,amount\n1,2026-03-01 10:00,5\n"})
    assert brought.code == 2 and "--timezone" in brought.said


def test_values_outside_the_list_stop_the_import_and_are_listed(bring):
    text = "number,date,amount,state\n1,2026-03-01,5,Paid\n2,2026-03-01,5,mystery\n"
    brought = orders(bring, text, map=ORDERS.replace("=paid", "state"))
    assert brought.code == 2 and "`mystery`" in brought.said and "partially_refunded" in brought.said
    rejecting = orders(bring, text, map=ORDERS.replace("=paid", "{from: state, otherwise: (reject)}"))
    assert list(rejecting.table("orders")["status"]) == ["paid"] and len(rejecting.rejects) == 1


def test_rejected_values_are_shown_by_their_shape(bring):
    brought = orders(bring, "number,date,amount\n1,2026-03-01,Ann Lee +44 20 7946 0018\n2,2026-03-01,5.5\n")
    assert brought.rejects["value"][0] == "Aaa Aaa +99 99 9999 9999"


def test_two_columns_of_one_name(bring):
    brought = orders(bring, "number,date,amount,amount\n1,2026-03-01,5.5,7.5\n")
    assert (
        brought.table("orders")["net_amount"][0] == "5.5" and "amount (2)" in brought.said
    ) or "not mapped: amount" in brought.said


def test_a_text_that_is_no_file(bring, tmp_path):
    for content in (
        b"PK\x03\x04junk",
        b"\x89PNG\r\n\x1a\n\x00\x00\x00" * 20,
        b"",
        b"\x00\x00\x00\x00",
        b"\x1f\x8bjunk",
    ):
        assert orders(bring, content).code == 2
