-- The newest lease that was written with, of each guild and direct message: older ones write nothing more.

CREATE TABLE fences (
    owned_id BIGINT PRIMARY KEY,
    epoch BIGINT NOT NULL
);
