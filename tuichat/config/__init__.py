"""Settings and credentials: where they live, what they may be, how they are read and written."""
