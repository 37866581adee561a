"""Ringing the people of a private channel, and ending that."""

from collections.abc import Sequence

from msgspec import UNSET

from tuichat.client.rest import Rest
from tuichat.client.routes import Repeat, Request, make_request
from tuichat.protocol.call import RingRequest
from tuichat.protocol.snowflake import Snowflake


def ring(channel_id: int, user_ids: Sequence[int] | None) -> Request:
    recipients = None if user_ids is None else [Snowflake(each) for each in user_ids]
    body = RingRequest(recipients=recipients)
    return make_request("POST", "/channels/{}/call/ring", channel_id, body=body, repeat=Repeat.UNSAFE, patience_s=5)


def stop_ringing(channel_id: int, user_ids: Sequence[int] | None) -> Request:
    recipients = UNSET if user_ids is None else [Snowflake(each) for each in user_ids]
    body = RingRequest(recipients=recipients)
    return make_request("POST", "/channels/{}/call/stop-ringing", channel_id, body=body, patience_s=5)


class CallRings:
    """One account's. Whom a call rings comes as a dispatch. Every call raises ClientError alone."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest

    async def ring(self, channel_id: int, user_ids: Sequence[int] | None = None) -> None:
        """Ring the people of a private channel, by default all of them."""
        await self._rest.perform(ring(channel_id, user_ids))

    async def stop_ringing(self, channel_id: int, user_ids: Sequence[int] | None = None) -> None:
        """Do not ring these people any more, by default oneself: so a call is declined."""
        await self._rest.perform(stop_ringing(channel_id, user_ids))
