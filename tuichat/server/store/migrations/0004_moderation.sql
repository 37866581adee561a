-- Moderation: bans, emojis, who was here when, and what an entry of the audit log tells of, so that it is shown to those
-- who may know of that alone; and what roles and members have beside their names.

CREATE TABLE bans (
    guild_id INTEGER NOT NULL REFERENCES guilds (id) ON DELETE CASCADE,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    reason TEXT,
    PRIMARY KEY (guild_id, user_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE emojis (
    id INTEGER PRIMARY KEY,
    guild_id INTEGER REFERENCES guilds (id) ON DELETE CASCADE,
    application_id INTEGER REFERENCES applications (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    creator_id INTEGER NOT NULL,
    is_animated INTEGER NOT NULL,
    role_ids TEXT NOT NULL -- a JSON array
) STRICT;
CREATE INDEX emojis_by_guild ON emojis (guild_id);
CREATE INDEX emojis_by_application ON emojis (application_id);

CREATE TABLE seen (
    user_id INTEGER PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    day INTEGER NOT NULL -- since 1970
) STRICT;
INSERT INTO seen SELECT id, CAST(strftime('%s', 'now') AS INTEGER) / 86400 FROM users; -- nobody noted it before

ALTER TABLE audit_log ADD COLUMN channel_id INTEGER;
ALTER TABLE audit_log ADD COLUMN is_hidden INTEGER NOT NULL DEFAULT 0;

ALTER TABLE roles ADD COLUMN secondary_color INTEGER;
ALTER TABLE roles ADD COLUMN tertiary_color INTEGER;
ALTER TABLE roles ADD COLUMN icon TEXT; -- an image's hash
ALTER TABLE roles ADD COLUMN unicode_emoji TEXT;
ALTER TABLE roles ADD COLUMN bot_id INTEGER;

ALTER TABLE members ADD COLUMN flags INTEGER NOT NULL DEFAULT 0;
ALTER TABLE members ADD COLUMN avatar TEXT; -- images' hashes
ALTER TABLE members ADD COLUMN banner TEXT;
ALTER TABLE members ADD COLUMN bio TEXT;
ALTER TABLE members ADD COLUMN is_temporary INTEGER NOT NULL DEFAULT 0;
