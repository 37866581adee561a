-- What others add to messages, and who writes without an account.

CREATE TABLE reactions (
    message_id INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    emoji TEXT NOT NULL, -- a unicode emoji, or the id of one of a guild
    user_id INTEGER NOT NULL,
    PRIMARY KEY (message_id, emoji, user_id)
) STRICT, WITHOUT ROWID;

-- Kept beside the reactions, so that a page of messages is counted without reading who reacted.
CREATE TABLE reaction_counts (
    message_id INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    emoji TEXT NOT NULL,
    name TEXT, -- as it was when somebody first reacted with it
    is_animated INTEGER NOT NULL,
    first_id INTEGER NOT NULL, -- a snowflake of the first reaction: the order in which emojis are shown
    count INTEGER NOT NULL,
    PRIMARY KEY (message_id, emoji)
) STRICT, WITHOUT ROWID;

CREATE TABLE poll_votes (
    message_id INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    answer_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    PRIMARY KEY (message_id, answer_id, user_id)
) STRICT, WITHOUT ROWID;

-- Polls whose result does not stand yet.
CREATE TABLE open_polls (
    message_id INTEGER PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE,
    channel_id INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX open_polls_by_time ON open_polls (expires_ms);

CREATE TABLE webhooks (
    id INTEGER PRIMARY KEY,
    type INTEGER NOT NULL,
    guild_id INTEGER NOT NULL,
    channel_id INTEGER NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
    name TEXT,
    avatar TEXT,
    token TEXT, -- readable, since whoever manages webhooks is shown it again
    user_id INTEGER,
    application_id INTEGER,
    source_guild_id INTEGER, -- of a follower: the announcement channel
    source_channel_id INTEGER
) STRICT;
CREATE INDEX webhooks_by_channel ON webhooks (channel_id);
CREATE INDEX webhooks_by_guild ON webhooks (guild_id);
CREATE INDEX webhooks_by_source ON webhooks (source_channel_id) WHERE source_channel_id IS NOT NULL;

-- Copies of published messages in the channels that follow.
CREATE TABLE crossposts (
    source_id INTEGER NOT NULL,
    message_id INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    channel_id INTEGER NOT NULL,
    PRIMARY KEY (source_id, message_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX crossposts_by_message ON crossposts (message_id);
