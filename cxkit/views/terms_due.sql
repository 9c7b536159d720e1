-- terms_due: one row per paid term with a planned end: renewed by `renewal_days()` after it or not, known once those are over.
-- An early renewal counts at the planned end. Who changed plan renewed if the membership goes on. What is renewed is valued at the
-- old price: neither a rise nor an upgrade makes it more, a downgrade makes it less.
--   due_at: Planned end of the term.
--   decided_at: `renewal_days()` later, when renewal is known.
--   is_mature: Those days lie within the data.
--   is_renewed: Renewed in time, or gone on under another plan.
--   mrr_due: Recurring revenue per month that was up for renewal.
--   mrr_renewed: What of it was renewed, at the old price at most.
with
due as (
    select
        t.subscription_id, t.term_no, t.customer_id, t.plan, t.billing_interval, t.currency, t.mrr_amount, t.next_mrr_amount, t.next_plan,
        t.term_end_at                                                           as due_at,
        t.term_end_at + to_days(renewal_days())                                         as decided_at,
        t.term_end_at + to_days(renewal_days()) <= t.observed_until                     as is_mature,
        coalesce(t.next_start_at <= t.term_end_at + to_days(renewal_days()), false)
            or coalesce(t.stop_reason in ('upgrade', 'downgrade') and coalesce(s.ended_at, timestamp '9999-12-31') > t.term_end_at, false)
                                                                                as is_renewed
    from paid_terms as t
    left join spells as s
           on s.customer_id = t.customer_id
          and s.started_at <= t.term_start_at
          and coalesce(s.ended_at, timestamp '9999-12-31') >= t.term_start_at
    where t.term_end_at is not null
    qualify row_number() over (partition by t.subscription_id, t.term_no order by s.started_at desc) = 1
)

select
    subscription_id, term_no, customer_id, plan, billing_interval, currency, due_at, decided_at, is_mature, is_renewed,
    mrr_amount                                                                  as mrr_due,
    case
        when not is_renewed then 0
        when coalesce(next_plan, '') = coalesce(plan, '') then mrr_amount
        else least(coalesce(next_mrr_amount, mrr_amount), mrr_amount)
    end                                                                         as mrr_renewed
from due
