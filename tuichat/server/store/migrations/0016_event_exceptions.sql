-- Which times of a recurring event are left out, or at another hour.

ALTER TABLE scheduled_events ADD COLUMN exceptions TEXT;
