"""Days that several figures wait for an outcome. The SQL of views calls them by name, such as `message_days()`; definitions quote them.

A window that a column's or a metric's name states (`margin_90`, `is_active_day_7`) stands in that name alone.
"""

MESSAGE_DAYS = 7  # what a message leads to
ISSUE_DAYS = 7  # another contact for the same reason belongs to the same issue
POST_DAYS = 7  # the counts of a post still rise
FOLLOWERS_DAYS = 7  # a count of followers holds
RENEWAL_DAYS = 30  # a late renewal or payment is no interruption
WINBACK_DAYS = 90  # who comes back is won back
LIST_DAYS = 90  # a contact without an e-mail is still on the list

WINDOWS = {
    "message_days": MESSAGE_DAYS,
    "issue_days": ISSUE_DAYS,
    "post_days": POST_DAYS,
    "followers_days": FOLLOWERS_DAYS,
    "renewal_days": RENEWAL_DAYS,
    "winback_days": WINBACK_DAYS,
    "list_days": LIST_DAYS,
}
