-- purchase_days: one row per customer and day on which the customer bought.
-- Orders of one day are one purchase. Guests, cancelled, pending and wholly refunded orders are left out, and so are returns
-- entered as orders with a negative amount; partial refunds are taken off the order that they belong to.
select
    customer_id,
    cast(ordered_at as date)                             as purchased_on,
    count(*)                                             as n_orders,
    sum(net_amount - coalesce(refund_amount, 0))         as net_amount
from orders
where customer_id is not null
  and status in ('paid', 'shipped', 'completed', 'partially_refunded')
  and net_amount >= 0
group by customer_id, cast(ordered_at as date)
