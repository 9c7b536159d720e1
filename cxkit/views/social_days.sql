-- social_days: one row per own brand, platform and day, with the interactions of the posts published on it.
-- Platforms count a post over its life, so the interactions of a day are those that its posts have had since.
--   day_at: The day, as a timestamp.
--   n_posts: Posts published on the day.
--   engagements: Reactions, comments, shares and saves of those posts, up to the latest reading.
--   is_mature: All of those posts were read `post_days()` after publication or later.
with
days as (
    select d.brand_id, d.platform, d.date, d.followers, d.followers_gained, d.followers_lost,
           d.n_inbound_conversations, d.n_inbound_answered
    from social_daily d
    join brands b using (brand_id)
    where d.audience_bracket is null and b.is_own_brand
),

published as (
    select brand_id, platform, cast(published_at as date) as date,
           sum(engagements) as engagements, count(*) as n_posts, bool_and(is_mature) as is_mature
    from posts
    group by all
)

select days.*, cast(days.date as timestamp) as day_at, coalesce(p.n_posts, 0) as n_posts,
       case when p.n_posts is null then 0 else p.engagements end            as engagements,
       coalesce(p.is_mature, true)                                          as is_mature
from days
left join published p using (brand_id, platform, date)
