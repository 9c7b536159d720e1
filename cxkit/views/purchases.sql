-- purchases: one row per order that stood: not cancelled, not pending, not wholly refunded.
-- Orders of one customer on one day are one purchase (purchase_no), so that a split shipment is not loyalty.
-- kept_margin is the margin without what was refunded; the net amount where no margin is known.
--   ordered_on: Day of the order.
--   net_amount: Goods after discount, without tax, shipping and what was refunded.
--   kept_margin: Margin without what was refunded; the net amount where no margin is known.
--   purchase_no: Number of the customer's purchase, from 1; orders of one day share it. Null for guests.
with
kept as (
    select *,
           cast(ordered_at as date)                                        as ordered_on,
           net_amount - coalesce(refund_amount, 0)                         as kept_amount,
           1 - coalesce(refund_amount / nullif(net_amount, 0), 0)          as kept_share
    from orders
    where status not in ('cancelled', 'pending', 'refunded')
      and (coalesce(refund_amount, 0) = 0 or refund_amount < net_amount)
)

select
    order_id, customer_id, ordered_at, ordered_on, kept_amount as net_amount, margin_amount,
    coalesce(margin_amount * kept_share, kept_amount) as kept_margin, currency, sales_channel,
    channel_group, campaign_id, n_items, category,
    case when customer_id is not null
         then dense_rank() over (partition by customer_id order by ordered_on) end as purchase_no
from kept
