-- known_stretches: one row per kind of id, id and stretch of time in which some link leads to a customer; stretches do not overlap.
-- is_certain tells the links that are trusted (those of `known_ids`) from those that are only probable. Which tables an id may be found in
-- is id_kind: a table's own column may hold one of several kinds.
--   id_kind: Whose id it is, as in `id_kinds`.
--   is_certain: By trusted links; false: by probable ones only.
--   begins_at: First moment of the stretch, in UTC.
--   ends_at: End of the stretch, in UTC.
with
links as (
    select id_kind, id_value, method <> 'probabilistic'                         as is_certain,
           coalesce(valid_from_utc, timestamp '0001-01-01')                     as begins_at,
           coalesce(valid_to_utc, timestamp '9999-12-31')                       as ends_at
    from identities
    join id_kinds using (id_type)
),

reached as (
    select *,
           max(ends_at) over (partition by id_kind, id_value, is_certain order by begins_at, ends_at
                              rows between unbounded preceding and 1 preceding) as reached_at
    from links
),

numbered as (
    select *,
           count(*) filter (where reached_at is null or begins_at > reached_at)
               over (partition by id_kind, id_value, is_certain order by begins_at, ends_at
                     rows unbounded preceding)                                  as stretch_no
    from reached
)

select id_kind, id_value, is_certain, min(begins_at) as begins_at, max(ends_at) as ends_at
from numbered
group by id_kind, id_value, is_certain, stretch_no
