"""The command, the data folder it fills, and the key it needs."""

import pytest
import yaml
from test_vendors import SHOPIFY

from conftest import run_command
from cxkit.dataset.pseudonyms import hash_id, read_key
from cxkit.errors import ArgumentError


def test_importing_twice_adds_nothing(bring):
    bring("shopify", {"orders.csv": SHOPIFY})
    first = {
        path.name: path.read_bytes()
        for path in bring("shopify", {"orders.csv": SHOPIFY}).out.rglob("*")
        if path.is_file()
    }
    brought = bring("shopify", {"orders.csv": SHOPIFY})
    assert "orders: 0 added, 0 changed, 3 unchanged; 3 rows in all" in brought.said
    assert {path.name: path.read_bytes() for path in brought.out.rglob("*") if path.is_file()} == first


def test_a_newer_export_changes_rows_and_keeps_what_another_import_gave(bring):
    brought = bring("shopify", {"orders.csv": SHOPIFY})
    orders = brought.table("orders").assign(margin_amount=["1", "2", "3"])
    orders.to_csv(brought.out / "orders.csv", index=False)
    newer = SHOPIFY.replace(",paid,100.00", ",refunded,100.00").replace(",0.00,0.00,EUR", ",0.00,100.00,EUR", 1)
    again = bring("shopify", {"orders.csv": newer})
    assert "orders: 0 added, 1 changed, 2 unchanged" in again.said
    assert again.table("orders")["status"][0] == "refunded" and list(again.table("orders")["margin_amount"]) == [
        "1",
        "2",
        "3",
    ]


def test_dataset_yml_is_extended_and_what_a_person_wrote_stays(bring):
    brought = bring("shopify", {"orders.csv": SHOPIFY})
    path = brought.out / "dataset.yml"
    assert yaml.safe_load(path.read_text())["currency"] == "EUR"
    path.write_text(
        "# ours\ntimezone: Asia/Tokyo   # the shop\ntables:\n  events: {from: 2025-01-01, to: 2025-02-01}\nk: 20\n"
    )
    later = SHOPIFY.replace("2026-01-07 10:00:00 +0100", "2026-02-28 23:00:00 +0100")
    bring("shopify", {"orders.csv": later})
    text = path.read_text()
    settings = yaml.safe_load(text)
    assert text.startswith("# ours\ntimezone: Asia/Tokyo   # the shop\n") and settings["k"] == 20
    assert str(settings["tables"]["orders"]["to"]) == "2026-03-01"  # in Tokyo it is the next day
    assert str(settings["tables"]["events"]["from"]) == "2025-01-01"


def test_the_data_set_opens(bring):
    from cxkit import open_data

    brought = bring("shopify", {"orders.csv": SHOPIFY})
    (brought.out / "dataset.yml").write_text((brought.out / "dataset.yml").read_text() + "guests: keep\n")
    source = open_data(brought.out)
    assert source.sql("select count(*) as n, sum(net_amount) as net from orders").iloc[0].to_dict() == {
        "n": 3,
        "net": 250,
    }


def test_a_dry_run_writes_nothing(bring):
    brought = bring("shopify", {"orders.csv": SHOPIFY}, "--dry-run")
    assert brought.code == 0 and "3 added" in brought.said and not brought.out.exists()


def test_without_a_key_nothing_is_read(bring, monkeypatch, tmp_path):
    monkeypatch.delenv("CXKIT_KEY")
    path = tmp_path / "orders.csv"
    path.write_text(SHOPIFY)
    monkeypatch.setenv("CXKIT_KEY", "")
    code, error = run_command(["shopify", str(path), "--out", str(tmp_path / "out")])
    assert code == 2 and "CXKIT_KEY" in error and not (tmp_path / "out").exists()


def test_the_key_stays_out_of_the_data_folder(tmp_path, monkeypatch):
    monkeypatch.delenv("CXKIT_KEY", raising=False)
    inside, outside = tmp_path / "data" / "key", tmp_path / "key"
    inside.parent.mkdir()
    inside.write_text("0123456789abcdef0123\n")
    outside.write_text("0123456789abcdef0123\n")
    with pytest.raises(ArgumentError, match="lies in the data folder"):
        read_key(inside, tmp_path / "data")
    assert read_key(outside, tmp_path / "data") == b"0123456789abcdef0123"
    outside.write_text("short")
    with pytest.raises(ArgumentError, match="5 characters"):
        read_key(outside)
    with pytest.raises(ArgumentError, match="cannot read the key file"):
        read_key(tmp_path / "none")


def test_pseudonyms_differ_by_key_and_not_by_spelling():
    first, second = b"k" * 32, b"l" * 32
    # openssl dgst -sha256 -hmac "kkkk…" over `ann@example.org`
    assert hash_id("ann@example.org", first, "email") == hash_id("  ANN@EXAMPLE.ORG", first, "email")
    assert hash_id("ann@example.org", first, "email") != hash_id("ann@example.org", second, "email")
    assert hash_id("e\u0301", first, "name") == hash_id("\u00c9", first, "name")
    assert hash_id("cus_A", first) != hash_id("cus_a", first)
    assert hash_id("", first, "email") == ""
    with pytest.raises(ArgumentError, match="unknown kind"):
        hash_id("a", first, "mail")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["shopifi", "x.csv", "--out", "o"], "Did you mean `shopify`?"),
        ([], "say which vendor"),
        (["shopify"], "no files given"),
        (["shopify", "x.csv"], "--out DIR"),
        (["shopify", "no-such-file.csv", "--out", "o"], "cannot read no-such-file.csv"),
        (["shopify", "x.csv", "--out", "o", "--timezone", "Mars/Base"], "unknown time zone `Mars/Base`"),
        (["shopify", "x.csv", "--out", "o", "--set", "brand"], "expected COLUMN=VALUE"),
        (["nothing", "--show"], "unknown vendor"),
    ],
)
def test_arguments(arguments, says, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CXKIT_KEY", "0123456789abcdef0123")
    code, error = run_command(arguments)
    assert code == 2 and says in error


def test_set_knows_the_columns(bring):
    assert "Did you mean `status`?" in bring("shopify", {"orders.csv": SHOPIFY}, "--set", "statuss=paid").said


def test_list_and_show(capsys):
    assert run_command(["--list"]) == (0, "")
    listed = capsys.readouterr().out
    assert all(vendor in listed for vendor in ("ga4", "mailchimp", "qualtrics", "stripe", "generic"))
    assert run_command(["zendesk", "--show"]) == (0, "")
    assert yaml.safe_load(capsys.readouterr().out)["tables"][0]["table"] == "tickets"


def test_a_folder_that_an_import_cannot_extend(bring):
    brought = bring("shopify", {"orders.csv": SHOPIFY})
    (brought.out / "orders.csv").rename(brought.out / "orders.parquet")
    assert "Import into a new folder" in bring("shopify", {"orders.csv": SHOPIFY}).said


def test_the_wrong_vendor_is_told(bring):
    brought = bring("zendesk", {"orders.csv": SHOPIFY})
    assert brought.code == 2 and "is not a file that the map `zendesk` knows" in brought.said
