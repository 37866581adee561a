"""The root of every error that tuichat raises on purpose."""


class TuichatError(Exception):
    """An error whose text is a sentence for the user: what happened, and what to do next."""
