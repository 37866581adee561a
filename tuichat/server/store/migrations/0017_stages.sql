-- Stages that are live, and who started them: hosts beside the moderators.

CREATE TABLE stages (
    id INTEGER PRIMARY KEY,
    guild_id INTEGER NOT NULL REFERENCES guilds (id) ON DELETE CASCADE,
    channel_id INTEGER NOT NULL UNIQUE REFERENCES channels (id) ON DELETE CASCADE,
    topic TEXT NOT NULL,
    guild_scheduled_event_id INTEGER,
    starter_id INTEGER NOT NULL
) STRICT;
CREATE INDEX stages_by_guild ON stages (guild_id);
