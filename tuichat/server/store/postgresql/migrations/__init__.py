"""The shape of a PostgreSQL database, in numbered steps."""
