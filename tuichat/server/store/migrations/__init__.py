"""The numbered changes of the database's shape, one SQL file each, applied in order and never edited after a release."""
