"""The scaled store: the same statements on PostgreSQL, which several nodes share."""
