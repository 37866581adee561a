"""What a store raises."""

from tuichat.errors import TuichatError


class StoreError(TuichatError):
    """The store could not do what was asked; nothing of that write is there."""


class Conflict(StoreError):
    """A write broke a rule of the store: a name is taken, an id is there already, a parent is gone."""


class StoreBusy(StoreError):
    """Too many writes wait already; the caller tries again later."""


class StoreFenced(StoreError):
    """What was to be written to belongs to another node by now; the caller asks that one."""


class StoreUnwritable(StoreError):
    """Nothing can be written: the disk is full, fails, or is read-only."""


class StoreUnreachable(StoreUnwritable):
    """The database does not answer, so nothing can be read either."""


class StoreInUse(StoreError):
    """Another server has the database open."""


class StoreTooNew(StoreError):
    """A newer release of tuichat wrote this data."""
