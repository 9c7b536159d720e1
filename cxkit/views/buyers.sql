-- buyers: one row per known customer with at least one purchase: the first, the second, and when a cohort's window closed.
-- margin_90, _180, _365: margin of the purchases within so many days of the first, that one included.
--   first_ordered_at: Time of the first purchase.
--   second_ordered_at: Time of the second purchase, on a later day; null: none yet.
--   days_to_second: Days from the first purchase to the second.
--   window_90_closed_at: When 90 days had passed since the first purchase.
--   window_180_closed_at: When 180 days had passed since the first purchase.
--   window_365_closed_at: When 365 days had passed since the first purchase.
--   margin_90: Margin of the purchases within 90 days of the first, that one included.
--   margin_180: The same within 180 days.
--   margin_365: The same within 365 days.
with
purchase_days as (
    select customer_id, purchase_no, min(ordered_at) as ordered_at, min(ordered_on) as ordered_on
    from purchases
    where customer_id is not null and purchase_no <= 2
    group by customer_id, purchase_no
),

worths as (
    select
        p.customer_id,
        sum(p.kept_margin) filter (where p.ordered_on - f.ordered_on <= 90)  as margin_90,
        sum(p.kept_margin) filter (where p.ordered_on - f.ordered_on <= 180) as margin_180,
        sum(p.kept_margin) filter (where p.ordered_on - f.ordered_on <= 365) as margin_365
    from purchases as p
    join purchase_days as f on f.customer_id = p.customer_id and f.purchase_no = 1
    group by p.customer_id
)

select
    first_one.customer_id,
    first_one.ordered_at                                           as first_ordered_at,
    second_one.ordered_at                                          as second_ordered_at,
    second_one.ordered_on - first_one.ordered_on                   as days_to_second,
    first_one.ordered_on + interval 90 day                         as window_90_closed_at,
    first_one.ordered_on + interval 180 day                        as window_180_closed_at,
    first_one.ordered_on + interval 365 day                        as window_365_closed_at,
    worths.margin_90, worths.margin_180, worths.margin_365
from purchase_days as first_one
left join purchase_days as second_one
       on second_one.customer_id = first_one.customer_id and second_one.purchase_no = 2
join worths on worths.customer_id = first_one.customer_id
where first_one.purchase_no = 1
