"""Voice of the server: the voice gateway, who is in which room, and the forwarder of what they say."""
