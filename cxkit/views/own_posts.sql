-- own_posts: one row per post of the company itself.
select * from posts where is_own
