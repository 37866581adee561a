-- What guilds plan, and who is interested in it. Covers stand among the images.

CREATE TABLE scheduled_events (
    id INTEGER PRIMARY KEY,
    guild_id INTEGER NOT NULL REFERENCES guilds (id) ON DELETE CASCADE,
    channel_id INTEGER,
    creator_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    start_ms INTEGER NOT NULL,
    end_ms INTEGER,
    status INTEGER NOT NULL,
    entity_type INTEGER NOT NULL,
    entity_id INTEGER,
    location TEXT,
    image TEXT,
    recurrence TEXT
) STRICT;
CREATE INDEX scheduled_events_by_guild ON scheduled_events (guild_id);

CREATE TABLE scheduled_event_users (
    event_id INTEGER NOT NULL REFERENCES scheduled_events (id) ON DELETE CASCADE,
    user_id INTEGER NOT NULL,
    PRIMARY KEY (event_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX scheduled_event_users_by_user ON scheduled_event_users (user_id);
