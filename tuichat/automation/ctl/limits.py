"""What both ends of the ctl socket agree on: its version and its limits. The manual tuichat-ctl(1) has them."""

VERSION = 1
MAX_LINE_BYTES = 256 * 1024  # taste: ten times the longest line of a command, whatever JSON makes of it
MAX_CONNECTIONS = 32  # taste: bars, keys and scripts of one person
MAX_PENDING = 16  # requests of one connection that are carried out at a time (taste)
MAX_UNREAD_BYTES = 1024 * 1024  # taste: hundreds of records that wait for a subscriber
MAX_SUBSCRIPTIONS = 4  # of one connection (taste)
ANSWER_LIMIT_S = 30.0  # taste: what takes longer is not awaited, unless --timeout says so
MAX_ANSWER_LIMIT_S = 86_400.0
