"""The wire: Discord's public protocol as structs and state machines, without I/O and without a clock."""
