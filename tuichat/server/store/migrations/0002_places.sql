-- Threads, direct messages, what messages carry, and the audit log.

ALTER TABLE channels ADD COLUMN flags INTEGER NOT NULL DEFAULT 0;
ALTER TABLE channels ADD COLUMN owner_id INTEGER;
ALTER TABLE channels ADD COLUMN icon TEXT;
ALTER TABLE channels ADD COLUMN recipient_ids TEXT; -- a JSON array; NULL is an empty one
ALTER TABLE channels ADD COLUMN default_auto_archive_minutes INTEGER;
ALTER TABLE channels ADD COLUMN default_thread_rate_limit_s INTEGER NOT NULL DEFAULT 0;
ALTER TABLE channels ADD COLUMN thread TEXT; -- JSON objects
ALTER TABLE channels ADD COLUMN forum TEXT;
CREATE INDEX channels_by_parent ON channels (parent_id) WHERE parent_id IS NOT NULL;

CREATE TABLE thread_members (
    thread_id INTEGER NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    joined_ms INTEGER NOT NULL,
    flags INTEGER NOT NULL,
    PRIMARY KEY (thread_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX thread_members_by_user ON thread_members (user_id);

ALTER TABLE messages ADD COLUMN components TEXT; -- JSON arrays; NULL is an empty one
ALTER TABLE messages ADD COLUMN attachments TEXT;
ALTER TABLE messages ADD COLUMN pinned_ms INTEGER;
ALTER TABLE messages ADD COLUMN extras TEXT; -- a JSON object
CREATE INDEX messages_pinned ON messages (channel_id, pinned_ms) WHERE pinned_ms IS NOT NULL;

CREATE TABLE audit_log (
    id INTEGER PRIMARY KEY,
    guild_id INTEGER NOT NULL REFERENCES guilds (id) ON DELETE CASCADE,
    user_id INTEGER NOT NULL,
    action_type INTEGER NOT NULL,
    target_id INTEGER,
    changes TEXT NOT NULL, -- a JSON array
    options TEXT, -- a JSON object
    reason TEXT
) STRICT;
CREATE INDEX audit_log_by_guild ON audit_log (guild_id, id);
