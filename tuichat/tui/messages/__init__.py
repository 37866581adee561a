"""Messages drawn as lines: `layout.py` puts a message together, each other module draws one part of it."""
