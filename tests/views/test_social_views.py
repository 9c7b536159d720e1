"""The social views against a walk through the rows one by one."""

from datetime import timedelta

import pandas as pd
import pytest
from social_made_up import OWN, RIVALS, daily, everything, mentions, posts, social


def has(value: object) -> bool:
    return value is not None and not pd.isna(value)


@pytest.fixture(scope="module")
def source():
    return everything()


def test_posts_one_by_one(source):
    stock = daily()
    stock = stock[stock.audience_bracket.isna()]
    expected = []
    for post in posts().itertuples():
        counts = [post.reactions_positive, post.reactions_negative, post.comments, post.shares, post.saves]
        engagements = sum(int(count) for count in counts if has(count)) if any(map(has, counts)) else None
        followers = int(post.followers_at_post) if has(post.followers_at_post) else None
        day = post.published_at.tz_localize(None).normalize()
        for back in range(7) if followers is None else ():
            row = stock[
                (stock.brand_id == post.brand_id)
                & (stock.platform == post.platform)
                & (stock.date == day - timedelta(days=back))
            ]
            if len(row):
                followers = int(row.followers.iloc[0])
                break
        shown = int(post.impressions) if has(post.impressions) else None
        expected.append(
            {
                "post": f"{post.platform} {post.post_id}",
                "is_mature": post.snapshot_at - post.published_at >= timedelta(days=7),
                "followers": followers,
                "engagements": engagements,
                "engagements_and_clicks": None
                if engagements is None
                else engagements + sum(int(c) for c in (post.link_clicks, post.other_clicks) if has(c)),
                "impressions": shown if post.impression_type != "views" else None,
                "views": shown if post.impression_type == "views" else None,
                "content_type": post.content_type or "unknown",
            }
        )
    columns = list(expected[0])
    found = source.sql(f"select {', '.join(columns)} from posts order by post")
    wanted = pd.DataFrame(expected).sort_values("post", ignore_index=True)
    for name in columns:
        same = [
            a == b if has(a) and has(b) else has(a) == has(b) for a, b in zip(found[name], wanted[name], strict=True)
        ]
        assert all(same), (name, found[~pd.Series(same)].head(3), wanted[~pd.Series(same)].head(3))


def test_own_posts_are_the_company_s(source):
    assert source.sql("select count(*) as n from own_posts").n[0] == (posts().brand_id == OWN).sum()


def test_mentions_leave_out_spam_and_the_brands_own_words(source):
    rows = mentions()
    kept = rows[(rows.is_spam != True) & (rows.is_own != True)].set_index("mention_id").sort_index()  # noqa: E712 (None is not true)
    found = source.sql("select * from mentions order by mention_id").set_index("mention_id")
    assert list(found.index) == list(kept.index)
    assert list(found.is_own_brand) == list(kept.brand_id == OWN)
    assert list(found.is_named) == list(kept.brand_id.isin([OWN, *RIVALS]))
    assert list(found.has_author) == list(kept.author_id.notna())
    assert (
        found.author.nunique() == kept.author_id.nunique() + kept.author_id.isna().sum()
    )  # unknown authors are one each
    quick = kept.answered_at - kept.mentioned_at <= timedelta(hours=24)
    assert list(found.is_answered_in_a_day) == list(quick)
    assert "text" not in found


def test_social_days_are_the_own_ones_with_their_posts(source):
    found = source.sql("select * from social_days order by brand_id, platform, date")
    own = daily()
    own = own[(own.brand_id == OWN) & own.audience_bracket.isna()].sort_values(["platform", "date"], ignore_index=True)
    assert list(found.followers) == list(own.followers)
    for row, day in zip(found.itertuples(), own.itertuples(), strict=True):
        mine = posts()
        mine = mine[
            (mine.brand_id == OWN) & (mine.platform == day.platform) & (mine.published_at.dt.date == day.date.date())
        ]
        counts = mine[["reactions_positive", "reactions_negative", "comments", "shares", "saves"]]
        assert row.n_posts == len(mine)
        assert row.is_mature == (mine.snapshot_at - mine.published_at >= timedelta(days=7)).all()
        assert (0 if pd.isna(row.engagements) else row.engagements) == counts.sum().sum()


def brands(**settings: object) -> dict[str, tuple[bool, bool]]:
    rows = mentions(60)
    source = social(social_mentions=rows)
    if settings:
        import cxkit as cx

        source = cx.open_data({"social_mentions": rows}, settings={"timezone": "UTC", **settings})
    return {row.brand_id: (row.is_own_brand, row.is_named) for row in source.sql("select * from brands").itertuples()}


def test_without_own_posts_the_own_brand_is_who_is_no_competitor():
    found = brands(competitors=[*RIVALS, "elsewhere"])
    assert found == {OWN: (True, True), **dict.fromkeys([*RIVALS, "elsewhere"], (False, True))}


def test_without_any_hint_no_brand_is_taken_for_the_own():
    assert set(brands(k=10).values()) == {(False, True)}
