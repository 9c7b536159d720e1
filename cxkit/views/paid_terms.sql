-- paid_terms: one row per paid term of a subscription, with the moment at which it stopped (null: it runs).
-- Trials are out. A renewal up to `renewal_days()` late is no interruption, nor is a payment so long overdue; a pause runs on.
--   next_start_at: Start of the subscription's next term; null: none.
--   stopped_at: When paying stopped, or the next term took over; null: the term runs.
--   stop_reason: Why it stopped; null: it runs.
--   watched_from: Since when an end would be in the data.
--   next_mrr_amount: Monthly revenue of the customer's next term, of whatever subscription.
--   next_plan: Plan of that term.
with
numbered as (
    select *, lead(term_start_at) over (partition by subscription_id order by term_no) as next_start_at
    from subscriptions
    where coalesce(status, 'active') <> 'trial'
),

stops as (
    select
        *,
        case
            when next_start_at <= coalesce(ended_at, term_end_at, next_start_at) + to_days(renewal_days()) then next_start_at
            when next_start_at is not null then coalesce(ended_at, term_end_at)
            when ended_at is not null then ended_at
            when status = 'past_due' and term_end_at + to_days(renewal_days()) < observed_until then term_end_at + to_days(renewal_days())
            when status in ('canceled', 'ended') and term_end_at <= observed_until then term_end_at
        end                                                                     as stopped_at
    from numbered
)

select
    subscription_id, term_no, customer_id, plan, billing_interval, mrr_amount, margin_share, currency,
    term_start_at, term_end_at, next_start_at, stopped_at,
    case
        when stopped_at is null then null
        when ended_at is null and status = 'past_due' then 'payment_failed'
        else coalesce(end_reason, 'other')
    end                                                                         as stop_reason,
    greatest(term_start_at, coalesce(observed_from, term_start_at))             as watched_from,
    observed_until,
    lead(mrr_amount) over by_customer                                           as next_mrr_amount,
    lead(plan) over by_customer                                                 as next_plan
from stops
window by_customer as (partition by customer_id order by term_start_at, subscription_id, term_no)
