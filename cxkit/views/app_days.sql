-- app_days: one row per device and day on which somebody used the app. Removals, updates and received notifications are no use.
--   used_on: The day.
--   last_used_at: The last use on it.
--   customer_id: The customer, when logged in; where several are, the first by id.
select visitor_id, surface, cast(event_at as date) as used_on, max(event_at) as last_used_at,
       min(customer_id) as customer_id
from hits
where surface in ('ios', 'android') and visitor_id is not null
  and event_name not in ('app_remove', 'app_update', 'notification_receive')
group by visitor_id, surface, cast(event_at as date)
