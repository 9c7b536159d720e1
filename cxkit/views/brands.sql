-- brands: one row per brand of posts, daily figures and mentions, and whose it is.
-- Own is what the posts call own; without own posts, the one brand that is not among the competitors of dataset.yml. Are there
-- several, nobody knows which is the own, and none is taken for it.
-- Named are the own brand and the listed competitors; without a list, every brand.
--   brand_id: The brand.
--   is_own_brand: The company's own brand.
--   is_named: The own brand or a listed competitor; every brand where no competitors are listed.
with
seen as (
    select brand_id, coalesce(is_own, false) as is_own from social_posts
    union all
    select brand_id, false from social_daily
    union all
    select brand_id, false from social_mentions
),

known as (
    select brand_id, bool_or(is_own) as is_posted_as_own
    from seen
    group by brand_id
),

listed as (
    select k.brand_id, k.is_posted_as_own,
           c.brand_id is not null                                    as is_competitor,
           bool_or(k.is_posted_as_own) over ()                       as has_own_posts,
           (select count(*) from competitors)                        as n_competitors,
           count(*) filter (where c.brand_id is null) over ()        as n_others
    from known k
    left join (select distinct brand_id from competitors) c using (brand_id)
)

select brand_id,
       case when has_own_posts then is_posted_as_own
            else n_others = 1 and not is_competitor end              as is_own_brand,
       is_own_brand or is_competitor or n_competitors = 0            as is_named
from listed
