"""tuichat: a terminal chat and voice client for developers, and the server behind it."""

__version__ = "0.1.0"
