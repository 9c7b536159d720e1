"""The parts of a rate's change add up, say what was planted, and have the intervals that a bootstrap over people gives."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cxkit as cx
from cxkit.areas import engagement
from cxkit.errors import ArgumentError
from cxkit.measurement.ask import Ask
from cxkit.measurement.decompose import OTHERS, moved_by

OCTOBER = cx.Period.parse("2026-10")
SEPTEMBER = OCTOBER.previous()
RATE = engagement.SESSION_CONVERSION_RATE


def source(rows: list[tuple[str, str, str, bool]], k: int = 5):
    """Visits: visitor, day, device, whether it converted."""
    frame = pd.DataFrame(rows, columns=["visitor_id", "day", "device_class", "bought"])
    frame = frame.assign(
        event_id=[str(n) for n in range(len(frame))], session_id=[f"s{n}" for n in range(len(frame))], surface="web", page="/",
        event_at=pd.to_datetime(frame.pop("day") + "T12:00:00Z"),
        event_name=np.where(frame.pop("bought"), "purchase", "page_view"),
    )  # fmt: skip
    covered = {"events": {"from": "2026-08-01", "to": "2026-10-31"}}
    return cx.open_data({"events": frame}, settings={"key_events": ["purchase"], "tables": covered, "k": k})


def people(n: int, seed: int, rates: dict[tuple[str, str], float], weights: dict[tuple[str, str], float]) -> list:
    """Visitors with several visits in both months, some on two devices."""
    rng = np.random.default_rng(seed)
    rows = []
    for visitor in range(n):
        for month in ("2026-09", "2026-10"):
            for visit in range(rng.integers(0, 5)):
                devices = ["desktop", "mobile"]
                device = devices[rng.random() < weights[month, "mobile"]]
                rows.append((f"v{visitor}", f"{month}-{visit + 1:02}", device, rng.random() < rates[month, device]))
    return rows


RATES = {
    ("2026-09", "mobile"): 0.2,
    ("2026-10", "mobile"): 0.35,
    ("2026-09", "desktop"): 0.5,
    ("2026-10", "desktop"): 0.5,
}
WEIGHTS = {("2026-09", "mobile"): 0.3, ("2026-10", "mobile"): 0.6}


def by_hand(rows: list) -> dict[tuple[str, str], float]:
    """Kitagawa's two terms, written out."""
    frame = pd.DataFrame(rows, columns=["visitor", "day", "device", "bought"]).assign(month=lambda f: f.day.str[:7])
    rate = frame.groupby(["month", "device"]).bought.mean()
    weight = frame.groupby(["month", "device"]).size() / frame.groupby("month").size()
    whole = frame.groupby("month").bought.mean()
    new, old = "2026-10", "2026-09"
    middle = (whole[new] + whole[old]) / 2
    parts = {}
    for device in frame.device.unique():
        parts[device, "rate"] = (
            (weight[new, device] + weight[old, device]) / 2 * (rate[new, device] - rate[old, device])
        )
        moved = weight[new, device] - weight[old, device]
        parts[device, "mix"] = moved * ((rate[new, device] + rate[old, device]) / 2 - middle)
    return parts


def found(rows: list, **options) -> pd.DataFrame:
    return moved_by(Ask(source(rows), OCTOBER, SEPTEMBER), RATE, "device_class", **options)


def test_the_parts_are_kitagawa_s_and_add_up_exactly():
    rows = people(300, 1, RATES, WEIGHTS)
    frame = found(rows)
    parts = frame[frame.part != "total"].set_index(["segment", "part"]).value
    assert parts.to_dict() == pytest.approx(by_hand(rows))
    assert parts.sum() == pytest.approx(frame.value.iloc[-1], abs=1e-14)


def test_the_total_is_the_change_that_compare_tells():
    rows = people(300, 2, RATES, WEIGHTS)
    total = found(rows).iloc[-1]
    change = cx.compare(source(rows), RATE, OCTOBER, SEPTEMBER).iloc[0]
    assert total.value == pytest.approx(change.difference, abs=1e-14)
    assert (total.ci_low, total.ci_high) == pytest.approx((change.difference_low, change.difference_high), abs=1e-3)


def test_planted_movers_are_found_and_the_still_segment_is_not():
    frame = found(people(900, 3, RATES, WEIGHTS)).set_index(["segment", "part"])
    assert frame.is_beyond_noise["mobile", "rate"]
    assert frame.is_beyond_noise["mobile", "mix"]
    assert frame.ci_low["mobile", "rate"] > 0
    assert frame.ci_high["mobile", "mix"] < 0
    assert not frame.is_beyond_noise["desktop", "rate"]


def test_intervals_agree_with_a_bootstrap_over_visitors():
    rows = people(250, 4, RATES, WEIGHTS)
    frame = found(rows).set_index(["segment", "part"])
    table = pd.DataFrame(rows, columns=["visitor", "day", "device", "bought"])
    keys = [(month, device) for month in ("2026-09", "2026-10") for device in ("desktop", "mobile")]
    table = table.assign(month=table.day.str[:7], size=1)
    groups = table.pivot_table(["bought", "size"], "visitor", ["month", "device"], "sum", fill_value=0)
    n = groups["bought"][keys].to_numpy()
    d = groups["size"][keys].to_numpy()
    rng = np.random.default_rng(1)
    draws = rng.multinomial(len(n), np.full(len(n), 1 / len(n)), 4000)
    num, den = draws @ n, draws @ d  # columns: old desktop, old mobile, new desktop, new mobile
    rate = num / den
    weight = np.hstack([den[:, :2] / den[:, :2].sum(1, keepdims=True), den[:, 2:] / den[:, 2:].sum(1, keepdims=True)])
    middle = (num[:, :2].sum(1) / den[:, :2].sum(1) + num[:, 2:].sum(1) / den[:, 2:].sum(1)) / 2
    for place, device in enumerate(("desktop", "mobile")):
        own = (weight[:, place + 2] + weight[:, place]) / 2 * (rate[:, place + 2] - rate[:, place])
        mix = (weight[:, place + 2] - weight[:, place]) * ((rate[:, place + 2] + rate[:, place]) / 2 - middle)
        for part, values in (("rate", own), ("mix", mix)):
            row = frame.loc[(device, part)]
            assert row.ci_high - row.ci_low == pytest.approx(2 * 1.96 * values.std(), rel=0.06)


def test_a_segment_that_is_new_is_all_mix():
    rows = people(100, 5, RATES, {("2026-09", "mobile"): 0.0, ("2026-10", "mobile"): 0.5})
    frame = found(rows).set_index(["segment", "part"])
    assert frame.value["mobile", "rate"] == 0
    assert frame.value[:-1].sum() == pytest.approx(frame.value.iloc[-1], abs=1e-14)


def test_small_groups_are_put_together():
    rows = people(100, 6, RATES, WEIGHTS) + [
        (f"t{n}", f"2026-{m}-03", "tablet", True) for n in range(9) for m in ("09", "10")
    ]
    rows += [("w", "2026-10-03", "tv", False)]
    assert set(found(rows).segment) == {"mobile", "desktop", OTHERS, "all"}


def test_others_are_never_a_small_group_themselves():
    rows = people(100, 6, RATES, WEIGHTS) + [("t", f"2026-{m}-03", "tablet", True) for m in ("09", "10")]
    parts = found(rows)
    assert OTHERS in set(parts.segment)
    assert len(set(parts.segment)) == 3  # the smaller of the two large ones joined them
    assert (parts.n_units >= 10).all()


def test_it_refuses_what_does_not_add_up():
    with pytest.raises(ArgumentError, match="counts a person once"):
        moved_by(
            Ask(source(people(9, 1, RATES, WEIGHTS)), OCTOBER, SEPTEMBER),
            engagement.USER_CONVERSION_RATE,
            "device_class",
        )
    with pytest.raises(ArgumentError, match="recipe count_rate"):
        moved_by(Ask(source(people(9, 1, RATES, WEIGHTS)), OCTOBER, SEPTEMBER), engagement.SESSIONS, "device_class")


def test_without_a_base_or_a_needed_column_it_is_empty():
    rows = people(30, 1, RATES, WEIGHTS)
    assert moved_by(Ask(source(rows), OCTOBER, cx.Period.parse("2026-05")), RATE, "device_class").empty
    assert moved_by(Ask(source(rows), OCTOBER, SEPTEMBER), engagement.BOUNCE_RATE, "device_class").empty


visits = st.lists(
    st.tuples(
        st.sampled_from("abcdefgh"), st.dates(SEPTEMBER.start, OCTOBER.last_day).map(str),
        st.sampled_from(["mobile", "desktop", "tablet"]), st.booleans(),
    ),
    min_size=1, max_size=40,
)  # fmt: skip


@settings(max_examples=10, deadline=None)
@given(visits)
def test_whatever_the_data_the_parts_add_up_or_there_is_nothing(rows):
    frame = found(rows)
    if not frame.empty:
        assert frame.value[:-1].sum() == pytest.approx(frame.value.iloc[-1], abs=1e-12)
        several = frame[frame.n_units > 1]  # one person alone has no interval
        assert (several.ci_low <= several.value + 1e-12).all()


def test_a_level_may_hold_braces():
    visits = [(visitor, month) for visitor in range(60) for month in ("09", "10")]
    events = pd.DataFrame(
        {"event_id": [f"{visitor} {month}" for visitor, month in visits], "visitor_id": [f"v{visitor}" for visitor, _ in visits],
         "event_at": [f"2026-{month}-03T10:00:00Z" for _, month in visits], "event_name": "page_view", "surface": "web",
         "page": ["/{tea}/{0}" if visitor % 2 else f"/{visitor}" for visitor, _ in visits],
         "is_key_event": [visitor % 3 == 0 for visitor, _ in visits]}
    )  # fmt: skip
    covered = {"events": {"from": "2026-08-01", "to": "2026-10-31"}}
    made = cx.open_data({"events": events}, settings={"tables": covered, "k": 5})
    assert set(moved_by(Ask(made, OCTOBER, SEPTEMBER), RATE, "entry_page").segment) == {"/{tea}/{0}", OTHERS, "all"}
