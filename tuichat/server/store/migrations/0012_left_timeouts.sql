-- Until when somebody who left a guild may not speak there, should it come back.

CREATE TABLE left_timeouts (
    guild_id INTEGER NOT NULL REFERENCES guilds (id) ON DELETE CASCADE,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    until_ms INTEGER NOT NULL,
    PRIMARY KEY (guild_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX left_timeouts_by_user ON left_timeouts (user_id);
