"""No figure that the kit promises is missing: from the catalogue, or from the report of the sample company."""

import pandas as pd
import pytest

import cxkit as cx
from cxkit.commands import main
from cxkit.metric import catalogue

PROMISED = {
    "engagement": """page_views unique_page_views sessions avg_session_duration avg_engagement_time_per_session time_spent_per_user
        session_engagement_rate bounce_rate single_page_bounce_rate exit_rate entrances pages_per_session events_per_session
        interaction_rate weighted_engagement_score unique_visitors new_vs_returning visit_frequency visit_recency active_users
        stickiness session_conversion_rate user_conversion_rate goal_conversion_rate referral_traffic_share traffic_growth_rate
        click_through_rate device_breakdown page_value_table""",
    "app": """installs reinstalls active_installs active_install_ratio install_retention app_active_users user_loss_rate
        uninstall_rate screens_per_session app_sessions_per_user campaign_response_rate push_direct_open_rate push_opt_out_rate""",
    "email": """delivery_rate email_bounce_rate open_rate adjusted_open_rate click_rate click_to_open_rate total_opens total_clicks
        unsubscribes unsubscribe_rate complaint_rate forward_rate list_churn_rate list_growth_rate email_conversion_rate
        revenue_per_recipient campaign_effectiveness engagement_timeline""",
    "social": """reach impressions followers follower_growth_rate engagements engagement_rate_reach engagement_rate_followers
        engagement_rate_impressions daily_engagement_rate applause_rate conversation_rate amplification_rate share_of_voice
        mention_volume net_sentiment theme_share content_type_performance competitive_content_index social_traffic_share
        social_link_ctr inbound_messages social_response_rate social_conversion_rate audience_persona_fit""",
    "usability": """task_completion_rate error_rate_per_opportunity errors_per_attempt error_incidence time_on_task
        completion_time_survival task_success_rating seq post_task_csat sus time_based_efficiency lostness""",
    "churn": """customer_churn_rate customer_retention_rate churn_rate_stripe churn_annualised revenue_churn nrr cohort_retention
        renewal_rate survival_curve median_lifetime churn_hazard_ratios churn_risk inactivity_churn winback_rate clv_contractual""",
    "clv": """average_order_value purchase_frequency repeat_purchase_rate returning_customer_rate interpurchase_time rfm
        customer_engagement_level p_alive expected_purchases clv_historical clv_predicted clv_by_engagement""",
}
IDS = [(area, name) for area, names in PROMISED.items() for name in names.split()]


def test_the_list_is_whole():
    assert len(IDS) == len(dict.fromkeys(name for _, name in IDS)) == 29 + 13 + 18 + 24 + 12 + 15 + 12


@pytest.mark.parametrize(("area", "name"), IDS, ids=[name for _, name in IDS])
def test_every_promised_figure_is_in_the_catalogue_with_its_words(area, name):
    metric = catalogue()[name]
    assert metric.title and metric.definition and metric.source and metric.needs


@pytest.fixture(scope="module")
def rows(root, tmp_path_factory) -> pd.DataFrame:
    """metrics.csv of the sample's report by the notebooks of these areas."""
    out = tmp_path_factory.mktemp("reports")
    there = [area for area in PROMISED if (root / "notebooks" / f"{area}.ipynb").exists()]
    arguments = [
        "report",
        "--data",
        str(root / "data/sample"),
        "--period",
        "2026-10",
        "--notebooks",
        str(root / "notebooks"),
        "--out",
        str(out),
    ]
    assert main([*arguments, "--only", ",".join(there)]) == 0
    return pd.read_csv(out / "2026-10" / "metrics.csv", keep_default_na=False)


@pytest.mark.slow
@pytest.mark.parametrize("area", PROMISED)
def test_metrics_csv_of_the_sample_names_every_promised_figure(area, rows):
    names = PROMISED[area].split()
    assert sorted(set(names) - set(rows.metric_id)) == []
    silent = rows[rows.metric_id.isin(names) & (rows.value == "") & (rows["flags"] == "") & (rows.shortfall == "")]
    assert silent.empty, "a figure without a value says why"
    off = rows[rows["flags"].str.contains("off")]
    assert off.exclusion_reasons.str.contains(
        r"needs \w+\.\w+|needs weights|cannot be chosen|before its test holds"
    ).all()


@pytest.mark.slow
def test_figures_of_engagement_have_values_for_the_sample_but_for_advertisements(rows):
    engagement = rows[rows.metric_id.isin(PROMISED["engagement"].split())]
    empty = engagement.groupby("metric_id").value.agg(lambda values: (values == "").all())
    assert list(empty.index[empty]) == ["click_through_rate"]  # the sample shows no advertisements


@pytest.mark.slow
def test_figures_of_churn_and_value_have_values_for_the_sample(rows):
    wanted = rows[rows.metric_id.isin((PROMISED["churn"] + " " + PROMISED["clv"]).split())]
    empty = wanted.groupby("metric_id").value.agg(lambda values: (values == "").all())
    assert set(empty.index[empty]) <= {"churn_risk"}  # shown only where its test on a split in time held


def test_a_metric_that_lacks_its_column_says_which():
    events = pd.DataFrame({"event_id": ["1"], "event_at": pd.to_datetime(["2026-10-02T10:00Z"]), "event_name": "page_view",
                           "surface": "web", "visitor_id": "a"})  # fmt: skip
    frame = cx.measure(
        cx.open_data({"events": events}),
        [catalogue()["exit_rate"], catalogue()["time_spent_per_user"]],
        cx.Period.parse("2026-10"),
    )
    assert frame.exclusion_reasons.tolist() == ["needs events.page", "needs events.engagement_time_s"]
