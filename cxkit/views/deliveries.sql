-- deliveries: one row per campaign and recipient: what became of a message within `message_days()` of its sending.
-- Days and hours are counted in UTC; moments without _utc are local. Delivered or bounced is the last state. Opens and clicks are told apart by person and machine; a click implies an open.
-- What a channel never reports (complaints without a feedback loop) is null, not false.
-- Hold-out recipients were sent nothing; only what they bought counts.
-- A campaign without rows in message_events comes from its totals, one row per recipient counted there.
--   customer_id: The customer whom the recipient is known as; null: unknown.
--   is_holdout: In the hold-out group: sent nothing.
--   is_from_totals: Made from the campaign's counts, as it has no message events; the recipient is then nobody in particular.
--   sent_at: When the message went out.
--   delivered_at: When it arrived; null where only counts are known.
--   first_opened_at: When a person first opened it; null: nobody did, or only counts are known.
--   first_clicked_at: When a person first clicked a link to content; null: nobody did, or only counts are known.
--   converted_at: When it first led to a conversion; null: it did not, or only counts are known.
--   is_sent: It went out: not dropped, not in the hold-out group.
--   is_delivered: It arrived.
--   is_hard_bounced: It came back for good.
--   is_soft_bounced: It came back for the time being, and never arrived.
--   is_opened: Opened, by a person or a machine.
--   is_human_opened: Opened by a person; a click implies it.
--   is_machine_only: Opened by machines only.
--   is_clicked: A person clicked a link to content.
--   is_unsubscribed: The recipient unsubscribed.
--   is_complained: The recipient complained of spam.
--   is_forwarded: Forwarded.
--   is_shared: Shared.
--   is_direct_opened: The app was opened from the notification.
--   is_influenced_opened: The app was opened because of the notification, but not from it.
--   is_opted_out: The recipient opted out of notifications within 24 hours of arrival.
--   is_responded: Clicked, opened from the notification, answered or converted.
--   is_converted: It led to a conversion; hold-out recipients have theirs too.
--   value_amount: Value of its conversions; null where the channel tells none.
--   n_opens: Opens, those by machines too.
--   n_clicks: Clicks by people on links to content.
with
reported as (                                 -- what each channel tells of at all
    select
        channel,
        bool_or(event_type = 'open')                                        as opens,
        bool_or(event_type = 'click')                                       as clicks,
        bool_or(event_type = 'unsubscribe')                                 as unsubscribes,
        bool_or(event_type = 'complaint')                                   as complaints,
        bool_or(event_type = 'forward')                                     as forwards,
        bool_or(event_type = 'share')                                       as shares,
        bool_or(event_type = 'conversion')                                  as conversions,
        bool_or(event_type = 'direct_open')                                 as direct_opens,
        bool_or(event_type = 'influenced_open')                             as influenced_opens,
        bool_or(event_type = 'opt_out')                                     as opt_outs
    from message_moments
    group by channel
),

reporting as (                                -- campaigns that say which messages arrived; of others all but the bounces did
    select campaign_id, bool_or(event_type = 'delivered') as tells_delivery
    from message_moments
    group by campaign_id
),

contacts as (                                 -- the customer by the most trusted link
    select id_value as recipient_id, arg_min(customer_id, (trust, id_type, customer_id)) as customer_id
    from known_ids
    where id_type in ('mailing_contact', 'email_hash', 'phone_hash', 'app_instance', 'device') and is_current_at_end
    group by id_value
),

became as (
    select
        campaign_id, recipient_id, sent_at_utc,
        bool_or(event_type not in ('dropped', 'conversion'))                as is_sent,
        arg_max(event_type, (event_at_utc, message_event_id))
            filter (where event_type in ('delivered', 'hard_bounce', 'soft_bounce', 'dropped')) as last_state,
        min(event_at_utc) filter (where event_type = 'delivered')           as delivered_at_utc,
        count(*) filter (where event_type = 'open')                         as n_opens,
        count(*) filter (where event_type = 'click' and is_content_link and not is_machine) as n_clicks,
        min(event_at_utc) filter (where event_type = 'open' and not is_machine) as first_opened_at_utc,
        min(event_at_utc) filter (where event_type = 'click' and is_content_link and not is_machine) as first_clicked_at_utc,
        bool_or(event_type = 'open' and is_machine)                         as has_machine_open,
        bool_or(event_type = 'click' and not is_machine)                    as has_human_click,
        bool_or(event_type = 'unsubscribe')                                 as has_unsubscribe,
        bool_or(event_type = 'complaint')                                   as has_complaint,
        bool_or(event_type = 'forward')                                     as has_forward,
        bool_or(event_type = 'share')                                       as has_share,
        bool_or(event_type = 'conversion')                                  as has_conversion,
        min(event_at_utc) filter (where event_type = 'conversion')          as converted_at_utc,
        sum(value_amount) filter (where event_type = 'conversion')          as value_amount,
        bool_or(event_type = 'direct_open')                                 as has_direct_open,
        bool_or(event_type = 'influenced_open')                             as has_influenced_open,
        bool_or(event_type in ('in_app_click', 'reply'))                    as has_answer,
        bool_or(event_type = 'opt_out' and event_at_utc < arrived_at_utc + interval 24 hour) as has_opt_out,
        arg_min(mail_client, (event_at_utc, message_event_id))
            filter (where mail_client is not null)                          as mail_client
    from message_moments
    where event_at_utc < sent_at_utc + to_days(message_days())
    group by campaign_id, recipient_id, sent_at_utc
),

told as (                                     -- one row per recipient from message_events
    select
        b.campaign_id, b.recipient_id, b.sent_at_utc, b.delivered_at_utc, b.mail_client, false as is_from_totals,
        not coalesce(c.is_holdout, false) and b.is_sent                     as is_sent,
        not coalesce(c.is_holdout, false) and b.is_sent and coalesce(b.last_state = 'delivered',
            not r.tells_delivery or b.n_opens > 0 or b.has_human_click)     as is_delivered,
        b.last_state,
        b.n_opens, b.n_clicks, b.first_opened_at_utc, b.first_clicked_at_utc, b.converted_at_utc,
        case when t.opens then b.n_opens > 0 or b.has_human_click end       as opened,
        case when t.opens then b.first_opened_at_utc is not null or b.has_human_click end as human_opened,
        case when t.clicks then b.n_clicks > 0 end                          as clicked,
        case when t.unsubscribes then b.has_unsubscribe end                 as unsubscribed,
        case when t.complaints then b.has_complaint end                     as complained,
        case when t.forwards then b.has_forward end                         as forwarded,
        case when t.shares then b.has_share end                             as shared,
        case when t.conversions then b.has_conversion end                   as converted,
        case when t.conversions
             then coalesce(b.value_amount, case when not b.has_conversion then 0 end) end as value_amount,
        case when t.direct_opens then b.has_direct_open end                 as direct_opened,
        case when t.influenced_opens then b.has_influenced_open and not b.has_direct_open end as influenced_opened,
        case when t.opt_outs then b.has_opt_out end                         as opted_out,
        b.n_clicks > 0 or b.has_direct_open or b.has_answer or b.has_conversion as responded
    from became as b
    join reporting as r using (campaign_id)
    left join campaigns as c on c.campaign_id = b.campaign_id
    left join reported as t on t.channel is not distinct from c.channel
),

totals as (                                   -- campaigns known by their counts alone
    select
        *,
        coalesce(n_delivered, n_sent - coalesce(n_hard_bounce, 0) - coalesce(n_soft_bounce, 0)) as arrived,
        greatest(n_unique_open, coalesce(n_unique_click, 0))                as openers,
        greatest(n_unique_open - n_unique_open_machine, coalesce(n_unique_click, 0)) as human_openers,
        unnest(range(coalesce(n_sent, n_delivered)))                        as place
    from campaigns
    where campaign_id not in (select campaign_id from message_events)
      and coalesce(n_sent, n_delivered) is not null
),

counted as (
    select
        campaign_id, campaign_id || '#' || cast(place as varchar)           as recipient_id,
        sent_at_utc, cast(null as timestamp) as delivered_at_utc, cast(null as varchar) as mail_client, true as is_from_totals,
        not coalesce(is_holdout, false)                                     as is_sent,
        not coalesce(is_holdout, false) and place < arrived                 as is_delivered,
        case when place < arrived then 'delivered'
             when place < arrived + n_hard_bounce then 'hard_bounce'
             when place < arrived + coalesce(n_hard_bounce, 0) + n_soft_bounce then 'soft_bounce' end as last_state,
        case when place < n_unique_open                                     -- the total, spread over those who opened
             then n_total_open // n_unique_open + cast(place < n_total_open % n_unique_open as integer) else 0 end as n_opens,
        case when place < n_unique_click
             then n_total_click // n_unique_click + cast(place < n_total_click % n_unique_click as integer) else 0 end as n_clicks,
        cast(null as timestamp) as first_opened_at_utc, cast(null as timestamp) as first_clicked_at_utc,
        cast(null as timestamp) as converted_at_utc,
        place < openers as opened, place < human_openers as human_opened, place < n_unique_click as clicked,
        place < n_unsubscribe as unsubscribed, place < n_complaint as complained, place < n_forward as forwarded,
        cast(null as boolean) as shared, place < n_conversion as converted, cast(null as decimal(18, 2)) as value_amount,
        cast(null as boolean) as direct_opened, cast(null as boolean) as influenced_opened,
        cast(null as boolean) as opted_out, place < n_unique_click          as responded
    from totals
),

both_kinds as (
    select * from told
    union all by name
    select * from counted
)

select
    d.campaign_id, d.recipient_id, k.customer_id, c.channel, c.campaign_name, c.variant, c.flow_id, c.audience,
    c.subject_theme, c.list_id, d.mail_client, coalesce(c.is_holdout, false) as is_holdout, d.is_from_totals,
    d.sent_at_utc, d.first_opened_at_utc, d.first_clicked_at_utc, d.converted_at_utc,
    local_time(d.sent_at_utc) as sent_at, local_time(d.delivered_at_utc) as delivered_at,
    local_time(d.first_opened_at_utc) as first_opened_at, local_time(d.first_clicked_at_utc) as first_clicked_at,
    local_time(d.converted_at_utc) as converted_at,
    d.is_sent, d.is_delivered,
    d.is_sent and not d.is_delivered and d.last_state is not distinct from 'hard_bounce' as is_hard_bounced,
    d.is_sent and not d.is_delivered and d.last_state is not distinct from 'soft_bounce' as is_soft_bounced,
    d.is_delivered and d.opened                                             as is_opened,
    d.is_delivered and d.human_opened                                       as is_human_opened,
    d.is_delivered and d.opened and not d.human_opened                      as is_machine_only,
    d.is_delivered and d.clicked                                            as is_clicked,
    d.is_delivered and d.unsubscribed                                       as is_unsubscribed,
    d.is_delivered and d.complained                                         as is_complained,
    d.is_delivered and d.forwarded                                          as is_forwarded,
    d.is_delivered and d.shared                                             as is_shared,
    d.is_delivered and d.direct_opened                                      as is_direct_opened,
    d.is_delivered and d.influenced_opened                                  as is_influenced_opened,
    d.is_delivered and d.opted_out                                          as is_opted_out,
    d.is_delivered and d.responded                                          as is_responded,
    (d.is_delivered or coalesce(c.is_holdout, false)) and d.converted       as is_converted,
    case when d.is_delivered or coalesce(c.is_holdout, false) then d.value_amount else 0 end as value_amount,
    case when d.is_delivered then d.n_opens else 0 end                      as n_opens,
    case when d.is_delivered then d.n_clicks else 0 end                     as n_clicks
from both_kinds as d
left join campaigns as c on c.campaign_id = d.campaign_id
left join contacts as k on k.recipient_id = d.recipient_id
