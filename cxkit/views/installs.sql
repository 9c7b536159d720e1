-- installs: one row per installation: a first open of the app on a device, until it is removed or installed again.
-- A platform that never tells of removals (iOS) has null, not false: there the app may be gone.
--   install_no: Number of the installation on the device, from 1.
--   is_reinstall: Not the first on the device.
--   installed_at: Time of the first open.
--   installed_on: Its day.
--   day_1_on: The day after it.
--   day_7_on: The 7th day after it.
--   day_30_on: The 30th day after it.
--   is_active_day_1: The app was used on the day after it.
--   is_active_day_7: The app was used on the 7th day after it.
--   is_active_day_30: The app was used on the 30th day after it.
--   removed_at: When the app was removed; null: not, or nobody can tell.
--   is_removed_in_30: Removed within 30 days; null where the platform tells no removals.
--   tells_removal: Whether the platform tells of removals.
with
openings as (
    select
        visitor_id, surface, customer_id, event_at as installed_at, event_at_utc as installed_at_utc,
        row_number() over opens                                             as install_no,
        lead(event_at_utc) over opens                                       as next_installed_at_utc
    from hits
    where event_name = 'first_open' and surface in ('ios', 'android') and visitor_id is not null
    window opens as (partition by visitor_id order by event_at_utc, event_id)
),

removals as (
    select o.visitor_id, o.install_no, local_time(min(h.event_at_utc)) as removed_at
    from openings as o
    join hits as h
      on h.visitor_id = o.visitor_id and h.event_name = 'app_remove' and h.event_at_utc >= o.installed_at_utc
     and (o.next_installed_at_utc is null or h.event_at_utc < o.next_installed_at_utc)
    group by o.visitor_id, o.install_no
),

telling as (
    select distinct surface from hits where event_name = 'app_remove'
),

use as (
    select
        o.visitor_id, o.install_no,
        bool_or(d.used_on = cast(o.installed_at as date) + 1)               as used_on_day_1,
        bool_or(d.used_on = cast(o.installed_at as date) + 7)               as used_on_day_7,
        bool_or(d.used_on = cast(o.installed_at as date) + 30)              as used_on_day_30
    from openings as o
    join app_days as d on d.visitor_id = o.visitor_id
    group by o.visitor_id, o.install_no
)

select
    o.visitor_id, o.customer_id, o.surface, o.install_no, o.install_no > 1 as is_reinstall, o.installed_at,
    cast(cast(o.installed_at as date) as timestamp)                         as installed_on,
    cast(o.installed_at as date) + interval 1 day                           as day_1_on,
    cast(o.installed_at as date) + interval 7 day                           as day_7_on,
    cast(o.installed_at as date) + interval 30 day                          as day_30_on,
    coalesce(u.used_on_day_1, false)                                        as is_active_day_1,
    coalesce(u.used_on_day_7, false)                                        as is_active_day_7,
    coalesce(u.used_on_day_30, false)                                       as is_active_day_30,
    r.removed_at,
    case when t.surface is not null
         then coalesce(cast(r.removed_at as date) - cast(o.installed_at as date) <= 30, false) end as is_removed_in_30,
    t.surface is not null                                                   as tells_removal
from openings as o
left join removals as r using (visitor_id, install_no)
left join use as u using (visitor_id, install_no)
left join telling as t on t.surface = o.surface
