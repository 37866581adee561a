"""Names a fault of ours for the log: what and where, without the words that people wrote."""

import logging
import traceback

logger = logging.getLogger(__name__)

MAX_FRAMES = 6


def log_fault(doing: str, error: Exception) -> None:
    """Log a fault with its kind and its frames. An exception's own words may hold a message's text, so they stay out."""
    frames = traceback.extract_tb(error.__traceback__)[-MAX_FRAMES:]
    places = " < ".join(
        f"{frame.name} ({frame.filename.rpartition('/')[2]}:{frame.lineno})" for frame in reversed(frames)
    )
    logger.error("%s failed: %s in %s", doing, type(error).__name__, places)
