-- The tables of the embedded store as its twentieth migration leaves them, in PostgreSQL's types: see ../../migrations for what
-- each is for. A later migration has the same number in both folders. Times are Unix milliseconds, ids snowflakes, truths 0 or
-- 1, and texts are compared byte by byte, as SQLite does.

CREATE TABLE settings (
    key TEXT COLLATE "C" PRIMARY KEY,
    value TEXT COLLATE "C" NOT NULL
);

CREATE TABLE users (
    id BIGINT PRIMARY KEY,
    username TEXT COLLATE "C" NOT NULL,
    name_key TEXT COLLATE "C" NOT NULL UNIQUE,
    display_name TEXT COLLATE "C",
    is_bot BIGINT NOT NULL,
    is_system BIGINT NOT NULL,
    avatar TEXT COLLATE "C",
    is_deleted BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE passwords (
    user_id BIGINT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    password_hash TEXT COLLATE "C" NOT NULL
);

CREATE TABLE tokens (
    id BIGINT PRIMARY KEY,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    secret_hash BYTEA NOT NULL
);
CREATE INDEX tokens_by_user ON tokens (user_id);

CREATE TABLE applications (
    id BIGINT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    owner_id BIGINT REFERENCES users (id),
    name TEXT COLLATE "C" NOT NULL,
    flags BIGINT NOT NULL,
    is_public BIGINT NOT NULL,
    description TEXT COLLATE "C" NOT NULL DEFAULT '',
    icon TEXT COLLATE "C",
    endpoint_url TEXT COLLATE "C"
);
CREATE INDEX applications_by_owner ON applications (owner_id);

CREATE TABLE guilds (
    id BIGINT PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL,
    owner_id BIGINT NOT NULL REFERENCES users (id),
    system_channel_id BIGINT,
    icon TEXT COLLATE "C",
    banner TEXT COLLATE "C",
    splash TEXT COLLATE "C",
    discovery_splash TEXT COLLATE "C",
    vanity_code TEXT COLLATE "C",
    vanity_uses BIGINT NOT NULL DEFAULT 0,
    settings TEXT COLLATE "C"
);

CREATE TABLE roles (
    id BIGINT PRIMARY KEY,
    guild_id BIGINT NOT NULL REFERENCES guilds (id) ON DELETE CASCADE,
    name TEXT COLLATE "C" NOT NULL,
    permissions BIGINT NOT NULL,
    position BIGINT NOT NULL,
    color BIGINT NOT NULL,
    is_hoisted BIGINT NOT NULL,
    is_mentionable BIGINT NOT NULL,
    is_managed BIGINT NOT NULL,
    secondary_color BIGINT,
    tertiary_color BIGINT,
    icon TEXT COLLATE "C",
    unicode_emoji TEXT COLLATE "C",
    bot_id BIGINT
);
CREATE INDEX roles_by_guild ON roles (guild_id);

CREATE TABLE channels (
    id BIGINT PRIMARY KEY,
    type BIGINT NOT NULL,
    guild_id BIGINT REFERENCES guilds (id) ON DELETE CASCADE,
    name TEXT COLLATE "C" NOT NULL,
    position BIGINT NOT NULL,
    parent_id BIGINT,
    overwrites TEXT COLLATE "C" NOT NULL, -- a JSON array
    topic TEXT COLLATE "C",
    is_nsfw BIGINT NOT NULL,
    rate_limit_s BIGINT NOT NULL,
    bitrate BIGINT NOT NULL,
    user_limit BIGINT NOT NULL,
    flags BIGINT NOT NULL DEFAULT 0,
    owner_id BIGINT,
    icon TEXT COLLATE "C",
    recipient_ids TEXT COLLATE "C",
    default_auto_archive_minutes BIGINT,
    default_thread_rate_limit_s BIGINT NOT NULL DEFAULT 0,
    thread TEXT COLLATE "C",
    forum TEXT COLLATE "C",
    rtc_region TEXT COLLATE "C",
    video_quality BIGINT NOT NULL DEFAULT 1
);
CREATE INDEX channels_by_guild ON channels (guild_id);

CREATE TABLE members (
    guild_id BIGINT NOT NULL REFERENCES guilds (id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    joined_ms BIGINT NOT NULL,
    nick TEXT COLLATE "C",
    role_ids TEXT COLLATE "C" NOT NULL, -- a JSON array
    timeout_until_ms BIGINT,
    flags BIGINT NOT NULL DEFAULT 0,
    avatar TEXT COLLATE "C",
    banner TEXT COLLATE "C",
    bio TEXT COLLATE "C",
    is_temporary BIGINT NOT NULL DEFAULT 0,
    is_mute BIGINT NOT NULL DEFAULT 0,
    is_deaf BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (guild_id, user_id)
);
CREATE INDEX members_by_user ON members (user_id);

CREATE TABLE messages (
    id BIGINT PRIMARY KEY,
    channel_id BIGINT NOT NULL,
    author_id BIGINT NOT NULL,
    type BIGINT NOT NULL,
    content TEXT COLLATE "C" NOT NULL,
    edited_ms BIGINT,
    is_tts BIGINT NOT NULL,
    flags BIGINT NOT NULL,
    mentions_everyone BIGINT NOT NULL,
    mention_ids TEXT COLLATE "C", -- JSON arrays; NULL is an empty one
    mention_role_ids TEXT COLLATE "C",
    nonce TEXT COLLATE "C", -- a JSON string or number, as it was sent
    reference TEXT COLLATE "C", -- a JSON object
    embeds TEXT COLLATE "C", -- a JSON array
    components TEXT COLLATE "C",
    attachments TEXT COLLATE "C",
    pinned_ms BIGINT,
    extras TEXT COLLATE "C"
);
CREATE INDEX messages_by_channel ON messages (channel_id, id);

CREATE TABLE nonces (
    channel_id BIGINT NOT NULL,
    author_id BIGINT NOT NULL,
    nonce TEXT COLLATE "C" NOT NULL,
    message_id BIGINT NOT NULL,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (channel_id, author_id, nonce)
);
CREATE INDEX nonces_by_time ON nonces (created_ms);

CREATE TABLE read_states (
    user_id BIGINT NOT NULL,
    channel_id BIGINT NOT NULL,
    last_message_id BIGINT,
    mention_count BIGINT NOT NULL,
    version BIGINT NOT NULL DEFAULT 0,
    last_pin_ms BIGINT,
    flags BIGINT,
    last_viewed BIGINT,
    PRIMARY KEY (user_id, channel_id)
);
CREATE INDEX read_states_by_channel ON read_states (channel_id);

CREATE TABLE invites (
    code TEXT COLLATE "C" PRIMARY KEY,
    guild_id BIGINT NOT NULL REFERENCES guilds (id) ON DELETE CASCADE,
    channel_id BIGINT NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
    inviter_id BIGINT,
    created_ms BIGINT NOT NULL,
    max_age_s BIGINT NOT NULL,
    max_uses BIGINT NOT NULL,
    uses BIGINT NOT NULL,
    is_temporary BIGINT NOT NULL
);
CREATE INDEX invites_by_guild ON invites (guild_id);
CREATE INDEX invites_by_channel ON invites (channel_id);

CREATE TABLE events (
    guild_id BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    created_ms BIGINT NOT NULL,
    event BYTEA NOT NULL, -- MessagePack of bus.Event
    PRIMARY KEY (guild_id, seq)
);
CREATE INDEX events_by_time ON events (created_ms);

CREATE TABLE guild_sequences (
    guild_id BIGINT PRIMARY KEY,
    last_seq BIGINT NOT NULL
);

CREATE TABLE purges (
    channel_id BIGINT PRIMARY KEY,
    guild_id BIGINT
);
CREATE INDEX channels_by_parent ON channels (parent_id) WHERE parent_id IS NOT NULL;

CREATE TABLE thread_members (
    thread_id BIGINT NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    joined_ms BIGINT NOT NULL,
    flags BIGINT NOT NULL,
    PRIMARY KEY (thread_id, user_id)
);
CREATE INDEX thread_members_by_user ON thread_members (user_id);
CREATE INDEX messages_pinned ON messages (channel_id, pinned_ms) WHERE pinned_ms IS NOT NULL;

CREATE TABLE audit_log (
    id BIGINT PRIMARY KEY,
    guild_id BIGINT NOT NULL REFERENCES guilds (id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL,
    action_type BIGINT NOT NULL,
    target_id BIGINT,
    changes TEXT COLLATE "C" NOT NULL, -- a JSON array
    options TEXT COLLATE "C", -- a JSON object
    reason TEXT COLLATE "C",
    channel_id BIGINT,
    is_hidden BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX audit_log_by_guild ON audit_log (guild_id, id);

CREATE TABLE images (
    kind TEXT COLLATE "C" NOT NULL, -- avatars, icons, ...: what it shows
    owner_id BIGINT NOT NULL, -- the user, guild, role, emoji ...
    guild_id BIGINT NOT NULL, -- the guild that it goes with, or the message of message-avatars; 0 for none
    hash TEXT COLLATE "C" NOT NULL, -- as clients know it: with a_ in front of an animated one
    file TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (kind, owner_id, guild_id)
);
CREATE INDEX images_by_file ON images (file);
CREATE INDEX images_by_guild ON images (guild_id);
CREATE INDEX images_by_owner ON images (owner_id);

CREATE TABLE message_files (
    message_id BIGINT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    attachment_id BIGINT NOT NULL,
    file TEXT COLLATE "C" NOT NULL,
    size_bytes BIGINT NOT NULL,
    content_type TEXT COLLATE "C", -- as its content tells, NULL when it tells nothing
    PRIMARY KEY (message_id, attachment_id)
);
CREATE INDEX message_files_by_attachment ON message_files (attachment_id);
CREATE INDEX message_files_by_file ON message_files (file);

CREATE TABLE loose_files (
    id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    file TEXT COLLATE "C" NOT NULL
);

CREATE TABLE uploads (
    key TEXT COLLATE "C" PRIMARY KEY,
    user_id BIGINT NOT NULL,
    channel_id BIGINT NOT NULL,
    filename TEXT COLLATE "C" NOT NULL,
    size_bytes BIGINT NOT NULL,
    created_ms BIGINT NOT NULL
);

CREATE TABLE bans (
    guild_id BIGINT NOT NULL REFERENCES guilds (id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    reason TEXT COLLATE "C",
    PRIMARY KEY (guild_id, user_id)
);

CREATE TABLE emojis (
    id BIGINT PRIMARY KEY,
    guild_id BIGINT REFERENCES guilds (id) ON DELETE CASCADE,
    application_id BIGINT REFERENCES applications (id) ON DELETE CASCADE,
    name TEXT COLLATE "C" NOT NULL,
    creator_id BIGINT NOT NULL,
    is_animated BIGINT NOT NULL,
    role_ids TEXT COLLATE "C" NOT NULL -- a JSON array
);
CREATE INDEX emojis_by_guild ON emojis (guild_id);
CREATE INDEX emojis_by_application ON emojis (application_id);

CREATE TABLE seen (
    user_id BIGINT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    day BIGINT NOT NULL -- since 1970
);

CREATE TABLE reactions (
    message_id BIGINT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    emoji TEXT COLLATE "C" NOT NULL, -- a unicode emoji, or the id of one of a guild
    user_id BIGINT NOT NULL,
    PRIMARY KEY (message_id, emoji, user_id)
);

CREATE TABLE reaction_counts (
    message_id BIGINT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    emoji TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C", -- as it was when somebody first reacted with it
    is_animated BIGINT NOT NULL,
    first_id BIGINT NOT NULL, -- a snowflake of the first reaction: the order in which emojis are shown
    count BIGINT NOT NULL,
    PRIMARY KEY (message_id, emoji)
);

CREATE TABLE poll_votes (
    message_id BIGINT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    answer_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    PRIMARY KEY (message_id, answer_id, user_id)
);

CREATE TABLE open_polls (
    message_id BIGINT PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE,
    channel_id BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL
);
CREATE INDEX open_polls_by_time ON open_polls (expires_ms);

CREATE TABLE webhooks (
    id BIGINT PRIMARY KEY,
    type BIGINT NOT NULL,
    guild_id BIGINT NOT NULL,
    channel_id BIGINT NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
    name TEXT COLLATE "C",
    avatar TEXT COLLATE "C",
    token TEXT COLLATE "C", -- readable, since whoever manages webhooks is shown it again
    user_id BIGINT,
    application_id BIGINT,
    source_guild_id BIGINT, -- of a follower: the announcement channel
    source_channel_id BIGINT
);
CREATE INDEX webhooks_by_channel ON webhooks (channel_id);
CREATE INDEX webhooks_by_guild ON webhooks (guild_id);
CREATE INDEX webhooks_by_source ON webhooks (source_channel_id) WHERE source_channel_id IS NOT NULL;

CREATE TABLE crossposts (
    source_id BIGINT NOT NULL,
    message_id BIGINT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    channel_id BIGINT NOT NULL,
    PRIMARY KEY (source_id, message_id)
);
CREATE INDEX crossposts_by_message ON crossposts (message_id);

CREATE TABLE profiles (
    user_id BIGINT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    email TEXT COLLATE "C",
    bio TEXT COLLATE "C" NOT NULL,
    pronouns TEXT COLLATE "C" NOT NULL,
    banner TEXT COLLATE "C",
    accent_color BIGINT
);

CREATE TABLE direct_states (
    channel_id BIGINT NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    is_open BIGINT NOT NULL,
    consent BIGINT NOT NULL,
    requested_ms BIGINT,
    PRIMARY KEY (channel_id, user_id)
);
CREATE INDEX direct_states_by_user ON direct_states (user_id);

CREATE TABLE relationships (
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    other_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    type BIGINT NOT NULL,
    nickname TEXT COLLATE "C",
    since_ms BIGINT,
    is_ignored BIGINT NOT NULL,
    is_stranger BIGINT NOT NULL,
    PRIMARY KEY (user_id, other_id)
);
CREATE INDEX relationships_by_other ON relationships (other_id);

CREATE TABLE notes (
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    about_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    note TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (user_id, about_id)
);
CREATE INDEX notes_by_about ON notes (about_id);

CREATE TABLE privacy (
    user_id BIGINT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    restricted_guild_ids TEXT COLLATE "C" NOT NULL, -- a JSON array
    restricts_new_guilds BIGINT NOT NULL,
    friend_sources BIGINT NOT NULL
);

CREATE TABLE user_settings (
    user_id BIGINT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    settings TEXT COLLATE "C" NOT NULL -- a JSON object
);

CREATE TABLE settings_protos (
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind BIGINT NOT NULL,
    version BIGINT NOT NULL,
    content BYTEA NOT NULL,
    PRIMARY KEY (user_id, kind)
);

CREATE TABLE guild_settings (
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    guild_id BIGINT NOT NULL, -- 0 for direct messages
    version BIGINT NOT NULL,
    suppresses BIGINT NOT NULL, -- bits: 1 @everyone, 2 roles
    settings TEXT COLLATE "C" NOT NULL, -- a JSON object
    PRIMARY KEY (user_id, guild_id)
);
CREATE INDEX guild_settings_suppressing ON guild_settings (guild_id, user_id) WHERE suppresses <> 0;

CREATE TABLE feature_reads (
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    resource_id BIGINT NOT NULL,
    type BIGINT NOT NULL,
    last_acked_id BIGINT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (user_id, resource_id, type)
);

CREATE TABLE dismissed_mentions (
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    message_id BIGINT NOT NULL,
    PRIMARY KEY (user_id, message_id)
);
CREATE INDEX messages_mentioning ON messages (id)
    WHERE mention_ids IS NOT NULL OR mention_role_ids IS NOT NULL OR mentions_everyone <> 0;

CREATE TABLE thread_deletions (
    thread_id BIGINT PRIMARY KEY REFERENCES channels (id) ON DELETE CASCADE,
    count BIGINT NOT NULL
);

CREATE TABLE commands (
    id BIGINT PRIMARY KEY,
    application_id BIGINT NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    guild_id BIGINT REFERENCES guilds (id) ON DELETE CASCADE,
    type BIGINT NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    definition TEXT COLLATE "C" NOT NULL -- a JSON object
);
CREATE UNIQUE INDEX commands_by_name ON commands (application_id, COALESCE(guild_id, 0), type, name);
CREATE INDEX commands_by_guild ON commands (guild_id);

CREATE TABLE command_permissions (
    guild_id BIGINT NOT NULL REFERENCES guilds (id) ON DELETE CASCADE,
    target_id BIGINT NOT NULL, -- the command's, or its application's
    application_id BIGINT NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    permissions TEXT COLLATE "C" NOT NULL, -- a JSON array
    PRIMARY KEY (guild_id, target_id)
);

CREATE TABLE interactions (
    id BIGINT PRIMARY KEY,
    state TEXT COLLATE "C" NOT NULL -- a JSON object
);
CREATE UNIQUE INDEX guilds_by_vanity ON guilds (vanity_code) WHERE vanity_code IS NOT NULL;

CREATE TABLE templates (
    code TEXT COLLATE "C" PRIMARY KEY,
    guild_id BIGINT NOT NULL UNIQUE REFERENCES guilds (id) ON DELETE CASCADE,
    name TEXT COLLATE "C" NOT NULL,
    description TEXT COLLATE "C",
    creator_id BIGINT NOT NULL,
    created_ms BIGINT NOT NULL,
    updated_ms BIGINT NOT NULL,
    snapshot TEXT COLLATE "C" NOT NULL, -- a JSON object
    usage_count BIGINT NOT NULL
);

CREATE TABLE left_timeouts (
    guild_id BIGINT NOT NULL REFERENCES guilds (id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    until_ms BIGINT NOT NULL,
    PRIMARY KEY (guild_id, user_id)
);
CREATE INDEX left_timeouts_by_user ON left_timeouts (user_id);

CREATE TABLE recovery_codes (
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    code_hash BYTEA NOT NULL,
    PRIMARY KEY (user_id, code_hash)
);

CREATE TABLE sounds (
    id BIGINT PRIMARY KEY,
    guild_id BIGINT NOT NULL REFERENCES guilds (id) ON DELETE CASCADE,
    name TEXT COLLATE "C" NOT NULL,
    volume DOUBLE PRECISION NOT NULL,
    emoji_id BIGINT,
    emoji_name TEXT COLLATE "C",
    creator_id BIGINT NOT NULL,
    content_type TEXT COLLATE "C" NOT NULL,
    size_bytes BIGINT NOT NULL
);
CREATE INDEX sounds_by_guild ON sounds (guild_id);

CREATE TABLE scheduled_events (
    id BIGINT PRIMARY KEY,
    guild_id BIGINT NOT NULL REFERENCES guilds (id) ON DELETE CASCADE,
    channel_id BIGINT,
    creator_id BIGINT NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    description TEXT COLLATE "C",
    start_ms BIGINT NOT NULL,
    end_ms BIGINT,
    status BIGINT NOT NULL,
    entity_type BIGINT NOT NULL,
    entity_id BIGINT,
    location TEXT COLLATE "C",
    image TEXT COLLATE "C",
    recurrence TEXT COLLATE "C",
    exceptions TEXT COLLATE "C",
    time_zone TEXT COLLATE "C",
    cohost_ids TEXT COLLATE "C"
);
CREATE INDEX scheduled_events_by_guild ON scheduled_events (guild_id);

CREATE TABLE scheduled_event_users (
    event_id BIGINT NOT NULL REFERENCES scheduled_events (id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL,
    PRIMARY KEY (event_id, user_id)
);
CREATE INDEX scheduled_event_users_by_user ON scheduled_event_users (user_id);

CREATE TABLE stages (
    id BIGINT PRIMARY KEY,
    guild_id BIGINT NOT NULL REFERENCES guilds (id) ON DELETE CASCADE,
    channel_id BIGINT NOT NULL UNIQUE REFERENCES channels (id) ON DELETE CASCADE,
    topic TEXT COLLATE "C" NOT NULL,
    guild_scheduled_event_id BIGINT,
    starter_id BIGINT NOT NULL,
    description TEXT COLLATE "C" NOT NULL DEFAULT '',
    language TEXT COLLATE "C" NOT NULL DEFAULT '',
    tags TEXT COLLATE "C" NOT NULL DEFAULT '[]',
    openness TEXT COLLATE "C" NOT NULL DEFAULT 'guild',
    role_id BIGINT,
    hands TEXT COLLATE "C" NOT NULL DEFAULT 'all',
    link TEXT COLLATE "C",
    host_ids TEXT COLLATE "C" NOT NULL DEFAULT '[]',
    invited_ids TEXT COLLATE "C" NOT NULL DEFAULT '[]',
    blocked_ids TEXT COLLATE "C" NOT NULL DEFAULT '[]'
);
CREATE INDEX stages_by_guild ON stages (guild_id);

CREATE TABLE followed_users (
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    followed_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    since_ms BIGINT NOT NULL,
    PRIMARY KEY (user_id, followed_id)
);
CREATE INDEX followed_users_by_followed ON followed_users (followed_id);

CREATE TABLE followed_guilds (
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    guild_id BIGINT NOT NULL REFERENCES guilds (id) ON DELETE CASCADE,
    since_ms BIGINT NOT NULL,
    PRIMARY KEY (user_id, guild_id)
);
CREATE INDEX followed_guilds_by_guild ON followed_guilds (guild_id);

CREATE TABLE followed_topics (
    user_id BIGINT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    topics TEXT COLLATE "C" NOT NULL -- a JSON array
);

CREATE FUNCTION note_loose_file() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO loose_files (file) VALUES (OLD.file);
    RETURN NULL;
END
$$;
CREATE TRIGGER image_removed AFTER DELETE ON images FOR EACH ROW EXECUTE FUNCTION note_loose_file();
CREATE TRIGGER image_replaced AFTER UPDATE OF file ON images FOR EACH ROW WHEN (OLD.file <> NEW.file)
    EXECUTE FUNCTION note_loose_file();
CREATE TRIGGER message_file_removed AFTER DELETE ON message_files FOR EACH ROW EXECUTE FUNCTION note_loose_file();

CREATE FUNCTION remove_message_avatar() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM images WHERE kind = 'message-avatars' AND guild_id = OLD.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER message_avatar_removed AFTER DELETE ON messages FOR EACH ROW WHEN (OLD.extras IS NOT NULL)
    EXECUTE FUNCTION remove_message_avatar();

-- What messages are found by, as search_terms.py makes it: words at their places, and marks behind a sign that no word has.
CREATE TABLE message_search (
    id BIGINT PRIMARY KEY,
    terms TSVECTOR NOT NULL
);
CREATE INDEX message_search_by_terms ON message_search USING gin (terms) WITH (gin_pending_list_limit = 1024);
