"""Finding out whether UDP leads to the media port, before a call."""

from tuichat.protocol.rest.server import VoiceProbe
from tuichat.server.accounts import Actor
from tuichat.server.actions import errors
from tuichat.server.actions.context import Context

RETRY_S = 10.0  # the lifetime of those that are in the way


def open_probe(context: Context, actor: Actor, local_host: str | None) -> VoiceProbe:
    """Have the media port answer a few IP discoveries of the actor, for ten seconds; the probe before ends.

    `local_host` is the address of ours that the request came in on. Raises ActionError 404 where no voice is carried, and 429.
    """
    if not context.voice_rooms.regions():
        raise errors.ActionError(404, 0, "404: Not Found")
    probe = context.voice_rooms.probe(actor.user_id, local_host)
    if probe is None:
        raise errors.slow_down(0, "Too many people try the way to voice at this moment.", RETRY_S)
    return probe
