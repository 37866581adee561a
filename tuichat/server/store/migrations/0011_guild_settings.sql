-- What guilds can be set to, and templates of them.

ALTER TABLE guilds ADD COLUMN icon TEXT;
ALTER TABLE guilds ADD COLUMN banner TEXT;
ALTER TABLE guilds ADD COLUMN splash TEXT;
ALTER TABLE guilds ADD COLUMN discovery_splash TEXT;
ALTER TABLE guilds ADD COLUMN vanity_code TEXT;
ALTER TABLE guilds ADD COLUMN vanity_uses INTEGER NOT NULL DEFAULT 0;
ALTER TABLE guilds ADD COLUMN settings TEXT; -- a JSON object; NULL is all at its default
CREATE UNIQUE INDEX guilds_by_vanity ON guilds (vanity_code) WHERE vanity_code IS NOT NULL;

CREATE TABLE templates (
    code TEXT PRIMARY KEY,
    guild_id INTEGER NOT NULL UNIQUE REFERENCES guilds (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    description TEXT,
    creator_id INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    updated_ms INTEGER NOT NULL,
    snapshot TEXT NOT NULL, -- a JSON object
    usage_count INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
