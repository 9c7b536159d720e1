"""`cxkit sample` and the large log."""

import pytest

from cxkit.commands import main
from cxkit.dataset.source import open_data
from cxkit.engine.duckdb import Engine, literal
from cxkit.sample.build import build
from cxkit.sample.company import SIZES
from cxkit.sample.large import BOUNCE, PURCHASE, write_large


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    folder = tmp_path_factory.mktemp("large")
    return folder, write_large(folder, seed=3, events=60_000)


def test_large_log_has_about_the_events_asked_for_and_its_rates(large):
    folder, rows = large
    assert rows["events"] == pytest.approx(60_000, rel=0.03)
    source = open_data(folder)
    source.check()
    assert (source.quality["n_rejected"] == 0).all() and source.quality["reason"].eq("").all()
    found = source.sql("""
        with visits as (
            select session_id, any_value(device_class) as device, count(*) filter (where event_name = 'page_view') as views,
                   sum(engagement_time_s) as seconds, count(*) filter (where event_name = 'purchase') as bought
            from events group by all
        )
        select device, avg((views < 2 and coalesce(seconds, 0) < 10 and bought = 0)::int) as bounced, avg(bought) as bought
        from visits group by all
    """).set_index("device")
    assert found["bounced"].to_dict() == pytest.approx(BOUNCE, abs=0.03)
    assert found["bought"].to_dict() == pytest.approx({d: PURCHASE * (1 - b) for d, b in BOUNCE.items()}, abs=0.012)
    joined = source.sql(
        "select count(*) as n from events e join orders o using (order_id) where e.event_at = o.ordered_at"
    )
    assert joined["n"][0] == rows["orders"]


def test_large_log_is_the_same_for_the_same_seed(large, tmp_path):
    folder, _ = large
    write_large(tmp_path, seed=3, events=60_000)
    for file in ("events/part-000.parquet", "orders/part-000.parquet"):
        assert content(folder / file) == content(tmp_path / file)


def content(file):
    rows = f"read_parquet({literal(str(file))})"
    return Engine().row(
        f"select count(*), md5(string_agg(line, '|' order by line)) from (select t::varchar as line from {rows} t)"
    )


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--events", "5000"], "--events goes with --size large"),
        (["--size", "large", "--events", "200000000"], "100,000,000"),
        (["--size", "large", "--events", "10"], "expected 1,000"),
        (["--size", "medium", "--dirty"], "--dirty goes with --size small"),
        (["--seed", "-1"], "expected a whole number of 0 or more"),
        (["--size", "smal"], "small"),
    ],
)
def test_wrong_options_are_told(arguments, told, tmp_path, capsys):
    try:
        code = main(["sample", "--out", str(tmp_path / "new"), *arguments])
    except SystemExit as stop:
        code = stop.code
    assert code == 2
    assert told in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


def test_a_folder_that_is_not_empty_is_left_alone(tmp_path, capsys):
    (tmp_path / "mine.txt").write_text("keep")
    assert main(["sample", "--out", str(tmp_path)]) == 2
    assert "no empty folder" in capsys.readouterr().err
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.slow
def test_medium_has_a_million_events():
    sample = build("medium", 1)
    assert 900_000 < len(sample.tables["events"]) < 1_600_000
    assert len(sample.tables["customers"]) == SIZES["medium"].customers
