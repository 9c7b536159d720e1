"""Customer value: the rhythm of purchases, classes and their migration, engagement, value of equal tenure; each against a second way."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from lifelines import KaplanMeierFitter

import cxkit as cx
from cxkit.areas import value
from cxkit.areas.value import engagement_level, orders, rfm
from cxkit.areas.value.purchase_gaps import gap_pairs, interpurchase_time, open_gaps, regularity
from cxkit.measurement.ask import Ask

MARCH = cx.Period.parse("2026-03")


def shop(seed: int = 1, n_customers: int = 60, **more):
    """Orders of customers who buy at their own rate over a year and a quarter; some are refunded in part."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(n_customers):
        day = int(rng.integers(0, 400))
        while day < 455:
            net = int(rng.integers(5, 60))
            rows.append(
                (
                    f"o{len(rows)}",
                    f"c{number:03}",
                    date(2025, 1, 1) + timedelta(days=day),
                    net,
                    net // 2 if rng.random() < 0.1 else 0,
                )
            )
            day += 1 + int(rng.exponential(rng.gamma(2, 30)))
    frame = pd.DataFrame(rows, columns=["order_id", "customer_id", "ordered_at", "net_amount", "refund_amount"])
    frame = frame.assign(
        ordered_at=pd.to_datetime(frame.ordered_at).dt.tz_localize("UTC") + pd.Timedelta(hours=9),
        status="paid",
        currency="EUR",
    )
    settings = {
        "timezone": "UTC",
        "tables": {"orders": {"from": date(2025, 1, 1), "to": date(2026, 3, 31)}},
        "margin_share": 0.5,
    }
    return cx.open_data({"orders": frame} | more, settings=settings), frame


@pytest.fixture(scope="module")
def days():
    source, frame = shop(n_customers=61)
    frame = frame.assign(day=frame.ordered_at.dt.date)
    return source, frame.groupby(["customer_id", "day"])[["net_amount", "refund_amount"]].sum().reset_index()


def test_gaps_are_those_of_a_walk_and_their_median_that_of_lifelines(days):
    source, bought = days
    begin, last = date(2025, 4, 1), date(2026, 3, 31)
    walked = []
    for _, own in bought.groupby("customer_id"):
        inside = sorted(day for day in own.day if begin <= day <= last)
        if inside:
            closed = len(inside) > 1
            walked.append((((inside[1] if closed else last) - inside[0]).days, closed))
    gaps = open_gaps(Ask(source, MARCH))
    found = [(row.duration, row.event) for row in gaps.itertuples() for _ in range(row.n_units)]
    assert sorted(found) == sorted(walked)
    theirs = KaplanMeierFitter().fit(*zip(*walked, strict=True))
    half, quarter = (row.now for row in interpurchase_time(Ask(source, MARCH)))
    assert half.value == theirs.median_survival_time_
    survival = theirs.survival_function_.iloc[:, 0]
    assert quarter.value == survival.index[survival <= 0.75 + 1e-12][0]
    assert all(side.low <= side.value <= side.high for side in (half, quarter))


def test_who_never_came_back_lengthens_the_time_between_purchases():
    bought = [("a", 1), ("a", 11), ("b", 1), ("b", 21), ("c", 1), ("d", 1), ("e", 1)]
    rows = [(f"o{n}", who, f"2026-03-{day:02}T09:00Z", "paid", 5, "EUR") for n, (who, day) in enumerate(bought)]
    frame = pd.DataFrame(rows, columns=["order_id", "customer_id", "ordered_at", "status", "net_amount", "currency"])
    shop = cx.open_data({"orders": frame.assign(ordered_at=pd.to_datetime(frame.ordered_at))})
    half, quarter = (row.now for row in interpurchase_time(Ask(shop, MARCH)))
    assert np.isnan(half.value) and "60%" in half.method  # the completed gaps alone have a median of 15 days
    assert quarter.value == 20


def test_pairs_are_the_last_two_completed_gaps(days):
    source, bought = days
    walked = []
    for _, own in bought.groupby("customer_id"):
        last = sorted(own.day)[-3:]
        if len(last) == 3:
            walked.append(((last[1] - last[0]).days, (last[2] - last[1]).days))
    pairs = gap_pairs(Ask(source, MARCH))
    assert sorted(walked) == sorted(
        (row.earlier, row.later) for row in pairs.itertuples() for _ in range(row.n_customers)
    )


@pytest.mark.parametrize("shape", [1, 3, 10])
def test_regularity_is_that_of_gamma_gaps_whatever_the_rates(shape):
    rng = np.random.default_rng(shape)
    scale = rng.gamma(1.0, 50.0, 20_000)  # fast and slow buyers
    gaps = rng.gamma(shape, scale[:, None] / shape, (20_000, 2))
    found = regularity(pd.DataFrame({"earlier": gaps[:, 0], "later": gaps[:, 1], "n_customers": 1}))
    assert found.value == pytest.approx(1 / np.sqrt(shape), rel=0.03)
    assert found.low < 1 / np.sqrt(shape) < found.high
    assert (gaps[:, 0].std() / gaps[:, 0].mean()) > 1.2 * found.value  # what mixes the buyers says otherwise


def scored_by_hand(bought: pd.DataFrame, end: date, length: int) -> pd.Series:
    inside = bought[(bought.day < end) & (bought.day >= end - timedelta(days=length))]
    each = inside.groupby("customer_id").agg(
        last=("day", "max"), n=("day", "size"), net=("net_amount", "sum"), back=("refund_amount", "sum")
    )
    each["m"] = (each.net - each.back) / each.n
    each["recent"] = [(day - end).days for day in each["last"]]
    total = sum(
        1 + np.minimum(4, np.floor(5 * ((each[name].rank() - 0.5) / len(each)))) for name in ("recent", "n", "m")
    )
    return pd.cut(total, [0, 7, 11, 15], labels=["low", "middle", "best"]).astype(str)


def test_classes_and_migration_are_those_of_scores_by_hand(days):
    source, bought = days
    february = MARCH.previous()
    length = min(365, (date(2026, 3, 1) - date(2025, 1, 1)).days)
    now, then = (scored_by_hand(bought, end, length) for end in (date(2026, 4, 1), date(2026, 3, 1)))
    firsts = bought.groupby("customer_id").day.min()
    expected: dict = {}
    for who, first in firsts.items():
        pair = (then.get(who, "none" if first < date(2026, 3, 1) else rfm.NEW), now.get(who, "none"))
        expected[pair] = expected.get(pair, 0) + 1
    table = rfm.migration(Ask(source, MARCH, february))
    found = {(row[0], row[1]): row[2] for row in table[["from", "to", "n_customers"]].itertuples(index=False)}
    assert {pair: n for pair, n in found.items() if n} == expected
    rows = table.groupby("from")["share"].sum()
    assert np.allclose(rows[rows > 0], 1)
    shares = cx.compare(source, value.RFM, MARCH, february)
    assert shares.value.sum() == pytest.approx(1) == shares.base_value.sum()
    assert shares.numerator.tolist() == [int((now == name).sum()) for name in ("best", "middle", "low")] + [
        len(firsts) - len(now)
    ]
    assert set(shares.verdict) == {""}  # ranks within a period say nothing of a change


def test_equal_values_share_a_score():
    rows = [(f"o{n}", f"c{n}", "2026-03-05T09:00Z", "paid", 10, "EUR") for n in range(40)]
    frame = pd.DataFrame(rows, columns=["order_id", "customer_id", "ordered_at", "status", "net_amount", "currency"])
    moves = rfm.class_moves(
        Ask(cx.open_data({"orders": frame.assign(ordered_at=pd.to_datetime(frame.ordered_at))}), MARCH, None)
    )
    assert moves[["to", "n_customers"]].values.tolist() == [["middle", 40]]


def test_value_of_the_first_days_is_that_of_a_walk(days):
    source, bought = days
    worths = []
    for _, own in bought.groupby("customer_id"):
        first = own.day.min()
        if date(2026, 3, 1) <= first + timedelta(days=90) <= date(2026, 3, 31):
            inside = own[own.day <= first + timedelta(days=90)]
            worths.append(0.5 * (inside.net_amount - inside.refund_amount).sum())
    row = cx.measure(source, orders.CLV_HISTORICAL_90, MARCH).iloc[0]
    assert (row.denominator, row.value) == (len(worths), pytest.approx(np.mean(worths)))


def company(seed=3, n=80):
    """Customers with contacts, and value afterwards that grows with them; the last two do not agree to profiling."""
    rng = np.random.default_rng(seed)
    contacts = rng.poisson(2, n)
    customers = pd.DataFrame(
        {"customer_id": [f"c{k:03}" for k in range(n)], "consent_profiling": [k < n - 2 for k in range(n)]}
    )
    customers["first_seen_at"] = pd.Timestamp("2025-01-01T00:00Z")
    opened = pd.Timestamp("2025-09-01T09:00Z")  # within the 90 days before the 180 to the end of March
    tickets = pd.DataFrame(
        [
            (f"t{k}.{j}", f"c{k:03}", f"r{k}", opened + pd.Timedelta(hours=j))
            for k in range(n)
            for j in range(contacts[k])
        ],
        columns=["ticket_id", "customer_id", "requester_id", "created_at"],
    ).assign(channel="email", status="solved", observed_until=pd.Timestamp("2026-04-01T00:00Z"))
    spent = contacts * 10 + rng.integers(1, 30, n)
    bought = pd.DataFrame(
        {"order_id": [f"o{k}" for k in range(n)], "customer_id": customers.customer_id, "net_amount": spent}
    )
    bought = bought.assign(ordered_at=pd.Timestamp("2026-01-05T09:00Z"), status="paid", currency="EUR")
    covered = {"from": date(2025, 1, 1), "to": date(2026, 3, 31)}
    settings = {"timezone": "UTC", "margin_share": 0.5, "tables": {"orders": covered, "tickets": covered}}
    source = cx.open_data({"customers": customers, "tickets": tickets, "orders": bought}, settings=settings)
    return source, contacts[:-2], 0.5 * spent[:-2]


def test_value_by_engagement_is_that_of_ranks_by_hand():
    source, contacts, worth = company()
    engaged = contacts > 0
    place = (pd.Series(contacts[engaged]).rank() - 0.5) / engaged.sum()
    fifth = np.zeros(len(contacts), int)
    fifth[engaged] = 1 + np.minimum(4, np.floor(5 * place))
    frame = cx.measure(source, value.CLV_BY_ENGAGEMENT, MARCH)
    expected = [worth[fifth == number].mean() for number in range(6) if (fifth == number).any()]
    assert frame.value.tolist() == pytest.approx(expected)
    assert frame.n_units.sum() == len(worth) == 78
    assert engagement_level.says_trend(Ask(source, MARCH)).startswith("The more engaged before, the more")


def test_trend_is_that_of_shuffled_customers():
    rng = np.random.default_rng(4)
    group, worth = rng.integers(0, 6, 60), rng.integers(0, 4, 60) * 5.0
    worth[group > 3] += rng.integers(0, 2, (group > 3).sum()) * 5.0
    p = engagement_level.engagement_trend(pd.DataFrame({"fifth": group, "worth": worth, "n": 1}))
    ranks = pd.Series(worth).rank().to_numpy()
    seen = abs(np.corrcoef(group, ranks)[0, 1])
    shuffled = np.mean([abs(np.corrcoef(rng.permutation(group), ranks)[0, 1]) >= seen - 1e-12 for _ in range(4000)])
    assert p == pytest.approx(shuffled, abs=0.02)


def test_level_is_the_mean_of_percentages_with_less():
    source, contacts, _ = company()
    days = cx.Period.parse("2025-09")
    engaged = contacts[contacts > 0]
    level = np.array([100 * (engaged < own).sum() / (len(engaged) - 1) for own in engaged])
    frame = cx.compare(source, value.CUSTOMER_ENGAGEMENT_LEVEL, days, days.previous())
    assert frame.value[0] == pytest.approx(level.sum() / len(contacts), abs=1e-4)
    assert frame.value[1] == pytest.approx((contacts == 0).mean())
    assert frame.value[1:].sum() == pytest.approx(1)
    assert frame.base_value[0] == 0
