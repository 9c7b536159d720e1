"""What the kit relies on in DuckDB: time zones to the second, exact parameters, nothing fetched, nothing left behind."""

import math
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cxkit.engine.duckdb import Engine, EngineError
from cxkit.errors import ArgumentError

ENGINE = Engine()
# Zones whose rules have not changed lately: the engine and the standard library may have different editions of the tz database.
ZONES = (
    "Europe/Amsterdam",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "America/Sao_Paulo",
    "Pacific/Auckland",
    "UTC",
)


@given(st.sampled_from(ZONES), st.datetimes(datetime(1990, 1, 1), datetime(2035, 12, 31), timezones=st.just(UTC)))
@example("Europe/Amsterdam", datetime(2026, 3, 29, 0, 59, 59, 999999, UTC))
@example("Europe/Amsterdam", datetime(2026, 3, 29, 1, 0, 0, tzinfo=UTC))
@example("Europe/Amsterdam", datetime(2026, 10, 25, 0, 59, 59, tzinfo=UTC))
@example("Europe/Amsterdam", datetime(2026, 10, 25, 1, 0, 0, tzinfo=UTC))
@settings(deadline=None)
def test_local_time_agrees_with_the_standard_library(zone, moment):
    local = moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    assert ENGINE.row(f"select timezone('{zone}', timestamptz '{moment.isoformat()}')") == (local,)


@given(st.sampled_from(ZONES), st.datetimes(datetime(1990, 1, 1), datetime(2035, 12, 31)))
@settings(deadline=None)
def test_local_times_that_exist_once_are_read_as_the_standard_library_reads_them(zone, local):
    early, late = (local.replace(tzinfo=ZoneInfo(zone), fold=fold) for fold in (0, 1))
    if early.utcoffset() == late.utcoffset():
        found = ENGINE.row(f"select timezone('UTC', timezone('{zone}', timestamp '{local.isoformat()}'))")[0]
        assert found == early.astimezone(UTC).replace(tzinfo=None)


def test_in_the_hour_that_autumn_repeats_a_time_without_offset_is_the_later_one():
    found = ENGINE.row("select timezone('UTC', timezone('Europe/Amsterdam', timestamp '2026-10-25 02:30:00'))")[0]
    assert found == datetime(2026, 10, 25, 1, 30)


def test_every_hour_of_a_year_with_both_changes_agrees():
    frame = ENGINE.query(
        "select z, timezone('Europe/Amsterdam', z) as local from (select timestamptz '2026-01-01' + to_hours(i) as z from range(8760) r(i))"
    )
    hours = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=n) for n in range(8760)]
    expected = [hour.astimezone(ZoneInfo("Europe/Amsterdam")).replace(tzinfo=None) for hour in hours]
    assert frame["local"].tolist() == expected


def test_results_come_as_microseconds_and_floats():
    frame = ENGINE.query("select timestamp '2026-01-01' as at, 1.25::decimal(18, 4) as amount, 1 as n")
    assert [str(kind) for kind in frame.dtypes] == ["datetime64[us]", "float64", "int32"]


def test_parameters_go_by_name():
    assert ENGINE.query("select $a + $b as c", {"a": 1, "b": 2})["c"].tolist() == [3]


def test_frames_are_read_as_they_are():
    frame = pd.DataFrame({"mixed": ["a", 1, None], "zero": ["007", None, "8"]})
    ENGINE.register("frame", frame)
    assert ENGINE.columns("frame") == {"mixed": "VARCHAR", "zero": "VARCHAR"}
    assert ENGINE.query("select mixed, zero from frame where mixed is not null").values.tolist() == [
        ["a", "007"],
        ["1", None],
    ]


def test_nothing_is_fetched():
    with pytest.raises((EngineError, ArgumentError), match=r"(?i)httpfs|extension"):
        ENGINE.query("select * from read_csv('https://example.invalid/a.csv')")
    assert ENGINE.row(
        "select current_setting('autoinstall_known_extensions'), current_setting('autoload_known_extensions')"
    ) == (False, False)


def test_a_view_can_become_a_table_and_back():
    engine = Engine()
    engine.create_view("v", "select 1 as a")
    engine.create_table("v", "select 2 as a")
    engine.create_view("v", "select 3 as b")
    assert engine.query("from v").values.tolist() == [[3]]


def test_the_spill_folder_goes_with_the_engine():
    engine = Engine(memory_limit="200MB")
    folder = Path(engine.row("select current_setting('temp_directory')")[0])
    assert folder.is_dir()
    engine.close()
    assert not folder.exists()


def test_an_engine_with_little_memory_spills_and_answers():
    engine = Engine(memory_limit="100MB")
    assert engine.row("select count(*) from (select hash(i) h from range(3000000) r(i) group by 1 order by 1)") == (
        3000000,
    )


def test_a_query_that_cannot_run_in_the_memory_given_takes_more():
    engine = Engine(memory_limit="20MB")
    found = engine.query(
        "select length(l) as n from (select list(range order by range desc) as l from range(2_000_000))"
    )
    assert found.n[0] == 2_000_000
    assert engine.row("select current_setting('memory_limit')")[0] != "19.0 MiB"


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_an_exact_sum_does_not_depend_on_the_order_of_its_terms(seed):
    """The same to the last digit; as near to the true sum as floats can tell, also where terms differ a billion times in size."""
    values = np.random.default_rng(seed).lognormal(3, 4, 3000) * np.random.default_rng(seed).choice([-1, 1], 3000)
    sums = set()
    for order in range(5):
        engine = Engine()
        engine.register("terms", pd.DataFrame({"x": np.random.default_rng(order).permutation(values)}))
        sums.add(
            engine.row("select exact_sum(x, power) from terms cross join (select power_above(x) as power from terms)")[
                0
            ]
        )
    (found,) = sums
    assert found == pytest.approx(math.fsum(values), abs=3000 * np.abs(values).max() * 2.0**-60)


def test_whole_numbers_stay_whole_in_an_exact_sum_and_nothing_is_nothing():
    engine = Engine()
    terms = "(select 3.0 * range as x from range(1000))"
    assert engine.row(
        f"select exact_sum(x, power) from {terms} cross join (select power_above(x) as power from {terms})"
    ) == (1498500,)
    assert engine.row("select exact_sum(x, 1.0) from (select cast(null as double) as x)") == (None,)
    assert engine.row("select power_above(x) from (select 0.0 as x)") == (1,)


def test_a_fork_does_not_wait_for_the_threads_of_an_engine_that_it_inherited():
    script = """
import gc, os
from cxkit.engine.duckdb import Engine
engine = Engine()
engine.query("select sum(range) from range(3_000_000)")
child = os.fork()
if not child:
    del engine
    gc.collect()
    os._exit(0)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "0", done.stderr
