"""The private channel with somebody, or a sentence where a server has none."""

from tuichat.client.client import Client
from tuichat.client.errors import ClientError
from tuichat.commands.errors import CommandError
from tuichat.protocol.channel import Channel
from tuichat.translation import _

NO_SUCH_ROUTE = (404, 405)  # how a server answers that has no private messages


async def open_private_channel(client: Client, user_id: int) -> Channel:
    """Return it, made where there is none. Raises CommandError, ClientError."""
    try:
        return await client.places.open_private_channel(user_id)
    except ClientError as error:
        if error.status in NO_SUCH_ROUTE and error.code == 0:
            raise CommandError(_("This server has no private messages.")) from error
        raise
