"""The commands, a module a subject; a new one is one function here."""
