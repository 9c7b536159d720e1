-- pushes: one row per push notification that was sent to a device, without hold-out recipients.
select * from deliveries where channel = 'push' and is_sent
