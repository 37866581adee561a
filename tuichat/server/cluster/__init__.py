"""Several nodes as one server: who is there, who owns which guild, and what they know of each other's people.

Where each thing that nodes share has its place:

- A guild's objects, messages, read states, bans, webhooks: the store. The node that owns the guild writes; others ask it by a call
  of the bus, and hear of it by the guild's kept events. Read states and settings of a user are rows of the store, too, and
  are written by whichever node holds the session: the newest wins, as it does between two sessions of one node.
- Who owns a guild: a key in NATS's key-value store (`leases`), with a fencing number that goes with each write to the store.
- Which nodes live: a key each, which ends by itself unless it is renewed (`leases`).
- Presences: the node of a session tells the others by the bus, and again every few seconds; what a node told goes with it
  (`shared_presences`). Nothing is stored: a presence is nobody's after a restart.
- Voice states: with the guild, by its owner, as kept events and rows; a voice node registers as a node with the role "voice".
- Rate limits: of REST, by the node that is asked, with the limit divided by the number of living nodes with the role "api"; of
  IDENTIFY and of logins, where a thousandfold is the danger and not a double, likewise. A shared counter would cost each
  request a turn to the broker.
- Resume: a session's node is a part of its id, and other nodes fetch from it by a call what they need; of a dead node's
  sessions, guild events are read from the store, and private ones are a loss, so that they identify anew.
"""
