-- The newest lease that was written with, of each guild and direct message: older ones write nothing more.

CREATE TABLE fences (
    owned_id INTEGER PRIMARY KEY,
    epoch INTEGER NOT NULL
) STRICT;
