"""Consent: whether somebody agreed that another writes to it."""

from enum import IntEnum


class Consent(IntEnum):
    """Discord's "Consent Status" of a direct message, as one of its people has it."""

    UNSPECIFIED = 0  # nobody had to ask
    PENDING = 1
    ACCEPTED = 2
    REJECTED = 3
