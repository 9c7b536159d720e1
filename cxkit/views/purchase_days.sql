-- purchase_days: one row per customer and day on which the customer bought. Orders of one day are one purchase.
--   purchased_on: The day.
--   n_orders: Orders of the day.
--   net_amount: Net amount of the day's orders, without what was refunded.
select
    customer_id,
    ordered_on              as purchased_on,
    count(*)                as n_orders,
    sum(net_amount)         as net_amount
from purchases
where customer_id is not null
group by customer_id, ordered_on
