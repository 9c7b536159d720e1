-- participants: one row per participant of a usability test; design is empty for who tried several.
--   design: Design that was tested; null for who tried several.
--   device_class: Kind of device; null for who used several.
select
    participant_id,
    min(study_id)                                                        as study_id,
    case when count(distinct design) = 1 then min(design) end           as design,
    case when count(distinct device_class) = 1 then min(device_class) end as device_class
from usability_tasks
group by participant_id
