"""The plain line mode: every message is a line of text, every line that is typed a message or a command."""
