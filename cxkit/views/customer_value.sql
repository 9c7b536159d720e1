-- customer_value: one row per customer who bought, as the purchase models see the customer at the last day with an order.
-- frequency counts repeat purchase days, recency_days runs from the first to the last of them, t_days to the end of the data,
-- and monetary_value is the mean of a repeat purchase day (the first purchase is left out; 0 without a repeat).
--   frequency: Days with a purchase after the first one.
--   recency_days: Days from the first to the last purchase; 0 without a repeat.
--   t_days: Days from the first purchase to the last day with an order in the data.
--   monetary_value: Mean net amount of a repeat purchase day; 0 without a repeat.
--   n_orders: Orders in all.
--   net_amount: Net amount of all orders, without what was refunded.
--   first_order_on: Day of the first purchase.
--   last_order_on: Day of the last purchase.
--   cohort: Month of the first purchase, by its first day.
with
firsts as (
    select *,
           min(purchased_on) over (partition by customer_id) as first_order_on
    from purchase_days
),

observed as (
    select max(cast(ordered_at as date)) as until
    from orders
)

select
    customer_id,
    count(*) - 1                                                              as frequency,
    date_diff('day', first_order_on, max(purchased_on))                       as recency_days,
    date_diff('day', first_order_on, until)                                   as t_days,
    coalesce(avg(net_amount) filter (where purchased_on > first_order_on), 0) as monetary_value,
    sum(n_orders)                                                             as n_orders,
    sum(net_amount)                                                           as net_amount,
    first_order_on,
    max(purchased_on)                                                         as last_order_on,
    date_trunc('month', first_order_on)                                       as cohort
from firsts
cross join observed
group by customer_id, first_order_on, until
