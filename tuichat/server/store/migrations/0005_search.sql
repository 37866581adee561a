-- What messages are found by, made from the table `messages`, which holds the only copy of their texts: see search_terms.py.
CREATE VIRTUAL TABLE message_search USING fts5 (
    text,
    marks,
    content = '',
    columnsize = 0,
    tokenize = 'porter unicode61 remove_diacritics 2'
);

-- The guild of a channel that is gone: its messages leave the index under it.
ALTER TABLE purges ADD COLUMN guild_id INTEGER;
