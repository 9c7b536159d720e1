"""Engagement figures: the check values of the catalogue, brute force in pandas on random data, and what must always hold."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from scipy import stats as peer
from statsmodels.stats.proportion import multinomial_proportions_confint

import cxkit as cx
from cxkit.areas.engagement import engagement_score, growth, metrics, pages
from cxkit.areas.engagement.frequency import daily_activity
from cxkit.areas.engagement.visit_distributions import frequency_distribution, recency_distribution
from cxkit.measurement.ask import Ask

OCTOBER = cx.Period.parse("2026-10")
SEPTEMBER = OCTOBER.previous()
WEIGHTS = {"page_view": 1, "click": 2, "purchase": 10}
SETTINGS = {
    "timezone": "UTC", "currency": "EUR", "key_events": ["purchase", "sign_up"], "weights": WEIGHTS,
    "tables": {"events": {"from": "2026-07-01", "to": "2026-10-31"}},
}  # fmt: skip
CHANNELS = ["direct", "email", "referral", "organic_search"]
KINDS = {"page_view": 0.6, "click": 0.15, "search": 0.1, "purchase": 0.05, "sign_up": 0.05, "add_to_cart": 0.05}


def random_events(n_visits: int = 1500, seed: int = 3) -> pd.DataFrame:
    """Visits with the vendor's session ids, so that a twin need not cut them: one row an event."""
    rng = np.random.default_rng(seed)
    length = rng.geometric(0.4, n_visits)
    visit = np.repeat(np.arange(n_visits), length)
    n = len(visit)
    who = rng.zipf(1.6, n_visits) % 300
    start = pd.Timestamp("2026-07-01", tz="UTC") + pd.to_timedelta(
        rng.integers(0, 123 * 24 * 60, n_visits) // 2 * 2, unit="min"
    )
    surface = rng.choice(["web", "ios", "call"], n_visits, p=[0.8, 0.15, 0.05])
    step = pd.Series(rng.integers(0, 50, n)).groupby(visit).cumsum()
    kinds = np.array(list(KINDS))[rng.choice(len(KINDS), n, p=list(KINDS.values()))]
    return pd.DataFrame(
        {
            "event_id": [f"e{i:05}" for i in range(n)], "event_at": start[visit] + pd.to_timedelta(step, unit="s"),
            "event_name": kinds, "surface": surface[visit], "visitor_id": [f"v{who[v]}" for v in visit],
            "session_id": [f"s{v}" for v in visit], "page": rng.choice(["/", "/a", "/b", "/cart"], n),
            "channel_group": rng.choice(CHANNELS, n_visits)[visit], "device_class": rng.choice(["mobile", "desktop"], n_visits)[visit],
            "engagement_time_s": rng.integers(0, 9, n).astype(float),
        }
    )  # fmt: skip


@pytest.fixture(scope="module")
def events() -> pd.DataFrame:
    events = random_events()
    return events[events.event_at < pd.Timestamp("2026-11-01", tz="UTC")]


@pytest.fixture(scope="module")
def source(events) -> cx.open_data:
    return cx.open_data({"events": events}, settings=SETTINGS)


@pytest.fixture(scope="module")
def visits(events) -> pd.DataFrame:
    """The twin: one row a visit."""
    rows = []
    for (session, visitor), part in events.sort_values(["event_at", "event_id"]).groupby(["session_id", "visitor_id"]):
        views = part[part.event_name == "page_view"]
        goals = part[part.event_name.isin(SETTINGS["key_events"])]
        rows.append(
            {
                "session": session, "visitor": visitor, "day": part.event_at.iloc[0].tz_localize(None).normalize(), "at": part.event_at.iloc[0],
                "kinds": set(part.event_name), "goals": set(goals.event_name), "channel": part.channel_group.iloc[0],
                "device": part.device_class.iloc[0], "surface": part.surface.iloc[0], "pages": set(views.page),
                "first": views.page.iloc[0] if len(views) else None, "last": views.page.iloc[-1] if len(views) else None,
                "duration": (part.event_at.iloc[-1] - part.event_at.iloc[0]).total_seconds(), "engaged_s": part.engagement_time_s.sum(),
                "is_engaged": part.engagement_time_s.sum() >= 10 or len(views) >= 2 or len(goals) > 0,
            }
        )  # fmt: skip
    frame = pd.DataFrame(rows).sort_values(["at", "session"], ignore_index=True)
    return frame.assign(is_new=~frame.visitor.duplicated())


def within(frame: pd.DataFrame, period: cx.Period) -> pd.DataFrame:
    return frame[(frame.day >= pd.Timestamp(period.start)) & (frame.day < pd.Timestamp(period.end))]


def measured(source, metric, period=OCTOBER) -> pd.DataFrame:
    return cx.measure(source, metric, period).set_index("segment")


def test_five_one_session_days_have_google_s_entrances_and_exits():
    """B A C · B · A C B · C · B C A, the example of section 8; ids lie so that ties would show."""
    days = ["BAC", "B", "ACB", "C", "BCA"]
    frame = pd.DataFrame(
        [
            {"event_id": f"{day}{i}", "event_at": pd.Timestamp(f"2026-10-0{day + 1}T10:0{i}Z"), "event_name": "page_view",
             "surface": "web", "visitor_id": f"v{day + 10 * twelve}", "page": page, "session_id": f"{day}-{twelve}"}
            for day, row in enumerate(days) for i, page in enumerate(row) for twelve in range(12)
        ]
    )  # fmt: skip
    frame["event_id"] += "-" + frame.session_id
    source = cx.open_data({"events": frame}, settings=SETTINGS)
    table = pages.page_table(Ask(source, OCTOBER)).set_index("page")
    assert table.entrances[["A", "B", "C"]].tolist() == [12 * n for n in (1, 3, 1)]
    assert table.exits[["A", "B", "C"]].tolist() == [12 * n for n in (1, 2, 2)]
    rates = measured(source, metrics.EXIT_RATE)
    assert rates.value[["page=A", "page=B", "page=C"]].tolist() == pytest.approx([1 / 3, 1 / 2, 1 / 2])
    entrances = cx.measure(source, metrics.ENTRANCES, OCTOBER, by="page").set_index("segment").value
    assert entrances[["page=A", "page=B", "page=C"]].tolist() == [12, 36, 12]
    assert measured(source, metrics.UNIQUE_PAGE_VIEWS).value.item() == 12 * 11


def test_exits_and_entrances_add_up_to_the_sessions_with_a_page(source, visits):
    mine = within(visits, OCTOBER)
    n = int(mine["first"].notna().sum())
    assert measured(source, metrics.ENTRANCES).value.item() == n
    table = pages.page_table(Ask(source, OCTOBER))
    assert (table.entrances.sum(), table.exits.sum()) == (n, n)
    assert (
        table.unique_views.sum()
        == mine.pages.map(len).sum()
        == measured(source, metrics.UNIQUE_PAGE_VIEWS).value.item()
    )


def test_exit_rate_and_goal_after_view_equal_brute_force(source, visits, events):
    mine, rates, after = (
        within(visits, OCTOBER),
        measured(source, metrics.EXIT_RATE),
        measured(source, metrics.PAGE_VALUE),
    )
    ordered = events.sort_values(["event_at", "event_id"]).groupby("session_id")
    for page in ("/", "/a", "/b", "/cart"):
        having = mine[mine.pages.map(lambda found, page=page: page in found)]
        assert rates.value[f"page={page}"] == pytest.approx((having["last"] == page).mean())
        reached = 0
        for session in having.session:
            part = ordered.get_group(session).reset_index()
            view = part.index[(part.event_name == "page_view") & (part.page == page)][0]
            reached += part.event_name[view + 1 :].isin(SETTINGS["key_events"]).any()
        assert after.numerator[f"page={page}"] == reached


def test_outside_the_funnel_exits_have_no_verdict(source):
    frame = cx.compare(source, metrics.EXIT_RATE, OCTOBER, SEPTEMBER)
    funnel = pages.page_table(Ask(source, OCTOBER)).set_index("page").is_funnel_step
    inside = frame.segment.str.removeprefix("page=").map(funnel).astype(bool)
    assert (frame.verdict[~inside] == "can't tell").all()


def test_interactions_and_goals_by_kind_equal_brute_force(source, visits):
    mine = within(visits, OCTOBER)
    kinds = measured(source, metrics.INTERACTION_RATE_BY_TYPE)
    for kind in ("click", "search", "purchase"):
        assert kinds.value[f"event_name={kind}"] == pytest.approx(
            mine.kinds.map(lambda found, kind=kind: kind in found).mean()
        )
    assert "event_name=page_view" not in kinds.index
    goals = measured(source, metrics.GOAL_CONVERSION_RATE)
    assert sorted(goals.index) == ["event_name=purchase", "event_name=sign_up"]
    assert goals.value["event_name=sign_up"] == pytest.approx(mine.goals.map(lambda found: "sign_up" in found).mean())
    whole = measured(source, metrics.SESSION_CONVERSION_RATE).value.item()
    assert goals.value.max() <= whole <= goals.value.sum()


def test_the_p_values_of_goals_are_holm_s(source):
    parts = cx.compare(source, metrics.GOAL_CONVERSION_RATE, OCTOBER, SEPTEMBER)
    raw = [
        cx.compare(
            source,
            metrics.share_of_visits(id="x", title="", view="session_actions", numerator=f"list_contains(goals, '{goal}')", definition="", source="", needs=("events.event_at",)),
            OCTOBER, SEPTEMBER,
        ).p_value.item()
        for goal in parts.segment.str.removeprefix("event_name=")
    ]  # fmt: skip
    lowest = min(2 * min(raw), 1.0)
    assert sorted(parts.p_value) == pytest.approx(sorted([lowest, max(max(raw), lowest)]))


def test_channel_shares_add_up_to_1_with_goodman_s_intervals(source, visits):
    mine, mix = within(visits, OCTOBER), measured(source, metrics.CHANNEL_MIX)
    assert mix.value.sum() == pytest.approx(1)
    counts = mine.channel.value_counts()
    assert mix.numerator["channel_group=referral"] == counts["referral"]
    assert measured(source, metrics.REFERRAL_TRAFFIC_SHARE).value.item() == pytest.approx(
        counts["referral"] / len(mine)
    )
    scaled = mix.numerator * mine.visitor.nunique() / len(mine)
    expected = multinomial_proportions_confint(scaled, method="goodman")
    assert mix[["ci_low", "ci_high"]].to_numpy() == pytest.approx(expected)


def test_new_visitors_are_those_whose_first_visit_falls_in_the_period(source, visits):
    mine = within(visits, OCTOBER)
    expected = mine.groupby("visitor").is_new.any().mean()
    row = measured(source, metrics.NEW_VS_RETURNING).iloc[0]
    assert row.value == pytest.approx(expected)
    assert row.denominator == mine.visitor.nunique()


def test_frequency_and_recency_equal_brute_force(source, visits):
    mine = within(visits, OCTOBER)
    per_visitor = mine.groupby("visitor").day
    days = (pd.Timestamp(OCTOBER.last_day) - per_visitor.max()).dt.days
    assert measured(source, metrics.VISIT_RECENCY).value.item() == np.median(days)
    recency = recency_distribution(Ask(source, OCTOBER, SEPTEMBER))
    expected = pd.cut(days, [-1, 0, 2, 6, 13, 30, 99]).value_counts(sort=False)
    assert recency.n.tolist() == expected.tolist()
    frequency = frequency_distribution(Ask(source, OCTOBER))
    assert frequency.n.tolist() == pd.cut(per_visitor.count(), [0, 1, 2, 5, 10, 999]).value_counts(sort=False).tolist()


def active(visits: pd.DataFrame, end: date, days: int) -> set[str]:
    """Visitors with an engaged or a first visit in the days before `end`."""
    first = pd.Timestamp(end - timedelta(days=days))
    part = visits[(visits.day >= first) & (visits.day < pd.Timestamp(end)) & (visits.is_engaged | visits.is_new)]
    return set(part.visitor)


def test_active_users_and_stickiness_equal_a_count_day_by_day(source, visits):
    rows = cx.compare(source, metrics.ACTIVE_USERS, OCTOBER, SEPTEMBER).set_index("segment")
    ends = [OCTOBER.start + timedelta(days=n + 1) for n in range(31)]
    dau, mau = (np.array([len(active(visits, end, n)) for end in ends]) for n in (1, 30))
    assert rows.value["window=1 day"] == pytest.approx(dau.mean())
    for name, n in (("window=7 days", 7), ("window=30 days", 30)):
        now, then = active(visits, OCTOBER.end, n), active(visits, SEPTEMBER.end, n)
        assert (rows.value[name], rows.base_value[name]) == (len(now), len(then))
        half = peer.norm.ppf(0.975) * np.sqrt(len(now ^ then))
        assert rows.difference_high[name] - rows.difference[name] == pytest.approx(half)
    assert measured(source, metrics.STICKINESS).value.item() == pytest.approx((dau / mau).mean())
    assert daily_activity(Ask(source, OCTOBER))[["dau", "mau"]].to_numpy().tolist() == np.c_[dau, mau].tolist()


def test_the_interval_of_stickiness_is_the_jackknife_over_visitors(source, visits):
    ends = [OCTOBER.start + timedelta(days=n + 1) for n in range(31)]
    daily, monthly = ([active(visits, end, n) for end in ends] for n in (1, 30))
    people = sorted(set().union(*monthly))
    d, m = (np.array([[who in day for day in days] for who in people], float) for days in (daily, monthly))
    left_out = ((d.sum(0) - d) / (m.sum(0) - m)).mean(1)
    n = len(people)
    error = np.sqrt((n - 1) / n * ((left_out - left_out.mean()) ** 2).sum())
    row = measured(source, metrics.STICKINESS).iloc[0]
    assert row.n_units == n
    assert (row.ci_high - row.ci_low) / 2 / 1.959964 == pytest.approx(error, rel=0.03)


def test_habits_before_the_data_began_are_not_taken_for_absence(source):
    july = cx.Period.parse("2026-07")
    assert len(daily_activity(Ask(source, july))) == 2  # the 30th and the 31st have their 30 days
    assert daily_activity(Ask(source, cx.Period.parse("2026-07-01..2026-07-20"))).empty
    row = cx.compare(source, metrics.STICKINESS, cx.Period.parse("2026-08"), july).iloc[0]
    assert row.verdict in ("no change", "up", "down")
    early = measured(source, metrics.ACTIVE_USERS, cx.Period.parse("2026-07-01..2026-07-20"))
    assert np.isnan(early.value["window=30 days"])


def test_time_spent_by_surface_adds_up_to_the_whole(source, visits):
    mine = within(visits, OCTOBER)
    seconds = mine.duration.where(mine.surface == "call", mine.engaged_s)
    rows = measured(source, metrics.TIME_SPENT_PER_USER)
    assert rows.value[""] == pytest.approx(seconds.sum() / mine.visitor.nunique())
    assert rows.value["surface=app"] == pytest.approx(seconds[mine.surface == "ios"].sum() / mine.visitor.nunique())
    assert rows.value.iloc[1:].sum() == pytest.approx(rows.value[""])


def test_companions_of_the_mean_duration_keep_zeros_apart(source, visits):
    mine = within(visits, OCTOBER)
    assert measured(source, metrics.ZERO_LENGTH_SHARE).value.item() == pytest.approx((mine.duration == 0).mean())
    assert measured(source, metrics.MEDIAN_SESSION_DURATION).value.item() == mine.duration[mine.duration > 0].median()


def test_engagement_and_bounce_add_up_to_1(source):
    both = cx.measure(source, [metrics.SESSION_ENGAGEMENT_RATE, metrics.BOUNCE_RATE], OCTOBER)
    assert both.value.sum() == pytest.approx(1)


def test_conversion_by_device_equals_brute_force(source, visits):
    mine = within(visits, OCTOBER)
    rows = measured(source, metrics.DEVICE_BREAKDOWN)
    for device, part in mine.groupby("device"):
        assert rows.value[f"device_class={device}"] == pytest.approx((part.goals.map(len) > 0).mean())


def points(events: pd.DataFrame, end: date, weights: dict[str, float]) -> pd.Series:
    part = events[
        (events.event_at >= pd.Timestamp(end, tz="UTC") - timedelta(days=28))
        & (events.event_at < pd.Timestamp(end, tz="UTC"))
    ]
    counts = part.groupby(["visitor_id", "event_name"]).size().clip(upper=20).unstack(fill_value=0)  # noqa: PD010 (a Series has no pivot_table)
    return sum(counts.get(name, 0) * weight for name, weight in weights.items()).reindex(sorted(set(part.visitor_id)))


def test_the_engagement_score_and_its_sensitivity_equal_brute_force(source, events):
    now, then = points(events, OCTOBER.end, WEIGHTS), points(events, SEPTEMBER.end, WEIGHTS)
    row = cx.compare(source, metrics.WEIGHTED_ENGAGEMENT_SCORE, OCTOBER, SEPTEMBER).iloc[0]
    assert (row.value, row.base_value) == (pytest.approx(now.mean()), pytest.approx(then.mean()))
    table = engagement_score.score_sensitivity(Ask(source, OCTOBER)).set_index("weighting")
    for name, weights in (
        ("equal weights", dict.fromkeys(WEIGHTS, 1)),
        ("top weight doubled", WEIGHTS | {"purchase": 20}),
    ):
        expected = peer.spearmanr(now, points(events, OCTOBER.end, weights)).statistic
        found = table.loc[name]
        assert found.rank_correlation == pytest.approx(expected)
        assert found.ci_low <= expected <= found.ci_high
    quartiles = engagement_score.score_percentiles(Ask(source, OCTOBER)).set_index("percentile").points
    assert quartiles[50] == now.median()


def test_without_weights_the_score_is_off_and_says_what_to_write(events):
    bare = cx.open_data(
        {"events": events}, settings={key: value for key, value in SETTINGS.items() if key != "weights"}
    )
    row = cx.compare(bare, metrics.WEIGHTED_ENGAGEMENT_SCORE, OCTOBER, SEPTEMBER).iloc[0]
    assert (row.verdict, row.exclusion_reasons) == ("off", "needs weights in dataset.yml")
    assert engagement_score.score_sensitivity(Ask(bare, OCTOBER)).empty


def test_growth_compares_as_many_days_with_the_same_weekdays(source, visits):
    rows = measured(source, metrics.TRAFFIC_GROWTH_RATE)
    now = within(visits, OCTOBER)
    then = visits[(visits.day >= "2026-08-27") & (visits.day < "2026-09-27")]
    assert sorted(now.day.dt.weekday.unique()) == sorted(then.day.dt.weekday.unique())
    assert then.day.dt.normalize().nunique() <= 31
    row = rows.loc["of=sessions against 5 weeks before"]
    assert row.value == pytest.approx(len(now) / len(then) - 1)
    assert rows.loc["of=visitors against 5 weeks before"].value == pytest.approx(
        now.visitor.nunique() / then.visitor.nunique() - 1
    )
    counts = pd.concat([now.visitor.value_counts(), then.visitor.value_counts()], axis=1, keys=["a", "b"]).fillna(0)
    error = np.sqrt(((counts.a / len(now) - counts.b / len(then)) ** 2).sum())
    assert np.log((1 + row.ci_high) / (1 + row.ci_low)) / 2 / 1.959964 == pytest.approx(error)
    assert np.isnan(rows.value["of=sessions against a year before"])  # before the data began


def test_a_growth_over_fewer_than_30_has_no_value(events):
    few = cx.open_data({"events": events[events.event_at >= pd.Timestamp("2026-09-24", tz="UTC")]}, settings=SETTINGS)
    assert np.isnan(measured(few, metrics.TRAFFIC_GROWTH_RATE).value["of=visitors against 5 weeks before"])


def test_daily_visits_have_every_day(source, visits):
    daily = growth.daily_visits(Ask(source, OCTOBER), 400)
    assert len(daily) == 123
    assert daily.value.sum() == len(visits)


def test_click_through_counts_clicks_and_people():
    rows = [("a", "ad_impression")] * 4 + [("a", "ad_click")] * 2 + [("b", "ad_impression"), ("c", "ad_click")]
    frame = pd.DataFrame(rows, columns=["visitor_id", "event_name"])
    frame = frame.assign(
        event_id=[str(n) for n in range(len(frame))], event_at=pd.Timestamp("2026-10-03T10:00Z"), surface="web"
    )
    source = cx.open_data({"events": frame}, settings=SETTINGS)
    assert measured(source, metrics.CLICK_THROUGH_RATE).value.item() == pytest.approx(3 / 5)
    assert measured(source, metrics.UNIQUE_CLICK_THROUGH_RATE).value.item() == pytest.approx(1 / 2)
    nothing = cx.open_data({"events": frame.assign(event_name="page_view")}, settings=SETTINGS)
    row = measured(nothing, metrics.CLICK_THROUGH_RATE).iloc[0]
    assert np.isnan(row.value)
    assert "empty_denominator" in row["flags"]


def test_duplicating_one_visitor_s_rows_leaves_the_figures_of_distinct_visitors_alone(source, events):
    mine = events[events.visitor_id == "v1"]
    twice = pd.concat([events, mine.assign(event_id="again " + mine.event_id)])
    doubled = cx.open_data({"events": twice}, settings=SETTINGS)
    distinct = [
        metrics.UNIQUE_VISITORS, metrics.USER_CONVERSION_RATE, metrics.NEW_VS_RETURNING, metrics.ACTIVE_USERS,
        metrics.STICKINESS, metrics.VISIT_RECENCY,
    ]  # fmt: skip
    values = [cx.measure(each, distinct, OCTOBER).value for each in (source, doubled)]
    assert values[0].tolist() == pytest.approx(values[1].tolist())
    assert measured(doubled, metrics.PAGE_VIEWS).value.item() > measured(source, metrics.PAGE_VIEWS).value.item()


def test_a_class_that_the_base_does_not_cover_is_not_shown_as_zero(source):
    july = cx.Period.parse("2026-07")
    assert "base_n" not in frequency_distribution(Ask(source, july, july.previous()))
    without = cx.open_data({"orders": pd.DataFrame({"order_id": ["1"], "ordered_at": pd.to_datetime(["2026-10-01T10:00Z"]),
                            "status": "paid", "net_amount": 5.0, "currency": "EUR"})}, {"guests": "keep"})  # fmt: skip
    assert recency_distribution(Ask(without, OCTOBER, SEPTEMBER)).n.sum() == 0
