"""Every planted fault is found, at its place, and nothing else."""

import pandas as pd
import pytest
import yaml

from cxkit.dataset.source import open_data
from cxkit.errors import DataError
from cxkit.sample.dirty import FAULTS, write_dirty


@pytest.fixture(scope="module")
def dirty(sample, tmp_path_factory):
    folder = tmp_path_factory.mktemp("dirty")
    write_dirty(sample, folder)
    return folder


@pytest.fixture(scope="module")
def faults(dirty):
    return yaml.safe_load((dirty / "faults.yml").read_text(encoding="utf-8"))["faults"]


@pytest.fixture(scope="module")
def source(dirty):
    return open_data(dirty)


def test_faults_say_what_and_where(faults, dirty):
    assert len(faults) > 50
    for fault in faults:
        assert {"table", "column", "kind", "level", "count", "file"} <= set(fault)
        assert fault["count"] == len(fault.get("lines", []))
        assert (dirty / fault["file"]).exists()
    assert {fault["level"] for fault in faults} == {"fault", "warning", "note"}


def test_no_row_has_two_faults(faults):
    places = [(fault["table"], line) for fault in faults for line in fault.get("lines", [])]
    assert len(places) == len(set(places))


def test_the_check_rejects_the_planted_rows_and_no_others(source, faults):
    rejects = source.rejects
    for table in sorted({fault["table"] for fault in faults} - {"referrals"}):
        planted = {
            line
            for fault in faults
            if fault["table"] == table and (fault["level"] == "fault" or fault["kind"] == "duplicate row")
            for line in fault.get("lines", [])
        }
        assert set(rejects.loc[rejects["table"].eq(table), "line"]) == planted, table
    quality = source.quality
    assert (quality["rows_read"] - quality["rows_used"] >= quality["n_rejected"]).all()


def test_a_missing_column_stops(source):
    with pytest.raises(DataError, match="observed_until"):
        source.check()


def test_values_can_be_read_at_their_line(dirty, faults):
    """The list leads to the very cell."""
    shown = {"value outside its list": "shiped", "wrong type": "twelve", "second currency": "USD"}
    lines = (dirty / "orders.csv").read_text(encoding="utf-8").split("\n")
    for fault in faults:
        if fault["table"] == "orders" and fault["kind"] in shown:
            assert all(shown[fault["kind"]] in lines[line - 1] for line in fault["lines"])


def test_clean_cells_are_as_in_the_clean_sample(dirty, sample, faults):
    touched = {line - 2 for fault in faults if fault["table"] == "tickets" for line in fault["lines"]}
    dirty_rows = pd.read_csv(dirty / "tickets.csv", dtype=str)
    same = [i for i in range(len(sample.tables["tickets"])) if i not in touched]
    assert dirty_rows["ticket_id"].iloc[same].tolist() == sample.tables["tickets"]["ticket_id"].iloc[same].tolist()
    assert "tickets" in FAULTS["csv"]
