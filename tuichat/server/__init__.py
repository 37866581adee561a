"""The server program: Discord's REST and gateway over a durable store."""
