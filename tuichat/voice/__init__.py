"""Audio: the engine process that owns devices and codec, and what talks to it."""
