-- mails: one row per e-mail that was sent: the deliveries of the channel e-mail without hold-out recipients.
select * from deliveries where channel = 'email' and is_sent
