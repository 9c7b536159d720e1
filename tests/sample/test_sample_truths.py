"""What the company was made to show stands in truth.yml and is read back from the committed files: by the catalogue, by the models of
the notebooks, and by plain SQL; every count to the row."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest
import yaml

import cxkit as cx
from cxkit.areas import engagement, social, usability
from cxkit.areas.churn.study import churn_study
from cxkit.areas.email import experiments
from cxkit.areas.value.study import purchase_study
from cxkit.engine.duckdb import Engine, literal
from cxkit.measurement.ask import Ask

FOLDER = Path(__file__).parents[2] / "data" / "sample"
TRUTH = yaml.safe_load((FOLDER / "truth.yml").read_text(encoding="utf-8"))["planted"]
END = date(2026, 10, 31)
WHOLE, OCTOBER = cx.Period.parse("2025-09-01..2026-10-31"), cx.Period.parse("2026-10")

STORY = {  # what the sample company must hold, and the entry that says so
    "a campaign that worked": ("email_conversion_rate", "flow_id=spring"),
    "a checkout that broke on one device for two weeks": ("session_conversion_rate", "device_class=mobile"),
    "a price rise that raised churn in one segment": ("churn_hazard_ratio", "plan=premium from 2026-05-01"),
    "and in no other": ("churn_hazard_ratio", "plan=basic from 2026-05-01"),
    "a slow support month": ("first_response_time", "created_at=2026-01"),
    "a redesign that raised task completion": ("task_completion_rate", "study_id=finder, design=new"),
    "promoters worth more": ("worth_of_promoters", "nps=promoter"),
    "personas": ("customer_share", "persona=gift giver"),
    "languages": ("customer_share", "language=pl"),
    "machine opens": ("machine_open_share", "mail_client=apple_mail"),
    "bots": ("events_by_bots", ""),
    "reopened tickets": ("tickets_reopened", ""),
    "open tickets": ("tickets_open", ""),
    "left-truncated members": ("members_seen_late", ""),
    "a competitor set": ("share_of_voice", "brand_id=cuppa-and-co"),
    "refunds": ("full_refund_share", ""),
    "two sales channels": ("orders_store", ""),
}

SHARES = {  # entries of kind `level`, and the rows (true or false) whose mean they are
    ("customer_share", "persona=*"): "select persona = '*' from {customers} where persona is not null",
    ("customer_share", "language=*"): "select language = '*' from {customers} where language is not null",
    ("customer_share", "country=*"): "select country = '*' from {customers} where country is not null",
    ("machine_open_share", "mail_client=*"): """
        select bool_or(event_type = 'open' and is_machine) from {message_events} join {campaigns} using (campaign_id)
        where mail_client = '*' and campaign_name like 'Newsletter%'
        group by campaign_id, recipient_id having bool_or(event_type = 'delivered')""",
    ("full_refund_share", ""): "select status = 'refunded' from {orders} where status not in ('cancelled', 'pending')",
    ("partial_refund_share", ""): """
        select status = 'partially_refunded' from {orders}
        where status not in ('cancelled', 'pending') and ordered_at < timestamptz '2026-10-28 00:00 Europe/Warsaw'""",
    ("guest_order_share", ""): "select customer_id is null from {orders} where status <> 'cancelled' and status <> 'refunded'",
    ("reopen_rate", ""): "select n_reopens > 0 from {tickets} where first_solved_at is not null and not is_bot_only",
    ("bot_containment_rate", "channel=*"): "select is_bot_only from {tickets} where channel = '*'",
    ("visitor_intent", "purpose=*"): "select value_choice = '*' from {survey_answers} where instrument = 'intent'",
    ("invite_conversion_rate", ""): "select converted_at is not null from {referrals}",
}  # fmt: skip

COUNTS = {
    "events_by_bots": "{events} where is_bot",
    "events_internal": "{events} where is_internal",
    "events_without_visitor": "{events} where visitor_id is null",
    "members_seen_late": "(select distinct subscription_id from {subscriptions} where observed_from > term_start_at)",
    "opens_by_machines": "{message_events} where event_type = 'open' and is_machine",
    "orders_of_guests": "{orders} where customer_id is null",
    "tickets_open": "{tickets} where last_solved_at is null and status in ('new', 'open', 'pending', 'on_hold')",
    "tickets_reopened": "{tickets} where n_reopens > 0",
    **{f"orders_{name}": f"{{orders}} where sales_channel = '{name}'" for name in ("app", "online", "store")},
    **{
        f"orders_{name}": f"{{orders}} where status = '{name}'"
        for name in ("cancelled", "completed", "paid", "partially_refunded", "pending", "refunded", "shipped")
    },
    **{
        f"subscriptions_ended_{name}": f"{{subscriptions}} where end_reason = '{name}'"
        for name in ("other", "payment_failed", "upgrade", "voluntary")
    },
}


def entry(metric: str, segment: str = "", **more) -> float:
    """The planted value; the only one that fits."""
    (found,) = [
        each["value"]
        for each in TRUTH
        if (each["metric"], each["segment"]) == (metric, segment) and all(each.get(k) == v for k, v in more.items())
    ]
    return found


def read(sql: str, **words):
    """Rows of a query over the files themselves, with nobody left out."""
    files = {path.stem: path for path in FOLDER.iterdir() if path.suffix in (".csv", ".parquet")}
    tables = {name: f"read_{path.suffix[1:]}({literal(path.as_posix())})" for name, path in files.items()}
    return Engine().query(sql.format(**tables, **words))


@pytest.fixture(scope="module")
def shop():
    return cx.open_data(FOLDER)


@pytest.mark.parametrize("what", STORY)
def test_the_story_stands_in_the_truth(what):
    metric, segment = STORY[what]
    assert [each for each in TRUTH if each["metric"] == metric and each["segment"] == segment]


@pytest.mark.parametrize("name", [each["metric"] for each in TRUTH if each["kind"] == "count"])
def test_every_count_is_exact(name):
    rows = COUNTS.get(name) or f"{{{name.removeprefix('rows_')}}}"
    assert read(f"select count(*) as n from {rows}").n[0] == entry(name)


@pytest.mark.parametrize(("metric", "pattern"), SHARES)
def test_shares_scatter_around_their_levels_as_chance_has_it(metric, pattern):
    name = pattern.removesuffix("*")
    here = [each for each in TRUTH if each["metric"] == metric and each["segment"].startswith(name)]
    assert here
    for each in here:
        rows = read(SHARES[metric, pattern].replace("*", each["segment"].removeprefix(name))).iloc[:, 0].astype(float)
        error = np.sqrt(each["value"] * (1 - each["value"]) / len(rows))
        assert abs(rows.mean() - each["value"]) < 2.58 * error, (each["segment"], rows.mean(), each["value"])


def test_the_spring_campaign_worked_and_the_hold_out_tells_by_how_much(shop):
    (row,) = experiments.holdout_lift(Ask(shop, OCTOBER)).itertuples()
    treated, held = row.value * row.n, row.value_against * row.n_against
    assert held > 60 and row.verdict == "higher, beyond noise"
    error = np.sqrt(1 / treated + 1 / held)
    assert abs(np.log(row.value / row.value_against / entry("email_conversion_rate", "flow_id=spring"))) < 1.96 * error


def test_the_checkout_broke_on_mobile_for_two_weeks_and_on_nothing_else(shop):
    weeks = cx.Period.parse("2026-03-09..2026-03-22")
    rows = cx.measure(shop, engagement.SESSION_CONVERSION_RATE, weeks, by="device_class").set_index("segment")
    planted = entry("session_conversion_rate", "device_class=mobile", note="checkout broken")
    usual = entry("session_conversion_rate", "device_class=mobile", kind="level", period="2025-09-01..2026-09-30")
    mobile, desktop = rows.loc["device_class=mobile"], rows.loc["device_class=desktop"]
    assert mobile.ci_low < planted < mobile.ci_high < usual
    assert desktop.ci_low < entry("session_conversion_rate", "device_class=desktop", kind="level") < desktop.ci_high


def test_no_bounce_rate_moved_in_october_on_a_device_or_in_all(shop):
    for by in (None, "device_class"):
        rows = cx.compare(shop, engagement.BOUNCE_RATE, OCTOBER, OCTOBER.previous(), by=by).set_index("segment")
        for segment in [""] if by is None else ["device_class=desktop", "device_class=mobile"]:
            planted = entry("bounce_rate", segment, kind="change")
            row = rows.loc[segment]
            assert row.difference_low < planted < row.difference_high and row.verdict == "no change"


def test_the_price_rise_raised_churn_of_premium_alone(shop):
    table = churn_study(Ask(shop, OCTOBER)).since("2026-05-01").set_index("group")
    for plan, verdict in {"premium": "left more", "basic": "no change beyond noise"}.items():
        row, planted = table.loc[plan], entry("churn_hazard_ratio", f"plan={plan} from 2026-05-01")
        assert row.low < planted < row.high and row.verdict == verdict


def test_the_purchase_process_is_found_by_the_models_of_the_notebook(shop):
    study = purchase_study(shop, END)
    assert study.unit == "week" and study.fit.name == "BG/NBD"
    for fit, family, names in (
        (study.fit, "bg_nbd", {"r": "r", "alpha": "alpha", "a": "a", "b": "b"}),
        (study.spend, "gamma_gamma", {"p": "p", "q": "q", "v": "gamma"}),
    ):
        assert fit.verdict == "converged"
        for ours, planted in names.items():
            truth = entry(f"{family}_{planted}") / (7 if ours == "alpha" else 1)
            low, high = fit.interval(ours)
            assert low < truth < high, (ours, low, truth, high)


def test_the_redesign_raised_task_completion(shop):
    may = cx.Period.parse("2026-05")
    rows = {
        design: cx.measure(shop, usability.TASK_COMPLETION_RATE, may, segment=f"study_id=finder; design={design}").iloc[
            0
        ]
        for design in ("old", "new")
    }
    for design, row in rows.items():
        assert row.ci_low < entry("task_completion_rate", f"study_id=finder, design={design}") < row.ci_high
    assert rows["new"].ci_low > rows["old"].ci_high


def test_support_was_slow_in_january():
    """Logarithms of first replies, the channel's own level taken out; five seconds are added to every reply."""
    rows = read("""
        with replies as (
            select channel, ln(epoch(first_reply_at - created_at) - 4) as seconds,
                   strftime(created_at at time zone 'Europe/Warsaw', '%Y-%m') = '2026-01' as is_slow
            from {tickets} where first_reply_at is not null
        ), usual as (select channel, avg(seconds) as level, count(*) as n from replies where not is_slow group by 1)
        select avg(seconds - level) as gap, stddev(seconds - level) / sqrt(count(*)) as error from replies join usual using (channel)
        where is_slow""").iloc[0]
    planted = np.log(entry("first_response_time", "created_at=2026-01"))
    assert abs(rows.gap - planted) < 1.96 * rows.error and rows.gap > 5 * rows.error


def test_promoters_are_worth_more():
    """Spending a day since the first order, of those who answered; the ratio of the two means on the log scale."""
    rows = read("""
        with spent as (
            select customer_id, sum(net_amount - refund_amount) / greatest(date_diff('day', min(ordered_at), date '2026-11-01'), 1) as worth
            from {orders} where customer_id is not null and status not in ('cancelled', 'pending') group by 1
        )
        select value_num >= 9 as promotes, avg(worth) as mean, stddev(worth) / sqrt(count(*)) as error
        from {survey_answers} join spent using (customer_id)
        where instrument = 'nps' and (value_num >= 9 or value_num <= 6) group by 1 order by 1""")
    gap, error = np.diff(np.log(rows["mean"]))[0], np.hypot(*(rows.error / rows["mean"]))
    assert gap > 1.96 * error
    assert abs(gap - np.log(entry("worth_of_promoters", "nps=promoter"))) < 1.96 * error


def test_the_company_and_its_competitors_have_their_voices(shop):
    usual = cx.measure(shop, social.SHARE_OF_VOICE, cx.Period.parse("2026-05-01..2026-10-31"), conf_level=0.99)
    rows = usual.set_index("segment")
    for brand in ("larkmoor", "cuppa-and-co", "blatt-und-bluete", "herbaciarnia"):
        planted = entry("share_of_voice", f"brand_id={brand}", kind="level", except_for="2026-04")
        assert rows.ci_low[f"brand_id={brand}"] < planted < rows.ci_high[f"brand_id={brand}"]


def test_the_last_month_is_rich_enough():
    """So many that figures of an area can usually be told from noise."""
    month = "between timestamptz '2026-10-01 00:00 Europe/Warsaw' and timestamptz '2026-11-01 00:00 Europe/Warsaw'"
    for least, rows in {
        40: "{social_posts} where is_own and published_at",
        2: "{campaigns} where channel = 'push' and sent_at",
        100: "{orders} where sales_channel = 'store' and ordered_at",
        50: "{social_mentions} where brand_id = 'larkmoor' and mentioned_at",
    }.items():
        assert read(f"select count(*) as n from {rows} {month}").n[0] >= least, rows
