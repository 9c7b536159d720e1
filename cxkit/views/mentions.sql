-- mentions: one row per mention of one brand, with its author; a text that names two brands has two rows.
-- Spam and what brands say of themselves are left out. The text itself stays in its table.
--   author: Who said it; the mention itself where nobody knows.
--   has_author: Whether the author is known.
--   is_answered_in_a_day: Answered within 24 hours.
--   wait_s: Seconds until the answer; null: none.
select
    m.mention_id, m.platform, m.brand_id, b.is_own_brand, b.is_named, m.mentioned_at, m.mentioned_at_utc,
    coalesce(m.author_id, 'of ' || m.mention_id)                            as author,
    m.author_id is not null                                                 as has_author,
    coalesce(m.is_direct, false)                                            as is_direct,
    coalesce(m.is_repost, false)                                            as is_repost,
    coalesce(m.is_recommendation, false)                                    as is_recommendation,
    m.language, m.sentiment, m.sentiment_source, m.themes, m.answered_at,
    coalesce(m.needs_answer, false)                                         as needs_answer,
    m.answered_at_utc is not null and m.answered_at_utc <= m.mentioned_at_utc + interval 24 hour as is_answered_in_a_day,
    epoch(m.answered_at_utc) - epoch(m.mentioned_at_utc)                    as wait_s
from social_mentions m
join brands b using (brand_id)
where not coalesce(m.is_spam, false)
  and not coalesce(m.is_own, false)
