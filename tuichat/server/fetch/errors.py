"""How a fetch ends that brings nothing."""

from tuichat.errors import TuichatError


class FetchError(TuichatError):
    """A URL could not be fetched; the text says why, and may be shown to whoever named it."""


class FetchRefused(FetchError):
    """This server does not fetch that: its address, its form, its type or its size."""


class FetchFailed(FetchError):
    """The other side did not answer, not in time, or not in HTTP."""


class FetchBusy(FetchError):
    """Too many fetches wait already."""
