-- spells: one row per customer and uninterrupted span of paid terms, also across subscriptions and changes of plan.
-- A gap of more than a day ends a spell; who comes back starts another. Plan, price and customer's traits are those at the start.
-- An upgrade or downgrade that nothing follows is the end of what is known, not a loss. watched_from: earlier ends are not in the data.
--   spell_no: Number of the customer's spell, from 1.
--   n_terms: Paid terms in it.
--   started_at: Start of the first term.
--   watched_from: Since when an end would be in the data.
--   ended_at: End of the last term; null: it runs.
--   is_lost: It ended, and not by a change of plan.
--   end_reason: Why it was lost: voluntary, payment_failed or other.
--   returned_at: Start of the customer's next spell; null: none.
--   winback_closed_at: When `winback_days()` had passed since the end.
--   plan: Plan at the start.
--   billing_interval: How often it was billed at the start.
--   mrr_amount: Recurring revenue per month at the start.
--   margin_share: Margin as a share of revenue at the start.
with
earlier as (
    select
        *,
        max(coalesce(stopped_at, timestamp '9999-12-31')) over (
            partition by customer_id order by term_start_at, subscription_id, term_no
            rows between unbounded preceding and 1 preceding
        )                                                                       as stopped_before
    from paid_terms
),

numbered as (
    select
        *,
        sum(case when stopped_before is null or term_start_at > stopped_before + interval 1 day then 1 else 0 end) over (
            partition by customer_id order by term_start_at, subscription_id, term_no
            rows between unbounded preceding and current row
        )                                                                       as spell_no
    from earlier
),

placed as (
    select
        *,
        row_number() over (
            partition by customer_id, spell_no order by term_start_at, subscription_id, term_no
        )                                                                       as from_first,
        row_number() over (
            partition by customer_id, spell_no
            order by coalesce(stopped_at, timestamp '9999-12-31') desc, term_start_at desc, subscription_id desc, term_no desc
        )                                                                       as from_last
    from numbered
),

spans as (
    select
        customer_id,
        spell_no,
        count(*)                                                                as n_terms,
        min(term_start_at)                                                      as started_at,
        min(watched_from)                                                       as watched_from,
        max(stopped_at) filter (where from_last = 1)                            as ended_at,
        max(stop_reason) filter (where from_last = 1)                           as stop_reason,
        max(observed_until)                                                     as observed_until,
        max(plan) filter (where from_first = 1)                                 as plan,
        max(billing_interval) filter (where from_first = 1)                     as billing_interval,
        max(mrr_amount) filter (where from_first = 1)                           as mrr_amount,
        max(margin_share) filter (where from_first = 1)                         as margin_share,
        max(currency) filter (where from_first = 1)                             as currency
    from placed
    group by customer_id, spell_no
)

select
    s.customer_id, s.spell_no, s.n_terms, s.started_at,
    least(s.watched_from, coalesce(s.ended_at, s.observed_until))               as watched_from,
    s.ended_at,
    coalesce(s.stop_reason not in ('upgrade', 'downgrade'), false)              as is_lost,
    case
        when s.stop_reason in ('voluntary', 'payment_failed') then s.stop_reason
        when s.stop_reason not in ('upgrade', 'downgrade') then 'other'
    end                                                                         as end_reason,
    s.observed_until,
    lead(s.started_at) over (partition by s.customer_id order by s.spell_no)    as returned_at,
    s.ended_at + to_days(winback_days())                                        as winback_closed_at,
    s.plan, s.billing_interval, s.mrr_amount, s.margin_share, s.currency,
    c.acquisition_channel, c.country, c.age_band, c.household
from spans as s
left join customers as c using (customer_id)
