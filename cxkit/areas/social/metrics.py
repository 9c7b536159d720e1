"""Social media: own posts, what they did; followers; what is said about the brand and its competitors.

A post counts from its seventh day on: one read earlier would still rise. Interactions are public ones (reactions, comments, shares, saves)
and leave out clicks, unless a figure's name says otherwise: only these compare across platforms and with competitors.
"""

from functools import partial

from cxkit.areas.social import content, followers, response_times, sentiment, share_of_voice, themes
from cxkit.dataset.windows import POST_DAYS
from cxkit.metric import THINGS, Described, Metric

_COUNTS = ("social_posts.reactions_positive or social_posts.comments or social_posts.shares",)
_FANS = ("social_posts.followers_at_post or social_daily.followers",)
_RIPE = f"case when not is_mature then 'outcome not known: read before the {POST_DAYS}th day' end"

post = partial(Metric, view="own_posts", time="published_at", excluded=_RIPE)
# Interactions of one post hang together, so a post is the independent unit, whatever it is divided by.
per_post = partial(post, recipe="clustered_ratio", unit="rate", better="up")
by_exposure = partial(post, recipe="clustered_ratio", unit="share", better="up")

POSTS = Metric(
    id="posts",
    title="Posts",
    view="own_posts",
    time="published_at",
    numerator="true",
    denominator=None,
    recipe="count_rate",
    unit="count",
    definition="The company's own posts of the period.",
    source="own",
    needs=("social_posts.published_at",),
)

REACH = per_post(
    id="reach",
    title="Reach per post",
    numerator="reach",
    definition="Accounts that saw a post, on average over the posts.",
    source="Meta",
    needs=("social_posts.reach",),
    differs="Platforms also show the reach of a whole period. It cannot be added up from posts: one account sees several.",
)


def _displays(name: str, word: str, differs: str) -> Metric:
    return per_post(
        id=name,
        title=f"{name.capitalize()} per post",
        numerator=name,
        definition=f"Times that the posts were shown ÷ posts, for those whose platform counts {word}.",
        source="Meta, X",
        needs=("social_posts.impressions",),
        differs=differs,
    )


_BREAK = "Meta has counted views, repeats included, in place of impressions since late 2024; the two are never compared with each other here."
IMPRESSIONS = _displays("impressions", "impressions", _BREAK)
VIEWS = _displays("views", "views", _BREAK)

ENGAGEMENTS = per_post(
    id="engagements",
    title="Interactions per post",
    numerator="engagements",
    definition="Reactions, comments, shares and saves ÷ posts; the numerator is their number. Clicks are left out.",
    source="Hootsuite",
    needs=_COUNTS,
    differs="X counts any click on a post as an engagement; that form stands beside it. Tools that show the plain number let the youngest "
    "posts, which are not ripe, pass for a fall.",
)

ENGAGEMENTS_AND_CLICKS = per_post(
    id="engagements_and_clicks",
    title="Interactions and clicks per post",
    numerator="engagements_and_clicks",
    definition="Reactions, comments, shares, saves and all clicks ÷ posts.",
    source="X",
    needs=(*_COUNTS, "social_posts.link_clicks or social_posts.other_clicks"),
)


def _rate(name: str, by: str, needs: tuple[str, ...], words: str, differs: str = "") -> Metric:
    return by_exposure(
        id=name,
        title=f"Engagement rate by {by}",
        numerator="engagements",
        denominator=by,
        definition=f"Interactions with the posts ÷ {words}, sums over the posts. May exceed 100%.",
        source="Hootsuite",
        needs=(*_COUNTS, *needs),
        differs=differs,
    )


_MEAN = "Many tools show the mean of the posts' own rates, in which small posts weigh more; it stands beside this one."
ENGAGEMENT_RATE_REACH = _rate(
    "engagement_rate_reach", "reach", ("social_posts.reach",), "accounts that saw them", _MEAN
)
ENGAGEMENT_RATE_FOLLOWERS = _rate(
    "engagement_rate_followers", "followers", _FANS, "followers on the day of each post",
    "Tools that divide by today's followers make old posts look worse.",
)  # fmt: skip
ENGAGEMENT_RATE_IMPRESSIONS = _rate(
    "engagement_rate_impressions", "impressions", ("social_posts.impressions",), "times that they were shown", _BREAK
)
ENGAGEMENT_RATE_VIEWS = _rate("engagement_rate_views", "views", ("social_posts.impressions",), "views", _BREAK)

ENGAGEMENT_RATE_CLICKS = by_exposure(
    id="engagement_rate_impressions_and_clicks",
    title="Engagement rate with clicks",
    numerator="engagements_and_clicks",
    denominator="coalesce(impressions, views)",
    definition="Interactions and all clicks ÷ impressions or views, whichever the platform counts.",
    source="X, Buffer",
    needs=(*ENGAGEMENTS_AND_CLICKS.needs, "social_posts.impressions"),
    differs=_BREAK,
)


def _item_mean(rate: Metric) -> Metric:
    """The mean of per-post rates. The division stands in the engine because it is the unit's own value."""
    return post(
        id=f"{rate.id}_item_mean",
        title=f"{rate.title}, post mean",
        numerator=f"{rate.numerator} / nullif({rate.denominator}, 0)",
        recipe="heavy_tailed_mean",
        unit="share",
        better="up",
        definition=f"Mean over the posts of interactions ÷ {rate.denominator}: every post weighs alike, however few saw it.",
        source="Hootsuite",
        needs=rate.needs,
        differs="A few posts that hardly anybody saw can lift it; the ratio of sums beside it answers for the brand.",
    )


ENGAGEMENT_RATE_REACH_ITEM_MEAN = _item_mean(ENGAGEMENT_RATE_REACH)
ENGAGEMENT_RATE_FOLLOWERS_ITEM_MEAN = _item_mean(ENGAGEMENT_RATE_FOLLOWERS)
ENGAGEMENT_RATE_IMPRESSIONS_ITEM_MEAN = _item_mean(ENGAGEMENT_RATE_IMPRESSIONS)

BRAND_ENGAGEMENT_RATE = Metric(
    id="brand_engagement_rate",
    title="Brand engagement rate",
    view="posts",
    time="published_at",
    excluded=_RIPE,
    numerator="engagements",
    denominator="followers",
    recipe="clustered_ratio",
    unit="share",
    better="up",
    definition="Interactions with a brand's posts ÷ its followers on the day of each post. Reach is private, so brands compare by followers only.",
    source="Hootsuite",
    needs=ENGAGEMENT_RATE_FOLLOWERS.needs,
    differs="Small brands have higher rates by nature: compare a brand with itself first.",
)


def _deed(name: str, column: str, title: str, words: str, differs: str) -> tuple[Metric, Metric]:
    """Kaushik's rate per post, and the later form per follower under its own name."""
    needs = (f"social_posts.{column}",)
    definition = f"{words} ÷ posts."
    first = per_post(
        id=name, title=title, numerator=column, definition=definition, source="Kaushik 2011", needs=needs, differs=differs
    )  # fmt: skip
    followers = by_exposure(
        id=f"{name}_followers", title=f"{title}, by followers", numerator=column, denominator="followers",
        definition=f"{words} ÷ followers on the day of each post.", source="HSMAI", needs=(*needs, *_FANS),
        differs="Glossaries give this form the same name as the rate per post.",
    )  # fmt: skip
    return first, followers


APPLAUSE_RATE, APPLAUSE_RATE_FOLLOWERS = _deed(
    "applause_rate", "reactions_positive", "Applause", "Likes, loves and other kind reactions",
    "Angry and sad reactions are not applause.",
)  # fmt: skip
CONVERSATION_RATE, CONVERSATION_RATE_FOLLOWERS = _deed(
    "conversation_rate", "comments", "Conversation", "Comments and replies",
    "Where the platform counts the brand's own replies as comments, they are in it.",
)  # fmt: skip
AMPLIFICATION_RATE, AMPLIFICATION_RATE_FOLLOWERS = _deed(
    "amplification_rate", "shares", "Amplification", "Shares, reposts and quotes",
    "Shares in private messages are not seen.",
)  # fmt: skip


def _link_ctr(suffix: str, by: str, words: str) -> Metric:
    return by_exposure(
        id=f"social_link_ctr{suffix}",
        title=f"Link click-through by {by}",
        numerator="link_clicks",
        denominator=by,
        definition=f"Clicks on the posts' links ÷ {words}.",
        source="Meta",
        needs=("social_posts.link_clicks", f"social_posts.{'reach' if by == 'reach' else 'impressions'}"),
        differs="Clicks are not visits: the platform counts taps, the site counts pages that loaded.",
    )


SOCIAL_LINK_CTR = _link_ctr("", "impressions", "times that the posts were shown")
SOCIAL_LINK_CTR_VIEWS = _link_ctr("_views", "views", "views of the posts")
SOCIAL_LINK_CTR_REACH = _link_ctr("_reach", "reach", "accounts that saw the posts")

DAILY_ENGAGEMENT_RATE = Metric(
    id="daily_engagement_rate",
    title="Daily engagement rate",
    view="social_days",
    time="day_at",
    cluster="date",
    excluded=_RIPE,
    numerator="engagements",
    denominator="followers",
    recipe="clustered_ratio",
    unit="share",
    better="up",
    definition="Interactions with the posts published on a day ÷ followers on that day, over all days and platforms.",
    source="Hootsuite",
    needs=(*_COUNTS, "social_daily.followers"),
    differs="Platforms tell a post's interactions over its life; those of old posts on a given day are not known.",
)

INBOUND_MESSAGES = Metric(
    id="inbound_messages",
    title="Inbound messages",
    view="social_days",
    time="day_at",
    numerator="n_inbound_conversations",
    denominator=None,
    recipe="count_rate",
    unit="count",
    definition="Conversations that users opened with the brand.",
    source="own",
    needs=("social_daily.n_inbound_conversations",),
    differs="What opens a conversation is the platform's choice; the usual one is a first message after 24 hours of silence.",
)

INBOUND_PER_1000_FOLLOWERS = Metric(
    id="inbound_per_1000_followers",
    title="Inbound per 1,000 followers, daily",
    view="social_days",
    time="day_at",
    cluster="date",
    numerator="n_inbound_conversations",
    denominator="followers / 1000",
    recipe="count_rate",
    unit="rate",
    definition="Conversations that users opened ÷ thousands of followers, over all days and platforms.",
    source="own",
    needs=(*INBOUND_MESSAGES.needs, "social_daily.followers"),
)

INBOUND_ANSWERED_SHARE = Metric(
    id="inbound_answered_share",
    title="Inbound messages answered",
    view="social_days",
    time="day_at",
    cluster="date",
    numerator="n_inbound_answered",
    denominator="n_inbound_conversations",
    recipe="clustered_ratio",
    unit="share",
    better="up",
    definition="Conversations opened by users that the brand answered, whenever ÷ conversations opened by users.",
    source="own",
    needs=(*INBOUND_MESSAGES.needs, "social_daily.n_inbound_answered"),
    differs="The platforms' daily totals do not tell how fast; the response rate does, from mentions.",
)

SOCIAL_RESPONSE_RATE = Metric(
    id="social_response_rate",
    title="Response rate within 24 h",
    view="own_mentions",
    time="mentioned_at",
    cluster="author",
    window_days=1,
    numerator="is_answered_in_a_day",
    denominator="case when needs_answer then 1 end",
    recipe="clustered_ratio",
    unit="share",
    better="up",
    definition="Mentions marked as needing an answer that had one from the brand within 24 hours ÷ mentions that needed one.",
    source="own",
    needs=("social_mentions.needs_answer", "social_mentions.answered_at"),
    differs="Depends on who marks what needs an answer; platforms' own badges count private messages only.",
)

SOCIAL_RESPONSE_TIME = Described(
    id="social_response_time",
    title="Response time, half answered",
    function=response_times.response_time,
    unit="seconds",
    better="down",
    is_median=True,
    definition="Time within which half of the mentions that needed an answer had one. Unanswered ones count as longer than any.",
    source="own",
    needs=SOCIAL_RESPONSE_RATE.needs,
    differs="A median of answered mentions alone looks better the more are left unanswered.",
)

MENTION_VOLUME = Metric(
    id="mention_volume",
    title="Mentions",
    view="own_mentions",
    time="mentioned_at",
    cluster="author",
    numerator="true",
    denominator=None,
    recipe="count_rate",
    unit="count",
    definition="Mentions of the brand, direct (@) or by name, reposts included; spam and own posts left out.",
    source="Hootsuite",
    needs=("social_mentions.mentioned_at",),
    differs="Depends wholly on the query and the sources that the listening tool sees.",
)

RECOMMENDATION_SHARE = Metric(
    id="mention_recommendation_share",
    title="Mentions that recommend",
    view="own_mentions",
    time="mentioned_at",
    cluster="author",
    numerator="is_recommendation",
    recipe="clustered_ratio",
    unit="share",
    better="up",
    definition="Mentions that recommend the brand ÷ mentions of the brand.",
    source="own",
    needs=("social_mentions.is_recommendation",),
)

OWN_SHARE_OF_VOICE = Metric(
    id="share_of_voice_own",
    title="Own share of voice",
    view="mentions",
    time="mentioned_at",
    cluster="author",
    numerator="is_own_brand",
    denominator="case when is_named then 1 end",
    noun="named mentions",
    recipe="clustered_ratio",
    unit="share",
    better="up",
    definition="Mentions of the own brand ÷ mentions of it and the named competitors, with authors as the independent unit.",
    source="Hootsuite",
    needs=("social_mentions.brand_id",),
    differs="Depends wholly on which competitors are named and on the query; a text that names two brands counts for both.",
)

SHARE_OF_VOICE = Described(
    id="share_of_voice",
    title="Share of voice",
    function=share_of_voice.share_of_voice,
    unit="share",
    definition="Mentions of a brand ÷ mentions of the own brand and the named competitors, one row a brand. Intervals hold for all brands at "
    "once (Goodman); changes are tested with authors as the independent unit.",
    source="Hootsuite",
    needs=OWN_SHARE_OF_VOICE.needs,
    differs=OWN_SHARE_OF_VOICE.differs,
)

AUTHOR_SHARE_OF_VOICE = Described(
    id="share_of_voice_authors",
    title="Share of voice by authors",
    function=share_of_voice.share_of_authors,
    unit="share",
    definition="Authors who mention a brand ÷ the same summed over all named brands, so that one loud author counts once a brand.",
    source="own",
    needs=(*OWN_SHARE_OF_VOICE.needs, "social_mentions.author_id"),
)


def _net(name: str, title: str, words: str, differs: str) -> Described:
    return Described(
        id=name,
        title=title,
        function=sentiment.net_sentiment if name == "net_sentiment" else sentiment.net_sentiment_polar,
        unit="score",
        better="up",
        definition=f"(Positive − negative mentions) ÷ {words} × 100, for the own brand and for each. "
        "A given label is used as it is; English text without one is scored by VADER; other texts are not scored and counted.",
        source="Black Box Intelligence",
        needs=("social_mentions.sentiment or social_mentions.text",),
        differs=differs,
    )


NET_SENTIMENT = _net(
    "net_sentiment", "Net sentiment", "all scored mentions", "Some tools leave neutral mentions out; that form stands beside this one."
)  # fmt: skip
NET_SENTIMENT_POLAR = _net(
    "net_sentiment_polar", "Net sentiment without neutral", "positive and negative mentions",
    "Swings when the neutral share moves, although no opinion changed.",
)  # fmt: skip

BRAND_NET_SENTIMENT = Described(
    id="brand_net_sentiment",
    title="Net sentiment of brands",
    function=sentiment.brand_net_sentiment,
    unit="score",
    better="none",
    definition="Net sentiment of the own brand and of each named competitor.",
    source="Black Box Intelligence",
    needs=NET_SENTIMENT.needs,
    differs=NET_SENTIMENT.differs,
)

SENTIMENT_COVERAGE = Described(
    id="sentiment_coverage",
    title="Mentions with a known tone",
    function=sentiment.coverage,
    unit="share",
    definition="Own mentions with a given label or scored by a program ÷ own mentions.",
    source="own",
    needs=NET_SENTIMENT.needs,
)

THEME_SHARE = Described(
    id="theme_share",
    title="Share of mentions",
    function=themes.theme_share,
    unit="share",
    definition="Own mentions with a theme ÷ own mentions whose themes are known. A mention may have several, so shares do not add up to 1.",
    source="own",
    needs=("social_mentions.themes",),
    differs="Only given themes are counted; what a program finds in the texts stands apart, with its stability.",
)

FOLLOWERS = Described(
    id="followers",
    title="Followers",
    function=followers.followers,
    unit="count",
    better="up",
    counts=THINGS,
    definition="Followers at the end of the period's last day, in all and by platform.",
    source="Hootsuite",
    needs=("social_daily.followers",),
    differs="Who follows on two platforms counts twice.",
)

FOLLOWER_GROWTH_RATE = Described(
    id="follower_growth_rate",
    title="Follower growth",
    function=followers.follower_growth,
    unit="share",
    better="up",
    counts=THINGS,
    definition="(Followers at the end − at the start) ÷ followers at the start, in all and by platform.",
    source="Hootsuite",
    needs=FOLLOWERS.needs,
    differs="Net of those who left. Platforms purge false accounts at times: a fall in one day is that.",
)

AUDIENCE_PERSONA_FIT = Described(
    id="audience_persona_fit",
    title="Audience fit",
    function=followers.persona_fit,
    unit="share",
    better="up",
    counts=THINGS,
    definition="The part of the followers that lies within the target mix: the smaller of a bracket's share and its target, added up. "
    "1 is the very mix that audience_targets in dataset.yml asks for.",
    source="own",
    needs=("social_daily.audience_share", "social_daily.audience_bracket"),
    differs="Platforms hide small groups and guess ages; followers of unknown age are left out.",
)

CONTENT_TYPE_PERFORMANCE = Described(
    id="content_type_performance",
    title="Engagement rate of content",
    function=content.content_types,
    unit="share",
    better="up",
    counts=THINGS,
    definition="Interactions ÷ reach (÷ followers where reach is unknown) of the own posts of each kind of content.",
    source="own",
    needs=(*_COUNTS, "social_posts.content_type"),
    differs="Kinds of content differ in platform, hour and money spent too; the table over twelve months holds these equal.",
)

COMPETITIVE_CONTENT_INDEX = Described(
    id="competitive_content_index",
    title="Content index",
    function=content.competitive_index,
    unit="ratio",
    better="up",
    counts=THINGS,
    definition="Median interactions per post and 1,000 followers of the own posts ÷ that of the competitors' posts. Above 1 the own posts do better.",
    source="own",
    needs=ENGAGEMENT_RATE_FOLLOWERS.needs,
    differs="Small brands have more interactions per follower by nature.",
)

_VISITS = ("events.event_at", "events.event_name", "events.visitor_id")
_SOCIAL = "channel_group in ('organic_social', 'paid_social')"

SOCIAL_TRAFFIC_SHARE = Metric(
    id="social_traffic_share",
    title="Visits from social media",
    view="sessions",
    cluster="visitor_id",
    numerator=_SOCIAL,
    recipe="clustered_ratio",
    unit="share",
    definition="Visits whose channel is organic or paid social ÷ all visits.",
    source="GA4",
    needs=(*_VISITS, "events.channel_group or events.referrer_domain or events.utm_medium"),
    differs="Browsers inside apps hide where a visit comes from; such visits count as direct. Tagged links (utm) keep it.",
)

SOCIAL_CONVERSION_RATE = Metric(
    id="social_conversion_rate",
    title="Conversion of visits from social media",
    view="sessions",
    cluster="visitor_id",
    numerator="n_key_events > 0",
    denominator=f"case when {_SOCIAL} then 1 end",
    recipe="clustered_ratio",
    unit="share",
    better="up",
    definition="Visits from social media with a key event ÷ visits from social media.",
    source="GA4",
    needs=(*SOCIAL_TRAFFIC_SHARE.needs, "events.is_key_event"),
    differs="Who saw a post and came another way is not in it.",
)

RATES = (
    ENGAGEMENT_RATE_REACH, ENGAGEMENT_RATE_REACH_ITEM_MEAN, ENGAGEMENT_RATE_FOLLOWERS, ENGAGEMENT_RATE_FOLLOWERS_ITEM_MEAN,
    ENGAGEMENT_RATE_IMPRESSIONS, ENGAGEMENT_RATE_IMPRESSIONS_ITEM_MEAN, ENGAGEMENT_RATE_VIEWS, ENGAGEMENT_RATE_CLICKS,
    DAILY_ENGAGEMENT_RATE,
)  # fmt: skip
PER_POST = (
    POSTS, REACH, IMPRESSIONS, VIEWS, ENGAGEMENTS, ENGAGEMENTS_AND_CLICKS, APPLAUSE_RATE, CONVERSATION_RATE, AMPLIFICATION_RATE,
)  # fmt: skip
REACTIONS_BY_FOLLOWERS = APPLAUSE_RATE_FOLLOWERS, CONVERSATION_RATE_FOLLOWERS, AMPLIFICATION_RATE_FOLLOWERS
LINK_CLICKS = SOCIAL_LINK_CTR, SOCIAL_LINK_CTR_VIEWS, SOCIAL_LINK_CTR_REACH
ANSWERS = (
    SOCIAL_RESPONSE_RATE, SOCIAL_RESPONSE_TIME, INBOUND_MESSAGES, INBOUND_PER_1000_FOLLOWERS, INBOUND_ANSWERED_SHARE,
)  # fmt: skip
