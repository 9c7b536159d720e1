"""App figures: a walk through every device's events, the planted truth of the sample, and the edges one by one."""

import numpy as np
import pandas as pd
import pytest

import cxkit as cx
from cxkit.areas import app
from cxkit.areas.app import installs
from cxkit.measurement.ask import Ask
from cxkit.metric import areas
from cxkit.models.survival.kaplan_meier import kaplan_meier

OCTOBER = cx.Period.parse("2026-10")
SEPTEMBER = OCTOBER.previous()
IDS = [
    "installs",
    "reinstalls",
    "active_installs",
    "active_install_ratio",
    "install_retention",
    "app_active_users",
    "user_loss_rate",
    "uninstall_rate",
    "screens_per_session",
    "app_sessions_per_user",
    "campaign_response_rate",
    "push_direct_open_rate",
    "push_opt_out_rate",
]
COVERED = {"tables": {"events": {"from": "2026-07-01", "to": "2026-10-31"}}}


@pytest.fixture(scope="module")
def shop(root):
    return cx.open_data(root / "data" / "sample")


def one(frame: pd.DataFrame) -> pd.Series:
    assert len(frame) == 1
    return frame.iloc[0]


def test_every_id_of_the_catalogue_is_declared():
    assert set(IDS) <= {metric.id for metric in areas()["app"]}


def source(rows: list[tuple[str, str, str]], **columns):
    """Events of devices: device, moment, name. Devices that start with i are iOS."""
    frame = pd.DataFrame(rows, columns=["visitor_id", "event_at", "event_name"])
    frame = frame.assign(
        event_id=[f"{n:05}" for n in range(len(frame))], event_at=frame.event_at + "Z",
        surface=np.where(frame.visitor_id.str.startswith("i"), "ios", "android"),
    )  # fmt: skip
    return cx.open_data({"events": frame.assign(**columns)}, settings=COVERED)


def random_life(n: int, seed: int) -> list[tuple[str, str, str]]:
    """Devices that install, use, remove and install again, at whole hours so that moments coincide."""
    rng = np.random.default_rng(seed)
    names = rng.choice(
        ["first_open", "screen_view", "screen_view", "screen_view", "app_remove", "notification_receive"], n
    )
    at = pd.Timestamp("2026-07-01") + pd.to_timedelta(rng.integers(0, 123 * 24, n), unit="h")
    device = [
        f"{kind}{k}"
        for kind, k in zip(rng.choice(["a", "i"], n, p=[0.7, 0.3]), rng.integers(0, n // 8, n), strict=True)
    ]
    return [
        (d, t.isoformat(), "screen_view" if d[0] == "i" and e == "app_remove" else e)
        for d, t, e in zip(device, at, names, strict=True)
    ]


DAY = pd.Timedelta(days=1)


def present(moves: pd.DataFrame, at: pd.Timestamp) -> bool:
    before = moves[moves["at"] < at]
    used = before[before.name.isin(["first_open", "screen_view"])]["at"]
    gone = before[before.name == "app_remove"]["at"]
    if used.empty or used.max().normalize() < at - 30 * DAY:
        return False
    return gone.empty or gone.max() < used.max()


@pytest.fixture(scope="module")
def lives() -> list[tuple[str, str, str]]:
    return random_life(1500, seed=4)


def by_device(rows: list[tuple[str, str, str]]) -> dict[str, pd.DataFrame]:
    frame = pd.DataFrame([(d, pd.Timestamp(t), e) for d, t, e in rows], columns=["device", "at", "name"])
    return dict(list(frame.groupby("device")))


def test_stocks_and_losses_equal_a_walk_through_every_device(lives):
    moves, shop = by_device(lives), source(lives)
    start, end = pd.Timestamp(OCTOBER.start), pd.Timestamp(OCTOBER.end)
    there = {device for device, own in moves.items() if present(own, start)}
    now = {device for device, own in moves.items() if present(own, end)}
    removed = {
        device for device in there
        if ((moves[device].name == "app_remove") & (moves[device]["at"] >= start) & (moves[device]["at"] < end)).any()
    }  # fmt: skip
    stock = cx.compare(shop, app.ACTIVE_INSTALLS, OCTOBER, SEPTEMBER).set_index("segment")
    loss = cx.measure(shop, app.USER_LOSS_RATE, OCTOBER).set_index("segment")
    for letter, surface in (("a", "surface=android"), ("i", "surface=ios")):
        mine = {device for device in there if device[0] == letter}
        assert stock.value[surface] == sum(device[0] == letter for device in now)
        assert stock.base_value[surface] == len(mine)
        assert stock.difference[surface] == stock.value[surface] - len(mine)
        assert loss.denominator[surface] == len(mine)
        assert loss.numerator[surface] == len((mine & removed) | (mine - now))
    assert loss.numerator["surface=android; lost_by=uninstall"] == len(removed)
    assert "surface=ios; lost_by=uninstall" not in loss.index  # iOS does not tell, and says not "none"


def test_installs_retention_and_removal_equal_a_walk_through_every_device(lives):
    shop = source(lives)
    rows = []
    for device, own in by_device(lives).items():
        own = own.sort_values("at", kind="stable")
        opened = list(own["at"][own.name == "first_open"])
        used = set(own["at"][own.name.isin(["first_open", "screen_view"])].dt.normalize())
        for number, at in enumerate(opened):
            after = opened[number + 1] if number + 1 < len(opened) else pd.Timestamp.max
            gone = own["at"][(own.name == "app_remove") & (own["at"] >= at) & (own["at"] < after)]
            day = at.normalize()
            rows.append(
                {
                    "again": number > 0, "at": at, "day_7": day + 7 * DAY, "on_7": day + 7 * DAY in used, "day_30": day + 30 * DAY,
                    "gone_30": not gone.empty and (gone.min().normalize() - day).days <= 30, "android": device[0] == "a",
                }
            )  # fmt: skip
    walk = pd.DataFrame(rows)

    def within(column: str) -> pd.DataFrame:
        return walk[(walk[column] >= pd.Timestamp(OCTOBER.start)) & (walk[column] < pd.Timestamp(OCTOBER.end))]

    asked = [app.INSTALLS, app.REINSTALLS, app.INSTALL_RETENTION, app.UNINSTALL_RATE]
    found = cx.measure(shop, asked, OCTOBER).set_index("metric_id")
    assert found.value["installs"] == (~within("at").again).sum()
    assert found.value["reinstalls"] == within("at").again.sum()
    assert (found.numerator["install_retention"], found.denominator["install_retention"]) == (
        within("day_7").on_7.sum(),
        len(within("day_7")),
    )
    android = within("day_30")[within("day_30").android]
    assert (found.numerator["uninstall_rate"], found.denominator["uninstall_rate"]) == (
        android.gone_30.sum(),
        len(android),
    )
    assert found.n_excluded["uninstall_rate"] == len(within("day_30")) - len(android)


def test_the_same_screen_within_a_second_is_one_view():
    at = ["10:00:00.000", "10:00:00.400", "10:00:01.500", "10:00:01.900", "10:00:02.000"]
    rows = [("a1", f"2026-10-05T{moment}", "screen_view") for moment in at]
    shop = source(rows, screen=["home", "home", "home", "cart", "home"])
    row = one(cx.measure(shop, app.SCREENS_PER_SESSION, OCTOBER))
    assert (row.numerator, row.denominator) == (4, 1)  # the second is a turned phone, the last came from another screen


def test_a_person_on_two_devices_counts_once_when_logged_in():
    rows = [("a1", "2026-10-05T10:00:00", "screen_view"), ("i1", "2026-10-06T10:00:00", "screen_view"), ("i2", "2026-10-06T10:00:00", "screen_view")]  # fmt: skip
    customers = pd.DataFrame({"customer_id": ["c"]})
    frame = source(rows).sql("select event_id, event_at, event_name, surface, visitor_id from events")
    events = frame.assign(customer_id=["c", "c", None], event_at=frame.event_at.dt.tz_localize("UTC"))
    shop = cx.open_data({"events": events, "customers": customers}, settings=COVERED)
    assert one(cx.measure(shop, app.APP_ACTIVE_USERS, OCTOBER)).value == 2
    assert one(cx.measure(shop, app.APP_SESSIONS_PER_USER, OCTOBER)).value == 1


def test_an_install_whose_day_has_not_come_is_in_no_cohort():
    rows = [("a1", "2026-10-28T10:00:00", "first_open"), ("a2", "2026-10-20T10:00:00", "first_open")]
    row = one(cx.measure(source(rows), app.INSTALL_RETENTION, OCTOBER))
    assert row.denominator == 1


def test_a_platform_that_never_tells_of_removals_is_unknown_not_loyal():
    rows = [("i1", "2026-09-05T10:00:00", "first_open"), ("i1", "2026-10-05T10:00:00", "screen_view")]
    row = one(cx.measure(source(rows), app.UNINSTALL_RATE, OCTOBER))
    assert np.isnan(row.value)
    assert row.exclusion_reasons == "no value: 1"


def test_retention_by_day_is_the_metric_on_its_days(shop):
    days = installs.retention_by_day(Ask(shop, OCTOBER))
    for metric, day in ((app.INSTALL_RETENTION_D1, 1), (app.INSTALL_RETENTION, 7), (app.INSTALL_RETENTION_D30, 30)):
        row, part = one(cx.measure(shop, metric, OCTOBER)), days[days.day == day]
        assert (part.active.sum(), part.at_risk.sum()) == (row.numerator, row.denominator)


@pytest.mark.parametrize(("day", "planted"), [(1, 0.24), (7, 0.0747)])
def test_the_planted_retention_is_found(shop, day, planted):
    year = cx.Period.parse("2025-11-01..2026-10-31")
    days = installs.retention_by_day(Ask(shop, year), day)
    part = days[days.day == day]
    assert part.active.sum() / part.at_risk.sum() == pytest.approx(planted, abs=0.04)


@pytest.mark.parametrize(("day", "planted"), [(30, 0.7271), (90, 0.5582)])
def test_the_planted_share_still_installed_lies_in_the_curve_s_interval(shop, day, planted):
    still = kaplan_meier(installs.install_cells(Ask(shop, OCTOBER)), conf_level=0.999).survival_at(day)
    assert still.low < planted < still.high


@pytest.mark.parametrize(
    ("metric", "planted"),
    [(app.PUSH_DIRECT_OPEN_RATE, 0.06), (app.PUSH_INFLUENCED_OPEN_RATE, 0.05), (app.PUSH_OPT_OUT_RATE, 0.007)],
)
def test_the_planted_response_to_notifications_is_found(shop, metric, planted):
    row = one(cx.measure(shop, metric, cx.Period.parse("2025-11-01..2026-10-31"), conf_level=0.999))
    assert row.ci_low < planted < row.ci_high


def test_the_stores_figures_are_a_last_value_and_a_sum_by_platform(shop):
    series = shop.sql("select * from series where date >= '2026-10-01' and platform = 'ios' order by date")
    frame = cx.measure(shop, [app.STORE_INSTALLS, app.STORE_ACTIVE_DEVICES], OCTOBER)
    ios = frame[frame.segment == "platform=ios"].set_index("metric_id").value
    assert ios["store_installs"] == series.value[series.series_id == "store_installs"].sum()
    assert ios["store_active_devices"] == series.value[series.series_id == "store_active_devices"].iloc[-1]


def test_active_ratio_is_active_over_ever_installed(shop):
    ratio = cx.measure(shop, app.ACTIVE_INSTALL_RATIO, OCTOBER).set_index("segment")
    ever = shop.sql("select surface, count(distinct visitor_id) as n from installs group by 1").set_index("surface").n
    stock = cx.measure(shop, app.ACTIVE_INSTALLS, OCTOBER).set_index("segment").value
    for surface, n in ever.items():
        assert ratio.denominator[f"surface={surface}"] == n
        assert (
            ratio.numerator[f"surface={surface}"] == stock[f"surface={surface}"]
        )  # all devices installed since the data begin


def test_without_an_app_nothing_breaks():
    orders = pd.DataFrame({"order_id": ["1"], "ordered_at": ["2026-10-02T10:00:00Z"], "status": ["paid"], "net_amount": [1.0], "currency": ["EUR"]})  # fmt: skip
    frame = cx.compare(
        cx.open_data({"orders": orders}, settings={"guests": "keep"}), areas()["app"], OCTOBER, SEPTEMBER
    )
    assert set(frame["flags"]) == {"off"}
    web = source([("a1", "2026-10-05T10:00:00", "screen_view")], surface="web")
    frame = cx.measure(web, [app.ACTIVE_INSTALLS, app.USER_LOSS_RATE, app.ACTIVE_INSTALL_RATIO], OCTOBER)
    assert frame.value.isna().all()
    assert set(frame["flags"]) == {"empty_denominator"}
    assert installs.retention_by_day(Ask(web, OCTOBER)).empty
    assert installs.install_cells(Ask(web, OCTOBER)).empty
