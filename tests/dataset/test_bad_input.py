"""Bad input of every kind, command by command: exit code 2 or 0, one clear message, no traceback, and nothing written where it failed."""

import gzip
import json
import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

import cxkit as cx
from cxkit.areas.value import orders as metrics
from cxkit.commands import main

HEAD = "order_id,customer_id,ordered_at,status,net_amount,currency\n"
ROW = "o{0},c{1},2026-{2:02d}-{3:02d}T10:00:00Z,paid,{4},EUR\n"
ROWS = [ROW.format(i, i % 40, 1 + i % 2, 1 + i % 28, 10 + i % 7) for i in range(120)]
YML = "timezone: Europe/Warsaw\ncurrency: EUR\n"


def orders(rows: list[str] = ROWS, head: str = HEAD, yml: str = YML) -> Callable[[Path], None]:
    """Make a folder with orders.csv and dataset.yml."""

    def make(folder: Path) -> None:
        folder.mkdir()
        (folder / "orders.csv").write_text(head + "".join(rows), encoding="utf-8")
        (folder / "dataset.yml").write_text(yml, encoding="utf-8")

    return make


def files(**content: bytes | str) -> Callable[[Path], None]:
    """Make a folder with files of these names (`_` before the ending)."""

    def make(folder: Path) -> None:
        folder.mkdir()
        for name, inside in content.items():
            stem, _, ending = name.rpartition("_")
            path = folder / f"{stem}.{ending}"
            path.write_bytes(inside.encode() if isinstance(inside, str) else inside)

    return make


def changed(at: int, old: str, new: str) -> list[str]:
    """The rows with one of them changed."""
    assert old in ROWS[at]
    return [*ROWS[:at], ROWS[at].replace(old, new), *ROWS[at + 1 :]]


def nothing(folder: Path) -> None:
    """Make no folder at all."""


# What it is: how it is made, the exit code of `check`, and what it says.
CASES: dict[str, tuple[Callable[[Path], None], int, str]] = {
    "no folder": (nothing, 2, "no"),
    "a file": (lambda folder: folder.write_text("x"), 2, "folder"),
    "an empty folder": (lambda folder: folder.mkdir(), 2, "no table"),
    "a folder of other things": (files(notes_txt="hello"), 2, "no table"),
    "a Parquet file that is none": (files(orders_parquet=b"PAR1 nothing PAR1"), 2, "cannot be read"),
    "an empty Parquet file": (files(orders_parquet=b""), 2, "orders.parquet"),
    "bytes instead of text": (files(orders_csv=bytes(range(256)) * 20), 2, "orders"),
    "a zipped file under a CSV's name": (files(orders_csv=gzip.compress(HEAD.encode() * 50)), 2, "orders"),
    "UTF-16": (files(orders_csv=(HEAD + "".join(ROWS)).encode("utf-16")), 2, "orders"),
    "an empty file": (files(orders_csv=""), 2, "orders.csv"),
    "blank lines only": (files(orders_csv="\n\n\n"), 2, "orders"),
    "headings without rows": (orders([]), 0, "orders"),
    "one row": (orders(ROWS[:1]), 0, "every table can be used"),
    "a heading twice": (orders(head=HEAD.replace("status", "currency")), 2, "currency"),
    "a column missing": (orders([",".join(r.split(",")[:5]) + "\n" for r in ROWS], HEAD.replace(",currency", "")), 2, "currency"),
    "a broken line in the middle": (orders(changed(60, ",paid", ",paid,paid,paid")), 2, "orders.csv, line 62"),
    "a quotation mark that stays open": (orders(changed(60, "paid", '"paid')), 2, "orders.csv, line 62"),
    "a line with fewer fields": (orders(changed(60, ",paid,", ",")), 2, "orders.csv, line 62"),
    "an all-empty needed column": (orders([",".join(["", *r.split(",")[1:]]) for r in ROWS]), 2, "order_id"),
    "a key twice": (orders([*ROWS, ROWS[3].replace("paid", "completed")]), 2, "share their order_id"),
    "a row twice": (orders([*ROWS, ROWS[3]]), 0, "exact duplicate"),
    "two currencies": (orders(changed(5, "EUR", "USD")), 2, "USD"),
    "two currencies, none stated": (orders(changed(5, "EUR", "USD"), yml="timezone: UTC\n"), 2, "2 currencies"),
    "no currency of this form": (orders(changed(5, "EUR", "euro")), 2, "currency"),
    "an unknown time zone": (orders(yml="timezone: Europe/Atlantis\n"), 2, "Europe/Atlantis"),
    "a time zone that is a list": (orders(yml="timezone: [a]\n"), 2, "timezone"),
    "settings that are no YAML": (orders(yml="timezone: [\n"), 2, "dataset.yml"),
    "settings that are a list": (orders(yml="- a\n- b\n"), 2, "dataset.yml"),
    "an unknown setting": (orders(yml=YML + "curency: EUR\n"), 2, "Did you mean"),
    "times without a zone": (orders([r.replace("Z,", ",") for r in ROWS]), 2, "time without time zone"),
    "a day that never was": (orders(changed(5, ROWS[5][8:18], "2026-02-30")), 2, "ordered_at"),
    "a name that holds a script": (orders(changed(5, "paid", "<script>alert(1)</script>")), 2, "status"),
    "zero amounts": (orders([",".join([*r.split(",")[:4], "0", "EUR\n"]) for r in ROWS]), 0, "every table can be used"),
    "text as an amount": (orders(changed(5, r",1", ",x1")), 2, "net_amount"),
}  # fmt: skip


def run(arguments, capsys) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a command in this process."""
    code = main([str(argument) for argument in arguments])
    said = capsys.readouterr()
    assert "Traceback" not in said.out + said.err
    assert not os.environ.get("CXKIT_DATA")
    return code, said.out, said.err


@pytest.mark.parametrize("case", CASES)
def test_check(case, tmp_path, capsys):
    make, expected, says = CASES[case]
    make(tmp_path / "shop")
    before = sorted(path.name for path in tmp_path.rglob("*"))
    code, out, err = run(["check", "--data", tmp_path / "shop"], capsys)
    assert (code, says in " ".join((out + err).split())) == (expected, True), out + err
    assert sorted(path.name for path in tmp_path.rglob("*")) == before
    assert str(tmp_path) not in " ".join((out + err).split()) or case in (
        "no folder",
        "a file",
        "an empty folder",
        "a folder of other things",
    )


@pytest.mark.slow
@pytest.mark.parametrize("case", [case for case, (_, code, _) in CASES.items() if code == 2])
def test_report_stops_before_it_writes(case, tmp_path, capsys, root):
    make, _, says = CASES[case]
    make(tmp_path / "shop")
    before = sorted(path.name for path in tmp_path.rglob("*"))
    arguments = ["--data", tmp_path / "shop", "--period", "2026-02", "--only", "engagement", "--out", tmp_path / "out", "--notebooks", root / "notebooks"]  # fmt: skip
    code, out, err = run(["report", *arguments], capsys)
    assert (code, out) == (2, "")
    assert err.startswith("cxkit report: ")
    assert says in " ".join(err.split()), err
    assert sorted(path.name for path in tmp_path.rglob("*")) == before


SHOP = "Name,Email,Financial Status,Paid at,Currency,Subtotal,Shipping,Taxes,Total,Created at,Lineitem quantity,Id,Refunded Amount\n"
IMPORTS: dict[str, tuple[bytes | None, str]] = {
    "no file": (None, "bad.csv"),
    "an empty file": (b"", "bad.csv"),
    "headings of something else": (b"a,b\n1,2\n", "bad.csv"),
    "bytes": (bytes(range(256)) * 20, "bad.csv"),
    "a script": (b"<script>alert(1)</script>\n", "bad.csv"),
    "an open quotation mark": (SHOP.encode() + b'"#1,x\n', "bad.csv"),
    "nothing but headings": (SHOP.encode(), ""),
}


@pytest.mark.parametrize("case", IMPORTS)
@pytest.mark.parametrize("vendor", ["shopify", "zendesk", "ga4", "generic"])
def test_import(case, vendor, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("CXKIT_KEY", "0123456789abcdef0123")
    content, says = IMPORTS[case]
    if content is not None:
        (tmp_path / "bad.csv").write_bytes(content)
    out = tmp_path / "ours"
    code, told, err = run(["import", vendor, tmp_path / "bad.csv", "--out", out], capsys)
    assert code in (0, 2)
    if code == 2:
        assert err.startswith("cxkit import: ")
        assert vendor == "generic" or says in err
        assert not out.exists()
    else:
        assert told


@pytest.mark.parametrize("arguments", [
    ["import", "shopfy", "x.csv", "--out", "o"],
    ["import", "shopify", "--out", "o"],
    ["import", "shopify", "x.csv"],
    ["import", "generic", "x.csv", "--out", "o", "--map", "missing.yml"],
    ["import", "shopify", "x.csv", "--out", "o", "--timezone", "Europe/Atlantis"],
    ["check", "--data", ""],
    ["report", "--data", "x", "--period", "2026-13"],
    ["report", "--data", "x", "--period", "2026-01", "--locale", "klingon"],
    ["forget", "c1", "--data", "nowhere"],
    ["verify", "nowhere"],
    ["diff", "nowhere", "nowhere"],
])  # fmt: skip
def test_wrong_arguments(arguments, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CXKIT_KEY", "0123456789abcdef0123")
    code, out, err = run(arguments, capsys)
    assert (code, out) == (2, "")
    assert err.startswith(f"cxkit {arguments[0]}: ")
    assert list(tmp_path.iterdir()) == []


def test_no_denominator_gives_no_number(tmp_path):
    orders(ROWS[:1], yml=YML + "tables:\n  orders: {from: 2026-01-01, to: 2026-02-28}\n")(tmp_path / "shop")
    source = cx.open_data(tmp_path / "shop")
    frame = cx.measure(
        source, [metrics.AVERAGE_ORDER_VALUE, metrics.RETURNING_CUSTOMER_RATE], cx.Period.parse("2026-02")
    )
    assert frame["value"].isna().all()
    assert frame["flags"].str.contains("empty_denominator").all()


PIECES = [",", ";", '"', "\n", "\r\n", "\t", "-1", "1,5", "2026-02-31", "\u00e9", "\x00", "\ufeff", "1e400", "NaN", "#", ": ", "- ", "{", "&a", "!!python/name:os", "'"]  # fmt: skip


def mutated(text: str, chance: random.Random) -> str:
    """The text with one to three things put in, cut out, doubled or swapped."""
    for _ in range(chance.randint(1, 3)):
        at, lines = chance.randrange(len(text) + 1), text.splitlines(keepends=True)
        what = chance.choice(["insert", "delete", "cut", "double", "swap"])
        if what == "insert":
            text = text[:at] + chance.choice(PIECES) + text[at:]
        elif what == "delete":
            text = text[:at] + text[at + chance.randint(1, 30) :]
        elif what == "cut":
            text = text[:at]
        elif lines:
            first, second = chance.randrange(len(lines)), chance.randrange(len(lines))
            lines[first], lines[second] = (
                (lines[first] * 2, lines[second]) if what == "double" else (lines[second], lines[first])
            )
            text = "".join(lines)
    return text


@pytest.mark.slow
@pytest.mark.parametrize("name", ["orders.csv", "dataset.yml"])
def test_mutated_files_are_counted_or_refused(name, tmp_path, capsys):
    chance = random.Random(7)
    yml = YML + "on_faults: reject\nk: 10\nguests: keep\ntables:\n  orders: {from: 2026-01-01, to: 2026-02-28}\n"
    orders(yml=yml)(tmp_path / "shop")
    path, codes = tmp_path / "shop" / name, []
    whole = path.read_text()
    for number in range(100):
        path.write_bytes(mutated(whole, chance).encode())
        code, out, err = run(["check", "--data", tmp_path / "shop", "--json"], capsys)
        codes.append(code)
        assert code in (0, 2), number
        if not out:
            assert err.startswith("cxkit check: "), number
            continue
        for table in json.loads(out)["tables"]:
            if not table["faults"]:
                assert table["rows_read"] == table["rows_used"] + sum(one["rows"] for one in table["rejects"]), number
    assert {0, 2} == set(codes)
