"""This machine: runtime folder, locks, Unix sockets with peer check, and the background server."""
