-- carts: one row per cart: a cart_id, else what a session put into a cart (the vendor's, else ours). Several adds make one cart.
-- It is bought when a purchase follows its first add: in the same cart or session, within 24 hours of it.
--   cart_id: The cart; where events carry none, visitor and session joined.
--   visitor_id: The visitor who put the first thing in.
--   customer_id: The customer of the first add, when logged in.
--   device_class: Kind of device at the first add.
--   created_at: Time of the first add.
--   checkout_begun_at: When checkout was first begun.
--   purchased_at: When it was bought; null: it was not.
--   n_adds: Times that something was put in.
--   n_removes: Times that something was taken out.
--   has_checkout: Checkout was begun, or the cart was bought.
--   is_purchased: It was bought within 24 hours.
--   order_id: The order that it became.
with
moves as (
    select hits.*,
           coalesce(cart_id, hits.visitor_id || '#'
                             || coalesce(session_id, hits.visitor_id || '#' || cast(stretch_no as varchar))) as cart
    from hits
    left join stretches
           on session_id is null
          and stretches.visitor_id = hits.visitor_id and event_at_utc >= begins_at and event_at_utc < next_begins_at
    where event_name in ('add_to_cart', 'remove_from_cart', 'begin_checkout', 'purchase')
),

begun as (
    select cart, min(event_at_utc) as created_at_utc
    from moves
    where event_name = 'add_to_cart' and cart is not null
    group by cart
)

select
    cart                                                                        as cart_id,
    arg_min(visitor_id, (event_at_utc, event_id))                               as visitor_id,
    arg_min(customer_id, (event_at_utc, event_id))                              as customer_id,
    arg_min(device_class, (event_at_utc, event_id))                             as device_class,
    local_time(created_at_utc)                                                  as created_at,
    created_at_utc,
    local_time(min(event_at_utc) filter (where event_name = 'begin_checkout'))  as checkout_begun_at,
    local_time(min(event_at_utc) filter (where event_name = 'purchase'))        as purchased_at,
    count(*) filter (where event_name = 'add_to_cart')                          as n_adds,
    count(*) filter (where event_name = 'remove_from_cart')                     as n_removes,
    coalesce(bool_or(event_name in ('begin_checkout', 'purchase')), false)      as has_checkout,
    coalesce(bool_or(event_name = 'purchase'), false)                           as is_purchased,
    arg_min(order_id, (event_at_utc, event_id)) filter (where event_name = 'purchase') as order_id
from moves
join begun using (cart)
where event_at_utc >= created_at_utc and event_at_utc < created_at_utc + interval 24 hour
group by cart, created_at_utc
