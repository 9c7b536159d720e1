-- posts: one row per post of any brand, with its counts at the latest reading.
-- A count that was not exported stays null; interactions add up what was exported. Clicks are not among them: not every platform
-- tells clicks, and only public interactions compare across platforms and brands.
-- Impressions and views are two measures: since platforms count repeated displays as views, one is never read as the other.
--   post: The post, by platform and number.
--   content_type: Kind of content; `unknown` where not told.
--   is_mature: The counts were read `post_days()` after publication or later.
--   followers: Followers at publication, or the last known of the week before.
--   reach: Accounts that saw the post.
--   impressions: Times that the post was shown; null on platforms that count views.
--   views: Views, on platforms that count those.
--   engagements: Reactions, comments, shares and saves; null where none was exported.
--   engagements_and_clicks: The same with clicks.
with
fans as (                                     -- followers by day, without the rows about the audience
    select brand_id, platform, date, followers
    from social_daily
    where audience_bracket is null
),

dated as (
    select *, cast(published_at as date) as published_on from social_posts
)

select
    p.platform || ' ' || p.post_id                                          as post,
    p.platform, p.brand_id, coalesce(p.is_own, false) as is_own, coalesce(p.is_paid, false) as is_paid,
    p.published_at, p.snapshot_at, coalesce(p.content_type, 'unknown') as content_type, p.topic,
    p.snapshot_at_utc >= p.published_at_utc + to_days(post_days())                 as is_mature,
    coalesce(p.followers_at_post,                                           -- on that day, or the last known of the week before
             case when f.date > p.published_on - to_days(followers_days()) then f.followers end) as followers,
    p.reach,
    case when p.impression_type is distinct from 'views' then p.impressions end as impressions,
    case when p.impression_type = 'views' then p.impressions end             as views,
    p.reactions_positive, p.comments, p.shares, p.saves, p.link_clicks,
    case when coalesce(p.reactions_positive, p.reactions_negative, p.comments, p.shares, p.saves) is not null
         then coalesce(p.reactions_positive, 0) + coalesce(p.reactions_negative, 0) + coalesce(p.comments, 0)
              + coalesce(p.shares, 0) + coalesce(p.saves, 0) end             as engagements,
    engagements + coalesce(p.link_clicks, 0) + coalesce(p.other_clicks, 0)   as engagements_and_clicks
from dated p
asof left join fans f
    on p.brand_id = f.brand_id and p.platform = f.platform and p.published_on >= f.date
