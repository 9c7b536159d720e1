"""The sample as a whole: the same every time, within the contract, joined up, small, and with nobody's data in it."""

import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import yaml

from cxkit.commands import main
from cxkit.contract import tables
from cxkit.dataset.source import open_data
from cxkit.engine.duckdb import Engine, literal
from cxkit.sample.build import build
from cxkit.sample.company import stream
from cxkit.sample.people import people
from cxkit.sample.write import write

COMMITTED = Path(__file__).parents[2] / "data" / "sample"


@pytest.fixture(scope="module")
def folder(sample, tmp_path_factory):
    out = tmp_path_factory.mktemp("larkmoor")
    write(sample, out)
    return out


def test_same_seed_same_tables(sample):
    again = build("small", sample.truth["seed"])
    for name, frame in sample.tables.items():
        assert frame.equals(again.tables[name]), name
    assert again.truth == sample.truth


def test_another_seed_other_tables():
    one, _ = people(stream(1, "people"), 50)
    two, _ = people(stream(2, "people"), 50)
    assert not set(one["customer_id"]) & set(two["customer_id"])


def test_same_bytes(sample, folder, tmp_path):
    few = {name: sample.tables[name] for name in ("orders", "message_events", "spend", "series")}
    write(replace(sample, tables=few), tmp_path)
    for file in sorted(tmp_path.iterdir()):
        assert (folder / file.name).read_bytes() == file.read_bytes(), file.name


def test_the_committed_sample_is_this_one(folder):
    """Text files to the byte; of Parquet the rows, as the bytes may differ between versions of the engine."""
    names = sorted(file.name for file in folder.iterdir())
    assert sorted(file.name for file in COMMITTED.iterdir()) == names
    for name in names:
        ours, theirs = folder / name, COMMITTED / name
        if ours.read_bytes() != theirs.read_bytes():
            assert ours.suffix == ".parquet", f"{name}: renew data/sample (see data/README.md)"
            one, two = (f"(from read_parquet({literal(str(file))}))" for file in (ours, theirs))
            gone, new = Engine().row(
                f"select (select count(*) from ({one} except all {two})), (select count(*) from ({two} except all {one}))"
            )
            assert gone == new == 0, f"{name}: renew data/sample (see data/README.md)"


def test_make_sample_makes_the_committed_one(sample):
    recipe = (COMMITTED.parents[1] / "Makefile").read_text(encoding="utf-8").split("\nsample:")[1].split("\n\n")[0]
    assert "cxkit sample --out" in recipe and "--seed" not in recipe and "--size" not in recipe, "the defaults make it"
    assert yaml.safe_load((COMMITTED / "truth.yml").read_text(encoding="utf-8"))["seed"] == sample.truth["seed"]


def test_a_clean_sample_is_clean(capsys):
    assert main(["check", "--data", str(COMMITTED), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["warnings"] == []


def test_small_enough_to_commit(folder):
    assert sum(file.stat().st_size for file in folder.iterdir()) < 3_000_000


def test_both_readers_are_exercised(folder):
    assert {file.suffix for file in folder.iterdir()} == {".csv", ".parquet", ".yml"}


def test_keeps_the_contract(folder, sample):
    source = open_data(folder)
    source.check()
    quality = source.quality
    assert set(quality["table"]) == set(tables()) == set(sample.tables)
    withheld = quality[quality["n_rejected"] > 0]
    assert withheld["reason"].str.match(r"erased|no consent|staff or test").all(), quality["reason"].tolist()
    assert quality[quality["n_rejected"] == 0]["reason"].eq("").all()
    read = quality.groupby("table")["rows_read"].first()
    assert {name: len(frame) for name, frame in sample.tables.items()} == read.to_dict()
    used = quality.groupby("table")["rows_used"].first() + quality.groupby("table")["n_rejected"].sum()
    assert (used == read).all()


def test_every_reference_is_found(sample):
    for name, table in tables().items():
        for column in table.columns.values():
            if column.references and column.name in sample.tables[name]:
                other, key = column.references.split(".")
                known = set(sample.tables[other][key])
                missing = set(sample.tables[name][column.name].dropna()) - known
                assert not missing, f"{name}.{column.name}"


def test_columns_that_may_be_left_out_are_there(sample):
    """Each optional column is filled somewhere, but for those that this company has no use for."""
    unused = {
        ("customers", "account_id"),
        ("events", "assistive"),
        ("events", "utm_campaign"),
        ("events", "is_key_event"),
        ("orders", "margin_amount"),
        ("orders", "channel_group"),
        ("orders", "campaign_id"),
        ("orders", "session_id"),
        ("orders", "cart_id"),
        ("orders", "is_first_order"),
        ("orders", "stay_start_date"),
        ("orders", "stay_end_date"),
        ("spend", "campaign_id"),
        ("social_daily", "reach"),
        ("social_daily", "impressions"),
        ("social_daily", "impression_type"),
        ("social_daily", "n_mentions"),
        ("survey_answers", "session_id"),
        ("survey_answers", "weight"),
        ("tickets", "first_reply_s_business"),
        ("tickets", "resolution_s_business"),
        ("identities", "valid_to"),
    }
    empty = {
        (name, column)
        for name, table in tables().items()
        for column in table.columns
        if column not in ("source", "loaded_at")
        and (column not in sample.tables[name] or sample.tables[name][column].isna().all())
    }
    assert empty == unused


def test_nothing_personal_in_it(sample):
    """No e-mail address, no telephone number, no handle in any text of any table."""
    patterns = "|".join([r"[\w.+-]+@[\w-]+\.\w", r"(?<![\w.])\+?\d[\d ()-]{7,14}\d(?![\w.])", r"(?<!\w)@\w{2,}"])
    for name, frame in sample.tables.items():
        for column in frame.select_dtypes("object"):
            values = frame[column].dropna().drop_duplicates()
            texts = values[values.map(type).eq(str)]
            assert texts[texts.str.contains(patterns)].tolist() == [], f"{name}.{column}"


def test_texts_that_need_escaping_are_there(sample):
    assert sample.tables["customers"]["x_favourite"].str.contains("<b>").any()
    assert sample.tables["campaigns"]["campaign_name"].str.contains("<script>").any()


def test_special_customers(sample):
    customers = sample.tables["customers"]
    assert (customers["customer_type"].value_counts() >= 4).all() and set(customers["customer_type"].dropna()) == {
        "staff",
        "test",
    }
    assert customers["erased_at"].notna().sum() == 4
    assert customers.loc[customers["erased_at"].notna(), "country"].isna().all()
    assert customers["consent_analytics"].eq(False).sum() > 50
    assigned = pd.to_datetime(customers["segment_assigned_at"])
    assert (assigned.isna() == customers["persona"].isna()).all()
    assert customers["country"].nunique() == 4 and customers["language"].nunique() == 4


def test_truth_is_readable(folder):
    truth = yaml.safe_load((folder / "truth.yml").read_text(encoding="utf-8"))
    assert {entry["kind"] for entry in truth["planted"]} == {"level", "change", "ratio", "parameter", "count"}
    for entry in truth["planted"]:
        assert {"metric", "kind", "segment", "period", "value"} <= set(entry)
        assert isinstance(entry["value"], int | float)
    assert len(truth["story"]) == 7
