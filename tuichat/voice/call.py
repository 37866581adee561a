"""The place of a user in a voice channel: what joining one answers."""

from tuichat.translation import N_

CALLS_COME_LATER = N_("voice comes with a later release")
"""What the screen and `/join` say of a voice or stage channel, whatever the engine can do."""
