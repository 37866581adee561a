-- Codes that let somebody in again who forgot the password, as their SHA-256, each good once; and accounts that were deleted.

CREATE TABLE recovery_codes (
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    code_hash BLOB NOT NULL,
    PRIMARY KEY (user_id, code_hash)
) STRICT, WITHOUT ROWID;

ALTER TABLE users ADD COLUMN is_deleted INTEGER NOT NULL DEFAULT 0; -- what it wrote is still somebody's
