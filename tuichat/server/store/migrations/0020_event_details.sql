-- What scheduled events have beyond Discord's: the zone by whose clock one recurs, and its co-hosts.

ALTER TABLE scheduled_events ADD COLUMN time_zone TEXT;
ALTER TABLE scheduled_events ADD COLUMN cohost_ids TEXT; -- a JSON array
