-- How many messages of each thread were deleted: what was ever written there is these and those that are left.

CREATE TABLE thread_deletions (
    thread_id INTEGER PRIMARY KEY REFERENCES channels (id) ON DELETE CASCADE,
    count INTEGER NOT NULL
) STRICT;
