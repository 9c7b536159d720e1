-- id_kinds: one row per kind of id that tables hold and type of id in `identities` that it may be.
--   id_kind: Whose id a table's column holds: visitor, recipient, requester, respondent or author.
--   id_type: A type of id in `identities` that it may be.
select * from (values
    ('visitor', 'web_visitor'), ('visitor', 'app_instance'), ('visitor', 'device'),
    ('recipient', 'mailing_contact'), ('recipient', 'email_hash'), ('recipient', 'phone_hash'),
    ('recipient', 'app_instance'), ('recipient', 'device'),
    ('requester', 'ticket_requester'), ('requester', 'email_hash'), ('requester', 'phone_hash'),
    ('requester', 'social_handle_hash'),
    ('respondent', 'survey_contact'), ('respondent', 'email_hash'), ('respondent', 'phone_hash'),
    ('author', 'social_handle_hash')
) as t (id_kind, id_type)
