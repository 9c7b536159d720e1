-- purchase_days: one row per customer and day on which the customer bought.
-- Orders of one day are one purchase. Guests are left out, and so are returns entered as orders with a negative amount.
select
    customer_id,
    ordered_on                                           as purchased_on,
    count(*)                                             as n_orders,
    sum(net_amount)                                      as net_amount
from purchases
where customer_id is not null
  and net_amount >= 0
group by customer_id, ordered_on
