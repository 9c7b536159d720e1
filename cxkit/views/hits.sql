-- hits: one row per web or app event of a person: no bots, no internal traffic.
-- Events without a visitor (no consent) stay: they count as page views, but belong to no session and no user.
--   engagement_time_s: Seconds in the foreground since the visitor's previous event; 0 where none is told.
select
    event_id, event_at, event_at_utc, event_name, surface, visitor_id, customer_id, session_id, page, screen,
    referrer_domain, utm_source, utm_medium, channel_group, device_class, assistive, order_id, cart_id, campaign_id,
    cast(coalesce(engagement_time_s, 0) as decimal(18, 6))               as engagement_time_s,   -- microseconds add up exactly
    coalesce(is_interaction, false)                                      as is_interaction,
    coalesce(is_key_event, false)                                        as is_key_event
from events
where not coalesce(is_bot, false)
  and not coalesce(is_internal, false)
