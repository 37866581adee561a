"""What a name, an id or an address in a line means: channels, people, servers, messages, lengths of time."""
