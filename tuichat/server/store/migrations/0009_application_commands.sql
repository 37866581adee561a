-- Application commands, who may use them, and where applications take their interactions.

ALTER TABLE applications ADD COLUMN description TEXT NOT NULL DEFAULT '';
ALTER TABLE applications ADD COLUMN icon TEXT;
ALTER TABLE applications ADD COLUMN endpoint_url TEXT;

CREATE TABLE commands (
    id INTEGER PRIMARY KEY,
    application_id INTEGER NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    guild_id INTEGER REFERENCES guilds (id) ON DELETE CASCADE,
    type INTEGER NOT NULL,
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    definition TEXT NOT NULL -- a JSON object
) STRICT;
CREATE UNIQUE INDEX commands_by_name ON commands (application_id, COALESCE(guild_id, 0), type, name);
CREATE INDEX commands_by_guild ON commands (guild_id);

CREATE TABLE command_permissions (
    guild_id INTEGER NOT NULL REFERENCES guilds (id) ON DELETE CASCADE,
    target_id INTEGER NOT NULL, -- the command's, or its application's
    application_id INTEGER NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    permissions TEXT NOT NULL, -- a JSON array
    PRIMARY KEY (guild_id, target_id)
) STRICT, WITHOUT ROWID;

-- Interactions whose tokens still are good, so that an application can follow up over a restart.
CREATE TABLE interactions (
    id INTEGER PRIMARY KEY,
    state TEXT NOT NULL -- a JSON object
) STRICT;
