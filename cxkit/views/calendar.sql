-- calendar: one row per day that the data cover: its weekday, whether it is a holiday or a working day, and what ran on it.
-- Holidays, initiatives and gaps come from `series`; working days and hours from dataset.yml.
-- An initiative runs from its date on, until a row of the same name says 0.
--   day: The day.
--   weekday: Day of the week, from 1 (Monday) to 7.
--   is_holiday: A holiday, as `series` says.
--   is_gap: A day without data, as `series` says.
--   is_working_day: Service works on that weekday, and it is no holiday.
--   works_from: When service begins, as dataset.yml says (hh:mm).
--   works_until: When service ends.
--   initiatives_begun: Initiatives that begin on the day, separated by semicolons.
--   initiatives: Initiatives that run on the day, separated by semicolons.
--   days_since_initiative: Days since the latest of those began.
with
ends as (
    select cast(min(event_at) as date) as first, cast(max(event_at) as date) as last from events
    union all
    select cast(min(ordered_at) as date), cast(max(ordered_at) as date) from orders
    union all
    select cast(min(created_at) as date), cast(max(created_at) as date) from tickets
    union all
    select min(first), max(last) from stated_periods
),

days as (
    select cast(unnest(generate_series(min(first), max(last), interval 1 day)) as date) as day
    from ends
),

told as (
    select
        date                                                                    as day,
        bool_or(series_id = 'holiday' and value = 1)                            as is_holiday,
        bool_or(series_id = 'data_gap' and value <> 0)                          as is_gap,
        string_agg(distinct entity, '; ' order by entity) filter (where series_id = 'initiative' and value <> 0) as initiatives_begun
    from series
    group by date
),

windows as (
    select entity, date as begins_on, value <> 0 as is_running,
           coalesce(lead(date) over (partition by entity order by date), date '9999-12-31') as ends_on
    from series
    where series_id = 'initiative'
),

running as (
    select d.day,
           string_agg(distinct w.entity, '; ' order by w.entity)                as initiatives,
           d.day - max(w.begins_on)                                             as days_since_initiative
    from days as d
    join windows as w on d.day >= w.begins_on and d.day < w.ends_on
    where w.is_running
    group by d.day
)

select
    d.day,
    isodow(d.day)                                                               as weekday,
    coalesce(t.is_holiday, false)                                               as is_holiday,
    coalesce(t.is_gap, false)                                                   as is_gap,
    isodow(d.day) in (select weekday from working_days) and not coalesce(t.is_holiday, false) as is_working_day,
    w.works_from,
    w.works_until,
    t.initiatives_begun,
    r.initiatives,
    r.days_since_initiative
from days as d
left join told as t using (day)
left join running as r using (day)
cross join working_hours as w
