-- own_mentions: one row per mention of the company's own brand.
select * from mentions where is_own_brand
