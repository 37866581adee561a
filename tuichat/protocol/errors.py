"""What the protocol raises when the other side breaks it."""

from tuichat.errors import TuichatError


class ProtocolError(TuichatError):
    """The other side sent what the protocol does not allow; the text says what, with the numbers."""
