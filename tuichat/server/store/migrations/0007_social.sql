-- What stands between people, and what follows an account: direct messages as each person has them, friends and blocks,
-- notes, settings, profiles, and how far somebody has read.

ALTER TABLE users ADD COLUMN avatar TEXT;

CREATE TABLE profiles (
    user_id INTEGER PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    email TEXT,
    bio TEXT NOT NULL,
    pronouns TEXT NOT NULL,
    banner TEXT,
    accent_color INTEGER
) STRICT;

CREATE TABLE direct_states (
    channel_id INTEGER NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    is_open INTEGER NOT NULL,
    consent INTEGER NOT NULL,
    requested_ms INTEGER,
    PRIMARY KEY (channel_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX direct_states_by_user ON direct_states (user_id);

CREATE TABLE relationships (
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    other_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    type INTEGER NOT NULL,
    nickname TEXT,
    since_ms INTEGER,
    is_ignored INTEGER NOT NULL,
    is_stranger INTEGER NOT NULL,
    PRIMARY KEY (user_id, other_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX relationships_by_other ON relationships (other_id);

CREATE TABLE notes (
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    about_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    note TEXT NOT NULL,
    PRIMARY KEY (user_id, about_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX notes_by_about ON notes (about_id);

-- Who may write to somebody, apart from the other settings: it is asked for with every direct message.
CREATE TABLE privacy (
    user_id INTEGER PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    restricted_guild_ids TEXT NOT NULL, -- a JSON array
    restricts_new_guilds INTEGER NOT NULL,
    friend_sources INTEGER NOT NULL
) STRICT;

CREATE TABLE user_settings (
    user_id INTEGER PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    settings TEXT NOT NULL -- a JSON object
) STRICT;

CREATE TABLE settings_protos (
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind INTEGER NOT NULL,
    version INTEGER NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (user_id, kind)
) STRICT;

CREATE TABLE guild_settings (
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    guild_id INTEGER NOT NULL, -- 0 for direct messages
    version INTEGER NOT NULL,
    suppresses INTEGER NOT NULL, -- bits: 1 @everyone, 2 roles
    settings TEXT NOT NULL, -- a JSON object
    PRIMARY KEY (user_id, guild_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX guild_settings_suppressing ON guild_settings (guild_id, user_id) WHERE suppresses <> 0;

ALTER TABLE read_states ADD COLUMN version INTEGER NOT NULL DEFAULT 0;
ALTER TABLE read_states ADD COLUMN last_pin_ms INTEGER;
ALTER TABLE read_states ADD COLUMN flags INTEGER;
ALTER TABLE read_states ADD COLUMN last_viewed INTEGER; -- days since 2015

-- Read states of what is no channel: of a guild's events, of one's requests.
CREATE TABLE feature_reads (
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    resource_id INTEGER NOT NULL,
    type INTEGER NOT NULL,
    last_acked_id INTEGER NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (user_id, resource_id, type)
) STRICT, WITHOUT ROWID;

CREATE TABLE dismissed_mentions (
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    message_id INTEGER NOT NULL,
    PRIMARY KEY (user_id, message_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX messages_mentioning ON messages (id)
    WHERE mention_ids IS NOT NULL OR mention_role_ids IS NOT NULL OR mentions_everyone <> 0;
