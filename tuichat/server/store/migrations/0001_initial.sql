-- Times are Unix milliseconds, ids snowflakes, permissions bits in a signed integer.

CREATE TABLE settings (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE users (
    id INTEGER PRIMARY KEY,
    username TEXT NOT NULL,
    name_key TEXT NOT NULL UNIQUE,
    display_name TEXT,
    is_bot INTEGER NOT NULL,
    is_system INTEGER NOT NULL
) STRICT;

CREATE TABLE passwords (
    user_id INTEGER PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    password_hash TEXT NOT NULL
) STRICT;

CREATE TABLE tokens (
    id INTEGER PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    secret_hash BLOB NOT NULL
) STRICT;
CREATE INDEX tokens_by_user ON tokens (user_id);

CREATE TABLE applications (
    id INTEGER PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    owner_id INTEGER REFERENCES users (id),
    name TEXT NOT NULL,
    flags INTEGER NOT NULL,
    is_public INTEGER NOT NULL
) STRICT;
CREATE INDEX applications_by_owner ON applications (owner_id);

CREATE TABLE guilds (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    owner_id INTEGER NOT NULL REFERENCES users (id),
    system_channel_id INTEGER
) STRICT;

CREATE TABLE roles (
    id INTEGER PRIMARY KEY,
    guild_id INTEGER NOT NULL REFERENCES guilds (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    permissions INTEGER NOT NULL,
    position INTEGER NOT NULL,
    color INTEGER NOT NULL,
    is_hoisted INTEGER NOT NULL,
    is_mentionable INTEGER NOT NULL,
    is_managed INTEGER NOT NULL
) STRICT;
CREATE INDEX roles_by_guild ON roles (guild_id);

CREATE TABLE channels (
    id INTEGER PRIMARY KEY,
    type INTEGER NOT NULL,
    guild_id INTEGER REFERENCES guilds (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    position INTEGER NOT NULL,
    parent_id INTEGER,
    overwrites TEXT NOT NULL, -- a JSON array
    topic TEXT,
    is_nsfw INTEGER NOT NULL,
    rate_limit_s INTEGER NOT NULL,
    bitrate INTEGER NOT NULL,
    user_limit INTEGER NOT NULL
) STRICT;
CREATE INDEX channels_by_guild ON channels (guild_id);

CREATE TABLE members (
    guild_id INTEGER NOT NULL REFERENCES guilds (id) ON DELETE CASCADE,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    joined_ms INTEGER NOT NULL,
    nick TEXT,
    role_ids TEXT NOT NULL, -- a JSON array
    timeout_until_ms INTEGER,
    PRIMARY KEY (guild_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX members_by_user ON members (user_id);

CREATE TABLE messages (
    id INTEGER PRIMARY KEY,
    channel_id INTEGER NOT NULL,
    author_id INTEGER NOT NULL,
    type INTEGER NOT NULL,
    content TEXT NOT NULL,
    edited_ms INTEGER,
    is_tts INTEGER NOT NULL,
    flags INTEGER NOT NULL,
    mentions_everyone INTEGER NOT NULL,
    mention_ids TEXT, -- JSON arrays; NULL is an empty one
    mention_role_ids TEXT,
    nonce TEXT, -- a JSON string or number, as it was sent
    reference TEXT, -- a JSON object
    embeds TEXT -- a JSON array
) STRICT;
CREATE INDEX messages_by_channel ON messages (channel_id, id);

CREATE TABLE nonces (
    channel_id INTEGER NOT NULL,
    author_id INTEGER NOT NULL,
    nonce TEXT NOT NULL,
    message_id INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    PRIMARY KEY (channel_id, author_id, nonce)
) STRICT, WITHOUT ROWID;
CREATE INDEX nonces_by_time ON nonces (created_ms);

CREATE TABLE read_states (
    user_id INTEGER NOT NULL,
    channel_id INTEGER NOT NULL,
    last_message_id INTEGER,
    mention_count INTEGER NOT NULL,
    PRIMARY KEY (user_id, channel_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX read_states_by_channel ON read_states (channel_id);

CREATE TABLE invites (
    code TEXT PRIMARY KEY,
    guild_id INTEGER NOT NULL REFERENCES guilds (id) ON DELETE CASCADE,
    channel_id INTEGER NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
    inviter_id INTEGER,
    created_ms INTEGER NOT NULL,
    max_age_s INTEGER NOT NULL,
    max_uses INTEGER NOT NULL,
    uses INTEGER NOT NULL,
    is_temporary INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX invites_by_guild ON invites (guild_id);
CREATE INDEX invites_by_channel ON invites (channel_id);

CREATE TABLE events (
    guild_id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    event BLOB NOT NULL, -- MessagePack of bus.Event
    PRIMARY KEY (guild_id, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX events_by_time ON events (created_ms);

CREATE TABLE guild_sequences (
    guild_id INTEGER PRIMARY KEY,
    last_seq INTEGER NOT NULL
) STRICT;

-- Channels that are gone and whose messages still are to be removed, a few at a time.
CREATE TABLE purges (
    channel_id INTEGER PRIMARY KEY
) STRICT;
