"""Each vendor's export, in small, written here in its format; the expected rows are worked out by hand."""

import json
from pathlib import Path

import pandas as pd
import pytest

from conftest import KEY, balanced, run_command
from cxkit import open_data
from cxkit.dataset.pseudonyms import hash_id
from cxkit.importers.maps import read_map, vendors


@pytest.fixture(autouse=True)
def what_was_written_keeps_the_contract(tmp_path):
    yield
    if (tmp_path / "out" / "dataset.yml").exists():
        assert open_data(tmp_path / "out", settings={"guests": "keep"}).rejects.empty


def hashed(value: str, kind: str = "id") -> str:
    return hash_id(value, KEY.encode(), kind)


EMAIL = hashed("ann@example.org", "email")


def ga4_event(at: int, name: str, visitor: str | None, session: int, **extra: object) -> dict:
    parameters = [
        {"key": "ga_session_id", "value": {"string_value": None, "int_value": str(session)}},
        {"key": "page_location", "value": {"string_value": "https://shop.example/cups?ref=1#top", "int_value": None}},
        {"key": "engagement_time_msec", "value": {"int_value": "1500"}},
    ]
    return {
        "event_date": "20260101", "event_timestamp": str(at), "event_name": name, "event_params": parameters, "user_pseudo_id": visitor,
        "user_id": None, "platform": "WEB", "device": {"category": "smart tv"}, "geo": {"country": "France", "city": "Lyon"},
        "event_bundle_sequence_id": str(at % 97), **extra,
    }  # fmt: skip


GA4 = [
    ga4_event(1767225600000001, "page_view", "11.22", 1767225600, user_id="cust-7"),
    ga4_event(1767225600000002, "video_start", "33.44", 1767225600),
    ga4_event(1767225600000003, "level_up", None, 1767225600),
    ga4_event(
        1767225600000004, "purchase", "11.22", 1767225600, ecommerce={"transaction_id": "T1", "purchase_revenue": 9.5}
    ),
    ga4_event(
        1767225600000005, "purchase", "11.22", 1767225600, ecommerce={"transaction_id": "T1", "purchase_revenue": 9.5}
    ),
    ga4_event(1767225600000006, "purchase", "33.44", 1767225600, ecommerce={"transaction_id": "(not set)"}),
]


def test_ga4_bigquery_export(bring):
    lines = "\n".join(json.dumps(event) for event in GA4)
    brought = bring("ga4", {"events_20260101.json": lines + "\n" + json.dumps(GA4[0])})
    events = brought.table("events")
    assert brought.code == 0
    assert list(events["event_name"]) == ["page_view", "video_play", "custom:level_up", "purchase", "purchase"]
    assert events["event_at"][0] == "2026-01-01T00:00:00.000001+00:00"
    assert events["page"][0] == "/cups"
    assert events["engagement_time_s"][0] in ("1.500", "1.5")
    assert set(events["device_class"]) == {"tv"}
    # The session's number is shared by two visitors; the id is not. Nobody's session is nobody's.
    assert events["session_id"].nunique() == 3 and events["session_id"][2] == ""
    assert events["visitor_id"][0] == hashed("11.22")
    assert list(events["order_id"]) == ["", "", "", "T1", ""]
    account = brought.accounts[0]
    assert account["left_out"] == {"purchase whose transaction id was sent before": 1}
    assert account["merged"] == {"the same row again": 1}
    assert brought.table("identities").iloc[0].to_dict()["id_value"] == hashed("11.22")
    assert "geo.city" in brought.said and "Lyon" not in (brought.out / "events.csv").read_text()


def test_ga4_parquet_gives_the_same_events_as_json(bring, tmp_path):
    from cxkit.engine.duckdb import Engine, literal

    source, target = tmp_path / "events.json", tmp_path / "events.parquet"
    source.write_text("\n".join(json.dumps(event) for event in GA4))
    engine = Engine()
    engine.query(f"copy (select * from read_json({literal(str(source))})) to {literal(str(target))} (format parquet)")
    engine.close()
    bring("ga4", {"events.json": source.read_bytes()})
    again = bring("ga4", {"events.parquet": target.read_bytes()})
    assert "events: 0 added, 0 changed, 5 unchanged" in again.said


GA = """# ----------------------------------------
# All Web Site Data
# 20260101-20260102
# ----------------------------------------

Browser,Sessies,Nieuwe gebruikers,Bouncepercentage,Pagina's/sessie,Gem. sessieduur
Chrome,1.500,900,"60,00%","1,50",00:01:00
Safari,500,100,"20,00%","2,50",00:02:00
,2.000,1.000,"50,00%","1,75",00:01:15

Dagindex,Sessies
01-01-26,800
02-01-26,1.200
,2.000
"""


def test_google_analytics_interface_gives_its_totals_row_exactly(bring):
    brought = bring("ga", {"report.csv": GA})
    series = brought.table("series").astype({"value": float})
    whole = series[series["frequency"] == ""].groupby("series_id")["value"].sum()
    assert whole.to_dict() == {
        "ga_sessions": 2000,
        "ga_new_users": 1000,
        "ga_bounces": 1000,
        "ga_pages_viewed": 3500,
        "ga_time": 150000,
    }
    days = series[series["frequency"] == "day"]
    assert list(days["date"]) == ["2026-01-01", "2026-01-02"] and days["value"].sum() == 2000
    assert brought.said.count("agrees") == 6 and "DIFFERS" not in brought.said
    assert [account["left_out"].get("totals row") for account in brought.accounts] == [1, 1]


def test_the_decimal_sign_of_the_file_does_not_touch_the_kits_own_numbers(bring):
    first = bring("ga", {"report.csv": GA}).table("series")
    assert "0 changed, 12 unchanged" in bring("ga", {"report.csv": GA}, "--decimal", ",").said
    assert len(first) == 12


def test_a_totals_row_that_does_not_add_up_is_told(bring):
    brought = bring("ga", {"report.csv": GA.replace("Safari,500", "Safari,499")})
    assert "sessions 2000, sum of the rows 1999: DIFFERS" in brought.said


def test_google_analytics_without_a_period_asks_for_it(bring):
    text = "Browser,Operating System,Sessions\nChrome,Windows,12\n,,12\n"
    assert "--set date=" in bring("ga", {"report.csv": text}).said
    assert list(bring("ga", {"report.csv": text}, "--set", "date=2026-01-01").table("series")["entity"]) == [
        "Browser=Chrome; Operating System=Windows"
    ]


def test_ga4_interface(bring):
    text = """# ----------------------------------------
# Traffic acquisition
# Start date: 20260101
# End date: 20260131
# ----------------------------------------
Session primary channel group (Default channel group),Engaged sessions,Sessions,Engagement rate,Average engagement time per session
Direct,60,100,0.6,20.5
Organic Search,30,50,0.6,10
Grand total,90,150,0.6,17
"""
    brought = bring("ga4-interface", {"traffic.csv": text})
    series = brought.table("series").astype({"value": float})
    assert series.groupby("series_id")["value"].sum().to_dict() == {
        "ga_sessions": 150,
        "ga_engaged_sessions": 90,
        "ga_engagement_time": 2550,
    }
    assert set(series["date"]) == {"2026-01-01"}
    assert "sessions 150, sum of the rows 150: agrees" in brought.said


def test_matomo_log_joins_its_tables(bring):
    files = {
        "log_visit.csv": "idvisit,idvisitor,user_id,visit_first_action_time,referer_type,config_device_type\n"
        "1,8f14e45f,cust-7,2026-01-01 10:00:00,2,1\n2,c9f0f895,NULL,2026-01-01 11:00:00,1,0\n",
        "log_link_visit_action.csv": "idlink_va,idvisit,server_time,idaction_url,time_spent\n"
        "10,1,2026-01-01 10:00:00,100,12\n11,1,2026-01-01 10:00:12,101,0\n12,2,2026-01-01 11:00:00,100,NULL\n",
        "log_action.csv": "idaction,name,type\n100,shop.example/cups?x=1,1\n101,shop.example/terms.pdf,3\n",
        "log_conversion.csv": "idvisit,idvisitor,idgoal,server_time,url,idorder,revenue\n"
        "1,8f14e45f,0,2026-01-01 10:05:00,shop.example/thanks,A-1,20.50\n1,8f14e45f,-1,2026-01-01 10:06:00,shop.example/cart,,5\n",
    }
    brought = bring("matomo", files)
    events = brought.table("events")
    assert list(events["event_name"]) == ["page_view", "file_download", "page_view", "purchase"]
    assert list(events["page"]) == ["/cups", "/terms.pdf", "/cups", "/thanks"]
    assert list(events["channel_group"]) == ["organic_search", "organic_search", "direct", "organic_search"]
    assert list(events["engagement_time_s"]) == ["12", "0", "", ""]
    assert events["value_amount"][3] == "20.50" and events["is_key_event"][3] == "true"
    assert len(brought.table("customers")) == 1


def test_matomo_searches_titles_and_events_are_told_by_what_they_point_to(bring):
    files = {
        "log_link_visit_action.csv": "idlink_va,idvisit,server_time,idaction_url,idaction_name,idaction_event_category\n"
        "1,1,2026-01-01 10:00:00,NULL,200,NULL\n2,1,2026-01-01 10:01:00,NULL,201,NULL\n3,1,2026-01-01 10:02:00,100,NULL,300\n"
        "4,1,2026-01-01 10:03:00,NULL,NULL,NULL\n",
        "log_visit.csv": "idvisit,idvisitor,user_id,visit_first_action_time\n1,8f14e45f,NULL,2026-01-01 10:00:00\n",
        "log_action.csv": "idaction,name,type\n100,shop.example/cups,1\n200,green tea for my aunt,8\n201,Start,4\n300,Video,10\n",
    }
    brought = bring("matomo", files)
    events = brought.table("events")
    assert list(events["event_name"]) == ["search", "page_view", "custom:event", "custom:action"]
    assert list(events["page"]) == ["", "", "/cups", ""]
    assert "aunt" not in (brought.out / "events.csv").read_text()


def test_mailchimp_report_is_recomputed(bring):
    text = (
        "Title,Subject,List,Send Date,Total Recipients,Successful Deliveries,Soft Bounces,Hard Bounces,Unique Opens,Open Rate,Total Opens,"
        "Unique Clicks,Click Rate,Total Clicks,Unsubscribes,Abuse Complaints,Times Forwarded,Unique Id\n"
        'Spring,Hello,All,"Mar 01, 2026 09:30 am","1,010","1,000",6,4,250,25.00%,300,50,5.00%,60,2,1,3,abc123\n'
        'Summer,Hi,All,"Jun 01, 2026 12:15 pm",100,100,0,0,10,11.00%,10,5,5.00%,5,0,0,0,abc124\n'
    )
    brought = bring("mailchimp", {"campaigns.csv": text}, "--timezone", "America/New_York")
    campaign = brought.table("campaigns").iloc[0]
    assert campaign["sent_at"] == "2026-03-01T14:30:00+00:00"
    assert (campaign["n_sent"], campaign["n_delivered"], campaign["n_unique_open"]) == ("1010", "1000", "250")
    assert brought.table("campaigns")["sent_at"][1] == "2026-06-01T16:15:00+00:00"
    assert "Open Rate recomputed in 2 rows, 1 differ, first in line 3" in brought.said
    assert "Click Rate recomputed in 2 rows, all agree" in brought.said


def test_mailchimp_report_asks_for_the_account_zone(bring):
    text = 'Unique Id,Title,Send Date,Total Recipients\na,b,"Mar 01, 2026 09:30 am",10\n'
    brought = bring("mailchimp", {"campaigns.csv": text})
    assert brought.code == 2 and "--timezone" in brought.said


def test_mailchimp_activity(bring):
    text = (
        "Campaign Id,Email Address,Action,Timestamp,Type,URL,IP\n"
        "c1,Ann@Example.org,open,2026-03-01 10:00:00,,,1.2.3.4\n"
        "c1,ann@example.org ,click,2026-03-01 10:01:00,,https://shop.example/cups?u=1,1.2.3.4\n"
        "c1,bob@example.org,bounce,2026-03-01 09:31:00,hard,,\n"
        "c1,cem@example.org,bounce,2026-03-01 09:31:00,soft,,\n"
    )
    events = bring("mailchimp", {"activity.csv": text}).table("message_events")
    assert list(events["event_type"]) == ["open", "click", "hard_bounce", "soft_bounce"]
    assert list(events["recipient_id"][:2]) == [EMAIL, EMAIL]
    assert list(events["link"]) == ["", "/cups", "", ""]
    assert "@" not in events.to_csv()


def test_klaviyo(bring):
    campaigns = (
        "Campaign Name,Tags,Subject,List,Send Time,Campaign Channel,Total Recipients,Unique Opens,Open Rate,Total Opens,Unique Clicks,Click Rate,"
        "Successful Deliveries,Unsubscribes,Spam Complaints,Revenue,Campaign ID\n"
        'Sale,,Hi,Main,2026-03-01 09:00:00,Email,200,50,25.25%,70,20,10.10%,198,1,0,"$1,234.50",K1\n'
    )
    events = (
        "id,person_id,campaign_id,flow_id,flow_message_id,datetime,type,property_bounce_type,property_url\n"
        "e1,p1,K1,,,2026-03-01 09:00:10,Received Email,,\ne2,p1,K1,,,2026-03-01 09:05:00,Opened Email,,\n"
        "e3,p2,,F1,M1,2026-03-01 09:00:11,Bounced Email,Hard,\ne4,p1,K1,,,2026-03-01 09:06:00,Placed Order,,\n"
    )
    brought = bring("klaviyo", {"campaigns.csv": campaigns, "events.csv": events}, "--timezone", "UTC")
    assert brought.table("campaigns").iloc[0]["revenue_amount"] == "1234.50"
    messages = brought.table("message_events")
    assert list(messages["event_type"]) == ["delivered", "open", "hard_bounce"]
    assert list(messages["campaign_id"]) == ["K1", "K1", "M1"]
    assert brought.accounts[1]["left_out"] == {"event that is no message event": 1}


def test_hubspot_events_from_the_api(bring):
    events = [
        {"id": "e1", "type": "PROCESSED", "created": 1767225600000, "emailCampaignId": 77, "recipient": "ann@example.org"},
        {"id": "e2", "type": "OPEN", "created": 1767225660000, "emailCampaignId": 77, "recipient": "ann@example.org", "filteredEvent": True},
        {"id": "e3", "type": "BOUNCE", "created": 1767225660000, "emailCampaignId": 77, "recipient": "b@example.org", "category": "UNKNOWN_USER"},
        {"id": "e4", "type": "BOUNCE", "created": 1767225660000, "emailCampaignId": 77, "recipient": "c@example.org", "category": "MAILBOX_FULL"},
        {"id": "e5", "type": "DEFERRED", "created": 1767225660000, "emailCampaignId": 77, "recipient": "c@example.org"},
        {"id": "e6", "type": "STATUSCHANGE", "created": 1767225660000, "emailCampaignId": 77, "recipient": "c@example.org",
         "portalSubscriptionStatus": "UNSUBSCRIBED"},
        {"id": "e7", "type": "STATUSCHANGE", "created": 1767225660000, "emailCampaignId": 77, "recipient": "d@example.org",
         "portalSubscriptionStatus": "SUBSCRIBED"},
        {"id": "e8", "type": "NEWTYPE", "created": 1767225660000, "emailCampaignId": 77, "recipient": "d@example.org"},
    ]  # fmt: skip
    brought = bring("hubspot", {"events.json": json.dumps(events)})
    messages = brought.table("message_events")
    assert list(messages["event_type"]) == ["sent", "open", "hard_bounce", "soft_bounce", "unsubscribe"]
    assert messages["recipient_id"][0] == EMAIL and messages["event_at"][0] == "2026-01-01T00:00:00+00:00"
    assert messages["is_machine"][1] == "true"
    assert sum(brought.accounts[0]["left_out"].values()) == 2 and sum(brought.accounts[0]["rejected"].values()) == 1
    assert list(brought.table("campaigns")["campaign_id"]) == ["77"]


POSTS = ("--set", "brand_id=acme", "--set", "snapshot_at=2026-04-01T00:00:00+00:00", "--timezone", "Europe/Paris")


def test_meta_posts(bring):
    text = (
        "Post ID,Page name,Title,Description,Publish time,Permalink,Post type,Views,Reach,Reactions,Comments,Shares,Total clicks,Link clicks\n"
        "122099000000000001,Acme,,Hi,03/27/2026 14:00,https://x,Photos,900,500,40,5,2,60,20\n"
        "122099000000000002,Acme,,Hi,03/05/2026 09:00,https://x,Reels,100,80,4,0,0,3,\n"
    )
    brought = bring("meta", {"posts.csv": text}, *POSTS)
    posts = brought.table("social_posts")
    assert list(posts["published_at"]) == ["2026-03-27T13:00:00+00:00", "2026-03-05T08:00:00+00:00"]
    assert list(posts["content_type"]) == ["image", "short_video"]
    assert list(posts["other_clicks"]) == ["40", "3"] and set(posts["impression_type"]) == {"views"}
    assert posts["post_id"][0] == "122099000000000001"


def test_meta_legacy_posts_and_page(bring):
    posts = (
        "Post ID,Permalink,Post Message,Type,Posted,Lifetime Post Total Reach,Lifetime Post Total Impressions,like,comment,share,angry,haha\n"
        ",,,,,The number of people who saw it,Lifetime: the number of impressions,,,,,\n"
        "1_2,https://x,Hi,Photo,03/27/2026 14:00:00,500,900,30,5,2,1,4\n"
    )
    page = "Date,Lifetime Total Likes,Daily New Likes,Daily Unlikes,Daily Total Reach\n,The total number,New,Gone,Reach\n03/27/2026,1000,5,2,700\n03/28/2026,1003,4,1,650\n"
    brought = bring("meta", {"posts.csv": posts, "page.csv": page}, *POSTS)
    post = brought.table("social_posts").iloc[0]
    assert (post["reactions_positive"], post["reactions_negative"], post["impression_type"]) == (
        "34",
        "1",
        "impressions",
    )
    assert list(brought.table("social_daily")["followers"]) == ["1000", "1003"]
    assert [account["left_out"] for account in brought.accounts] == [{"second heading row": 1}] * 2


def test_x_keeps_nineteen_digits_and_adds_reposts_to_quotes(bring):
    text = (
        "Tweet id,Tweet permalink,Tweet text,time,impressions,engagements,retweets,quote_tweets,replies,likes,user profile clicks,url clicks,detail expands\n"
        "1267453801369346053,https://x,Hi,2026-03-01 10:00 +0000,1000,60,5,2,3,20,10,4,6\n"
    )
    brought = bring("x", {"tweets.csv": text}, "--set", "brand_id=acme", "--set", "snapshot_at=2026-04-01")
    post = brought.table("social_posts").iloc[0]
    assert post["post_id"] == "1267453801369346053"
    assert (post["shares"], post["comments"], post["other_clicks"], post["x_engagements"]) == ("7", "3", "16", "60")


def test_added_numbers_are_read_as_strictly_as_single_ones(bring):
    text = 'Post id,Date,Impressions,Likes,Reposts,Quotes\n1,2026-03-01,10,1,"1.200",3\n2,2026-03-01,10,1,many,3\n'
    brought = bring(
        "x", {"posts.csv": text}, "--set", "brand_id=acme", "--set", "snapshot_at=2026-04-01", "--decimal", ","
    )
    assert list(brought.table("social_posts")["shares"]) == ["1203"]
    assert brought.accounts[0]["rejected"] == {"shares is not a number": 1}


def test_an_id_in_scientific_notation_is_refused(bring):
    text = "Post id,Date,Impressions,Likes\n1.26745E+18,2026-03-01,10,1\n"
    brought = bring("x", {"tweets.csv": text}, "--set", "brand_id=acme", "--set", "snapshot_at=2026-04-01")
    assert brought.code == 2 and "1.26745E+18" in brought.said and "spreadsheet" in brought.said


def test_instagram(bring):
    text = (
        "Post ID,Account ID,Account username,Account name,Description,Publish time,Permalink,Post type,Impressions,Reach,Shares,Likes,Comments,Saves\n"
        "17900000000000001,1,acme,Acme,Hi,03/27/2026 14:00,https://x,IG carousel,900,500,3,40,5,7\n"
    )
    post = bring("instagram", {"posts.csv": text}, *POSTS).table("social_posts").iloc[0]
    assert (post["platform"], post["content_type"], post["saves"], post["impression_type"]) == (
        "instagram",
        "carousel",
        "7",
        "impressions",
    )


def test_zendesk_tickets_with_metrics(bring):
    tickets = [
        {"id": 1, "requester_id": 901, "created_at": "2026-03-01T10:00:00Z", "updated_at": "2026-03-05T10:00:00Z", "status": "hold", "priority": None,
         "subject": "Help", "via": {"channel": "help_center"}, "satisfaction_rating": {"score": "offered"},
         "metric_set": {"reply_time_in_minutes": {"calendar": 90, "business": 30}, "reopens": 1, "replies": 2, "assignee_stations": 3}},
        {"id": 2, "requester_id": 902, "created_at": "2026-03-02T10:00:00Z", "updated_at": "2026-03-02T11:00:00Z", "status": "solved", "priority": "urgent",
         "subject": "Hm", "via": {"channel": "voice"}, "satisfaction_rating": {"score": "good"},
         "metric_set": {"reply_time_in_minutes": {"calendar": None, "business": None}, "reopens": 0, "replies": 0, "assignee_stations": 0}},
    ]  # fmt: skip
    brought = bring("zendesk", {"tickets.json": "\n".join(map(json.dumps, tickets))})
    table = brought.table("tickets")
    assert list(table["status"]) == ["on_hold", "solved"] and list(table["channel"]) == ["web_form", "phone"]
    assert list(table["first_reply_at"]) == ["2026-03-01T11:30:00+00:00", ""]
    assert list(table["n_transfers"]) == ["2", "0"] and list(table["first_reply_s_business"]) == ["1800", ""]
    assert set(table["observed_until"]) == {"2026-03-05T10:00:00+00:00"}
    answers = brought.table("survey_answers")
    assert list(answers["ticket_id"]) == ["2"] and list(answers["value_num"]) == ["1"]
    assert "Help" not in (brought.out / "tickets.csv").read_text()


def test_freshdesk(bring):
    text = (
        "Ticket ID,Subject,Status,Priority,Source,Type,Agent,Group,Created time,Resolved time,Last update time,Initial response time,"
        "First response time (in hrs),Agent interactions,Survey results,Email\n"
        "55,Hi,Waiting on Customer,Medium,Portal,Question,Bob,Team A,2026-03-28 10:00:00,,2026-03-30 09:00:00,2026-03-28 10:30:00,00:30:00,2,--,ann@example.org\n"
        "56,Hi,Resolved,High,Email,Refund,Bob,Team A,2026-03-28 10:00:00,2026-03-29 12:00:00,2026-03-29 12:00:00,,,0,Extremely Happy,b@example.org\n"
    )
    brought = bring("freshdesk", {"tickets.csv": text}, "--timezone", "Europe/Paris")
    tickets = brought.table("tickets")
    assert list(tickets["status"]) == ["pending", "solved"]
    assert list(tickets["first_reply_at"]) == ["2026-03-28T09:30:00+00:00", ""]
    assert tickets["last_solved_at"][1] == "2026-03-29T10:00:00+00:00"  # clocks went forward in between
    assert tickets["first_reply_s_business"][0] == "1800" and tickets["requester_id"][0] == EMAIL
    assert list(brought.table("survey_answers")["value_num"]) == ["7"]
    assert "Bob" not in tickets.to_csv()


ITEMS = """
items:
  How likely are you to recommend us?: nps
  Why?: open_text
  How satisfied were you?: {instrument: csat, id: overall}
"""


def test_typeform(bring):
    text = (
        "#,How likely are you to recommend us?,Why?,How satisfied were you?,customer_id,Start Date (UTC),Submit Date (UTC),Network ID\n"
        "r1,9,Nice,5,cust-7,2026-03-01 10:00:00,2026-03-01 10:02:00,abc\nr2,11,,4,,2026-03-01 11:00:00,2026-03-01 11:02:00,abd\n"
    )
    brought = bring("typeform", {"responses.csv": text, "map.yml": ITEMS}, "--set", "survey_id=spring")
    answers = brought.table("survey_answers")
    assert list(answers["instrument"]) == ["nps", "open_text", "csat", "csat"]
    assert answers[answers["instrument"] == "nps"]["value_num"].tolist() == ["9"]
    assert set(answers["scale_max"]) == {"10", "", "5"} and answers["customer_id"][0] == hashed("cust-7")
    assert list(brought.rejects["reason"]) == ["is outside the scale"]
    assert "network id" in brought.said.lower()


def test_typeform_tells_partial_responses(bring):
    text = (
        "#,How likely are you to recommend us?,Response Type,Start Date (UTC),Stage Date (UTC),Submit Date (UTC),Network ID\n"
        "r1,9,completed,2026-03-01 10:00:00,,2026-03-01 10:02:00,abc\nr2,3,partial,2026-03-01 11:00:00,2026-03-01 11:01:00,,abd\n"
    )
    items = "items: {How likely are you to recommend us?: nps}"
    answers = bring("typeform", {"responses.csv": text, "map.yml": items}, "--set", "survey_id=spring").table(
        "survey_answers"
    )
    assert answers[["response_id", "is_complete"]].values.tolist() == [["r1", "true"], ["r2", "false"]]


def test_a_survey_imported_twice_adds_nothing(bring):
    text = "#,How likely are you to recommend us?,Why?,How satisfied were you?,Submit Date (UTC)\nr1,9,Nice,5,2026-03-01 10:02:00\n"
    files = {"responses.csv": text, "map.yml": ITEMS}
    bring("typeform", files, "--set", "survey_id=spring")
    assert "0 added, 0 changed, 3 unchanged" in bring("typeform", files, "--set", "survey_id=spring").said


def test_surveymonkey_has_two_heading_rows(bring):
    text = (
        "Respondent ID,Collector ID,Date Created,Date Modified,IP Address,Email Address,First Name,Last Name,Custom Data 1,"
        "How likely are you to recommend us?,Why?,How satisfied were you?\n"
        ",,,,,,,,,Response,Open-Ended Response,Response\n"
        "11500000001,400,03/13/2026 10:00:00,03/13/2026 10:05:00,1.2.3.4,ann@example.org,Ann,Lee,cust-7,10,Great,4\n"
    )
    brought = bring(
        "surveymonkey", {"responses.csv": text, "map.yml": ITEMS}, "--set", "survey_id=spring", "--timezone", "UTC"
    )
    answers = brought.table("survey_answers")
    assert len(answers) == 3 and set(answers["respondent_id"]) == {EMAIL}
    assert brought.accounts[0]["left_out"] == {"second heading row": 1}
    assert "dropped as personal: IP Address, First Name, Last Name" in brought.said


def test_qualtrics_has_three_heading_rows(bring):
    text = (
        "StartDate,EndDate,Status,IPAddress,Progress,Finished,RecordedDate,ResponseId,RecipientEmail,ExternalReference,Q1,Q1_NPS_GROUP\n"
        "Start Date,End Date,Response Type,IP Address,Progress,Finished,Recorded Date,Response ID,Recipient Email,External Data Reference,Recommend?,Group\n"
        '"{""ImportId"":""startDate""}","{""ImportId"":""endDate""}","{""ImportId"":""status""}",,,,,"{""ImportId"":""_recordId""}",,,"{""ImportId"":""QID1""}",\n'
        "2026-03-01 10:00:00,2026-03-01 10:02:00,0,1.2.3.4,100,1,2026-03-01 10:02:05,R_1,,cust-7,9,3\n"
        "2026-03-01 10:00:00,2026-03-01 10:02:00,1,1.2.3.4,100,1,2026-03-01 10:02:05,R_2,,,2,1\n"
        "2026-03-01 10:00:00,2026-03-01 10:02:00,0,1.2.3.4,40,0,2026-03-08 10:02:05,R_3,,,5,1\n"
    )
    brought = bring(
        "qualtrics",
        {"responses.csv": text, "map.yml": "items: {Q1: nps}\n"},
        "--set",
        "survey_id=spring",
        "--timezone",
        "America/Denver",
    )
    answers = brought.table("survey_answers")
    assert list(answers["response_id"]) == ["R_1", "R_3"] and list(answers["is_complete"]) == ["true", "false"]
    assert answers["submitted_at"][0] == "2026-03-01T17:02:05+00:00"
    assert sum(brought.accounts[0]["left_out"].values()) == 3


def test_maze(bring):
    text = (
        "Maze,Tester ID,Mission,Outcome,Duration (s),Misclicks,Clicks,Usability score\n"
        "Checkout,t1,Pay,Direct success,12.5,0,4,95\nCheckout,t2,Pay,Give-up,40,3,9,20\nCheckout,t3,Pay,Indirect success,0,1,5,60\n"
    )
    brought = bring("maze", {"missions.csv": text})
    tasks = brought.table("usability_tasks")
    assert list(tasks["outcome"]) == ["success", "give_up"] and list(tasks["is_direct_path"]) == ["true", ""]
    assert brought.accounts[0]["rejected"] == {"Duration (s) is not above 0": 1}


def test_stripe_dashboard_export(bring):
    text = (
        "id,Customer ID,Customer Email,Plan,Quantity,Currency,Interval,Amount,Status,Created (UTC),Start (UTC),Trial End (UTC),Canceled At (UTC),Ended At (UTC)\n"
        "sub_1,cus_A,ann@example.org,basic,2,eur,month,10.00,canceled,2026-01-01 10:00,2026-01-01 10:00,2026-01-15 10:00,2026-03-01 10:00,2026-03-15 10:00\n"
        "sub_2,cus_A,ann@example.org,pro,1,eur,year,360.00,active,2026-03-15 11:00,2026-03-15 11:00,,,\n"
        "sub_3,cus_B,b@example.org,pro,1,eur,month,30.00,trialing,2026-03-16 11:00,2026-03-16 11:00,2026-03-30 11:00,,\n"
    )
    brought = bring("stripe", {"subscriptions.csv": text})
    terms = brought.table("subscriptions")
    assert list(terms["mrr_amount"]) == ["20.00", "30.00"] and list(terms["billing_interval"]) == ["month", "year"]
    assert terms["term_start_at"][0] == "2026-01-15T10:00:00+00:00"  # the trial is not paid
    assert (terms["cancel_requested_at"][0], terms["ended_at"][0]) == (
        "2026-03-01T10:00:00+00:00",
        "2026-03-15T10:00:00+00:00",
    )
    assert list(terms["end_reason"]) == ["upgrade", ""]
    assert brought.accounts[0]["left_out"] == {"subscription still in trial": 1}
    assert "@" not in terms.to_csv() + brought.table("customers").to_csv()


def test_stripe_api_with_invoices_gives_terms(bring):
    price = {
        "id": "price_1",
        "unit_amount": 1200,
        "currency": "usd",
        "recurring": {"interval": "month", "interval_count": 1},
    }
    yen = {
        "id": "price_2",
        "unit_amount": 1200,
        "currency": "jpy",
        "recurring": {"interval": "year", "interval_count": 1},
    }
    subscriptions = [
        {"id": "sub_1", "customer": "cus_A", "status": "active", "start_date": 1767225600, "created": 1767225600, "items": {"data": [{"price": price, "quantity": 3}]}},
        {"id": "sub_2", "customer": "cus_B", "status": "canceled", "start_date": 1767225600, "ended_at": 1772323200, "created": 1767225600,
         "items": {"data": [{"price": yen, "quantity": 1}]}, "cancellation_details": {"reason": "payment_failed"}},
    ]  # fmt: skip
    invoices = [
        {
            "id": "in_1",
            "subscription": "sub_1",
            "billing_reason": "subscription_create",
            "status": "paid",
            "period_start": 1767225600,
            "period_end": 1769904000,
        },
        {
            "id": "in_2",
            "subscription": "sub_1",
            "billing_reason": "subscription_cycle",
            "status": "paid",
            "period_start": 1769904000,
            "period_end": 1772323200,
        },
        {
            "id": "in_3",
            "subscription": "sub_1",
            "billing_reason": "subscription_cycle",
            "status": "open",
            "period_start": 1772323200,
            "period_end": 1775001600,
        },
    ]
    files = {"subscriptions.json": json.dumps(subscriptions), "invoices.json": json.dumps(invoices)}
    brought = bring("stripe", files)
    terms = brought.table("subscriptions")
    assert list(zip(terms["subscription_id"], terms["term_no"], strict=True)) == [
        ("sub_1", "1"),
        ("sub_1", "2"),
        ("sub_2", "1"),
    ]
    assert list(terms["mrr_amount"]) == ["36.00", "36.00", "100.00"]
    assert terms["renewed_at"].tolist() == ["2026-02-01T00:00:00+00:00", "", ""]
    assert terms["end_reason"].tolist() == ["", "payment_failed", "payment_failed"]
    assert all(map(balanced, brought.accounts))


SHOPIFY = (
    "Name,Email,Financial Status,Subtotal,Shipping,Taxes,Total,Discount Amount,Refunded Amount,Currency,Created at,Lineitem quantity,Lineitem name,"
    "Billing Name,Cancelled at,Source,Id\n"
    "#1001,Ann@example.org,paid,100.00,5.00,19.00,124.00,0.00,0.00,EUR,2026-01-05 10:00:00 +0100,2,Cup,Ann,,web,5790000000000000001\n"
    "#1001,Ann@example.org,,,,,,,,,2026-01-05 10:00:00 +0100,1,Plate,,,,\n"
    "#1002,,paid,119.00,5.00,19.00,124.00,0.00,0.00,EUR,2026-01-06 10:00:00 +0100,1,Cup,Bob,,pos,5790000000000000002\n"
    "#1003,c@example.org,refunded,50.00,0.00,0.00,50.00,0.00,50.00,EUR,2026-01-07 10:00:00 +0100,1,Cup,Cem,2026-01-08 10:00:00 +0100,web,5790000000000000003\n"
)


def test_shopify_orders(bring):
    brought = bring("shopify", {"orders_export.csv": SHOPIFY})
    orders = brought.table("orders")
    assert list(orders["n_items"]) == ["3", "1", "1"]
    assert list(orders["net_amount"]) == ["100.00", "100.00", "50.00"]  # the second total includes tax
    assert list(orders["customer_id"]) == [EMAIL, "", hashed("c@example.org", "email")]
    assert list(orders["status"]) == ["paid", "paid", "cancelled"] and list(orders["sales_channel"]) == [
        "online",
        "store",
        "online",
    ]
    assert brought.table("identities")["id_value"].tolist() == brought.table("customers")["customer_id"].tolist()
    assert brought.accounts[0]["merged"] == {"further lines of the same name": 1}


def test_google_play_is_utf16(bring):
    text = "Date,Package Name,Daily User Installs,Daily User Uninstalls,Active Device Installs\n2026-03-01,org.example.app,12,3,400\n"
    for encoding in ("utf-16", "utf-16-le"):
        brought = bring("google-play", {"installs.csv": text.encode(encoding)})
        series = brought.table("series")
        assert dict(zip(series["series_id"], series["value"], strict=True)) == {
            "store_installs": "12",
            "store_user_loss": "3",
            "store_active_devices": "400",
        }


def test_app_store_dates_are_decided_by_the_column(bring):
    text = "App Analytics\nApp Name,Acme\nStart Date,3/1/26\n\nDate,Installations\n3/1/26,5\n3/13/26,-\n3/14/26,7\n"
    brought = bring("app-store", {"installations.csv": text}, "--set", "entity=acme")
    series = brought.table("series")
    assert list(series["date"]) == ["2026-03-01", "2026-03-14"] and list(series["value"]) == ["5", "7"]


@pytest.mark.parametrize("vendor", sorted(vendors()))
def test_every_vendors_map_keeps_the_form_and_says_where_to_find_the_export(vendor):
    vendor_map = read_map(vendor)
    assert vendor_map.title and vendor_map.how and vendor_map.tables
    for part in vendor_map.tables:
        said = {*part.columns, *(name for item in part.each for name in item)}
        by_items = {"item_id", "instrument"} if part.table.name == "survey_answers" else set()
        assert set(part.table.required) <= said | by_items, f"{vendor}, {part.table.name}"


def test_a_map_that_lets_an_unfit_file_in_is_told(bring):
    files = {
        "map.yml": "sheets: {orders: {when: [Name]}, checkouts: {when: [Id]}}",
        "orders.csv": "Name,Email\n#1,a@example.org\n",
    }
    brought = bring("shopify", files)
    assert brought.code == 2 and "no column `financial status`" in brought.said


def test_maze_with_a_row_a_tester_gives_a_row_a_mission(bring):
    text = (
        "Tester ID,Started at,Pay - Outcome,Pay - Duration (ms),Pay - Misclicks,Find a gift: Outcome,Find a gift: Duration (s),Usability score\n"
        "t1,2026-01-05T10:00:00,Direct success,12500,0,Mission unfinished,40,80\n"
        "t2,2026-01-05T11:00:00,Indirect success,20000,3,,,60\n"
        "t3,2026-01-05T12:00:00,,,,,,\n"
    )
    brought = bring("maze", {"testers.csv": text}, "--set", "study_id=shop")
    tasks = brought.table("usability_tasks")
    assert brought.code == 0, brought.said
    assert tasks[["task_id", "outcome", "time_s", "n_misclicks"]].values.tolist() == [
        ["Pay", "success", "12.5", "0"], ["Find a gift", "give_up", "40", ""], ["Pay", "success", "20", "3"],
    ]  # fmt: skip
    assert tasks.participant_id.nunique() == 2
    account = brought.accounts[0]
    assert account["left_out"] == {"tester without a mission": 1}
    assert (account["rows_read"], account["reshaped"], account["rows_out"]) == (
        3,
        {"a row for each mission of a tester": 1},
        3,
    )


def test_maze_durations_without_a_unit_are_not_guessed(bring):
    text = "Tester ID,Pay - Outcome,Pay - Duration\nt1,Direct success,12500\nt2,Bounce,30100\n"
    brought = bring("maze", {"testers.csv": text}, "--set", "study_id=shop")
    assert brought.code == 2
    assert "Are these milliseconds?" in brought.said
    assert (
        "neither a column Mission nor an outcome"
        in bring("maze", {"other.csv": "Tester ID,Age\nt1,30\n"}, "--set", "study_id=shop").said
    )


def test_ga4_marks_of_engaged_visits_and_active_users_are_kept_and_compared(bring):
    def event(at, visitor, engaged, msec, active):
        event = ga4_event(1767225600000000 + at, "page_view", visitor, 1767225600)
        event["event_params"] += [
            {"key": "session_engaged", "value": {"string_value": engaged}},
            {"key": "engagement_time_msec", "value": {"int_value": msec}},
        ]
        return event | {"is_active_user": active}

    rows = [
        event(1, "a", "1", 12000, True),
        event(2, "b", "0", 100, False),
        event(3, "c", "1", 50, True),
        event(4, "c", "0", 50, False),
    ]
    lines = "\n".join(json.dumps(row) for row in [*rows, event(5, "d", "1", 300, True)])
    brought = bring("ga4", {"events.json": lines})
    events = brought.table("events")
    assert list(events.x_session_engaged) == ["true", "false", "true", "false", "true"]
    assert list(events.x_is_active_user) == ["true", "false", "true", "false", "true"]
    assert "GA4 marks 3 of 4, the events say 2" in brought.said
    assert "1 differ" in brought.said
    assert "active users: GA4 marks 3 of 4 visitors" in brought.said


def test_files_of_one_name_in_two_folders_keep_their_rejects_apart(bring, tmp_path):
    head = "Maze,Tester ID,Mission,Outcome,Duration (s)\n"
    for folder, seconds in (("may", 0), ("june", -1)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "missions.csv").write_text(
            head + f"{folder},t1,Pay,Direct success,12\n{folder},t2,Pay,Bounce,{seconds}\n"
        )
    may, june = (str(tmp_path / folder / "missions.csv") for folder in ("may", "june"))
    out = str(tmp_path / "apart")

    def rejects() -> list[list[str]]:
        return pd.read_csv(tmp_path / "apart" / "_import" / "rejects.csv", dtype=str)[["file", "value"]].values.tolist()

    assert run_command(["maze", may, june, "--out", out]) == (0, "")
    assert rejects() == [["may/missions.csv", "0"], ["june/missions.csv", "-1"]]
    log = json.loads((tmp_path / "apart" / "_import" / "log.json").read_text())
    assert set(log[-1]["files"]) == {"may/missions.csv", "june/missions.csv"}
    assert run_command(["maze", june, "--out", out]) == (0, "")  # again, alone, where its name needs no folder
    assert rejects() == [["may/missions.csv", "0"], ["missions.csv", "-1"]]
    Path(may).write_text(head + "may,t1,Pay,Direct success,12\nmay,t2,Pay,Bounce,9\n")  # mended
    assert run_command(["maze", may, "--out", out]) == (0, "")
    assert rejects() == [["missions.csv", "-1"]]
