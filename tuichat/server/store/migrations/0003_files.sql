-- Files lie outside the database, under the SHA-256 of their content. One that no row below names is removed.

CREATE TABLE images (
    kind TEXT NOT NULL, -- avatars, icons, ...: what it shows
    owner_id INTEGER NOT NULL, -- the user, guild, role, emoji ...
    guild_id INTEGER NOT NULL, -- the guild that it goes with, or the message of message-avatars; 0 for none
    hash TEXT NOT NULL, -- as clients know it: with a_ in front of an animated one
    file TEXT NOT NULL,
    PRIMARY KEY (kind, owner_id, guild_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX images_by_file ON images (file);
CREATE INDEX images_by_guild ON images (guild_id);
CREATE INDEX images_by_owner ON images (owner_id);

-- A forwarded message names the files of the first one anew.
CREATE TABLE message_files (
    message_id INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    attachment_id INTEGER NOT NULL,
    file TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    content_type TEXT, -- as its content tells, NULL when it tells nothing
    PRIMARY KEY (message_id, attachment_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX message_files_by_attachment ON message_files (attachment_id);
CREATE INDEX message_files_by_file ON message_files (file);

-- Files that lost a row: some may have lost their last one.
CREATE TABLE loose_files (
    id INTEGER PRIMARY KEY,
    file TEXT NOT NULL
) STRICT;

CREATE TRIGGER image_removed AFTER DELETE ON images BEGIN
    INSERT INTO loose_files (file) VALUES (OLD.file);
END;
CREATE TRIGGER image_replaced AFTER UPDATE OF file ON images WHEN OLD.file <> NEW.file BEGIN
    INSERT INTO loose_files (file) VALUES (OLD.file);
END;
CREATE TRIGGER message_file_removed AFTER DELETE ON message_files BEGIN
    INSERT INTO loose_files (file) VALUES (OLD.file);
END;

-- What a webhook's message shows as the picture of its author.
CREATE TRIGGER message_avatar_removed AFTER DELETE ON messages WHEN OLD.extras IS NOT NULL BEGIN
    DELETE FROM images WHERE kind = 'message-avatars' AND guild_id = OLD.id;
END;

-- Files that come before their message, so that what was sent is not lost with a connection.
CREATE TABLE uploads (
    key TEXT PRIMARY KEY,
    user_id INTEGER NOT NULL,
    channel_id INTEGER NOT NULL,
    filename TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    created_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
