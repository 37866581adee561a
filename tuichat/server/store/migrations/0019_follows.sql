-- Whom and what people follow: they are told of their rooms, and find them first.

CREATE TABLE followed_users (
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    followed_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    since_ms INTEGER NOT NULL,
    PRIMARY KEY (user_id, followed_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX followed_users_by_followed ON followed_users (followed_id);

CREATE TABLE followed_guilds (
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    guild_id INTEGER NOT NULL REFERENCES guilds (id) ON DELETE CASCADE,
    since_ms INTEGER NOT NULL,
    PRIMARY KEY (user_id, guild_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX followed_guilds_by_guild ON followed_guilds (guild_id);

CREATE TABLE followed_topics (
    user_id INTEGER PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    topics TEXT NOT NULL -- a JSON array
) STRICT;
