-- What an entry of the audit log tells of, so that it is shown to those who may know of that alone.

ALTER TABLE audit_log ADD COLUMN channel_id INTEGER;
ALTER TABLE audit_log ADD COLUMN is_hidden INTEGER NOT NULL DEFAULT 0;
