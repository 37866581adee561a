-- What voice channels may have besides.

ALTER TABLE channels ADD COLUMN rtc_region TEXT;
ALTER TABLE channels ADD COLUMN video_quality INTEGER NOT NULL DEFAULT 1;
