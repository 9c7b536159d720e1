-- calendar: one row per day that the data cover: its weekday, whether it is a holiday or a working day, and what ran on it.
-- Holidays, initiatives and gaps come from `series`; working days and hours from dataset.yml.
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
        string_agg(distinct entity, '; ' order by entity) filter (where series_id = 'initiative') as initiatives_begun
    from series
    group by date
)

select
    d.day,
    isodow(d.day)                                                               as weekday,
    coalesce(t.is_holiday, false)                                               as is_holiday,
    coalesce(t.is_gap, false)                                                   as is_gap,
    isodow(d.day) in (select weekday from working_days) and not coalesce(t.is_holiday, false) as is_working_day,
    w.works_from,
    w.works_until,
    t.initiatives_begun
from days as d
left join told as t using (day)
cross join working_hours as w
