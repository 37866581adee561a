-- Who is muted or deafened by a guild's moderators, and the sounds of its soundboard, whose files stand among the images.

ALTER TABLE members ADD COLUMN is_mute INTEGER NOT NULL DEFAULT 0;
ALTER TABLE members ADD COLUMN is_deaf INTEGER NOT NULL DEFAULT 0;

CREATE TABLE sounds (
    id INTEGER PRIMARY KEY,
    guild_id INTEGER NOT NULL REFERENCES guilds (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    volume REAL NOT NULL,
    emoji_id INTEGER,
    emoji_name TEXT,
    creator_id INTEGER NOT NULL,
    content_type TEXT NOT NULL,
    size_bytes INTEGER NOT NULL
) STRICT;
CREATE INDEX sounds_by_guild ON sounds (guild_id);
