"""What an account was mentioned in, as its server keeps it: the same on all devices."""

from tuichat.client import routes
from tuichat.client.rest import Rest
from tuichat.protocol.message import Message

PAGE = 50


class Inbox:
    """Every call raises ClientError alone."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest

    async def mentions(self, before: int | None = None) -> list[Message]:
        """Return up to PAGE messages that mention the user, newest first; `before` is the last one of the page before."""
        return await self._rest.get(routes.list_mentions(limit=PAGE, before=before), list[Message])

    async def dismiss(self, message_id: int) -> None:
        """Take a message off the list."""
        await self._rest.perform(routes.dismiss_mention(message_id))
