"""TLS lines through the proxy that leads to a server, for whatever goes there."""
