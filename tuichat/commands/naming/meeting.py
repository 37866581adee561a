"""Makes somebody known who is a member of a large server, of whose people an account knows a part alone."""

import asyncio
from collections.abc import Iterable

from tuichat.client.client import Client
from tuichat.client.errors import ClientError

MAX_GUILDS = 20  # taste: servers of an account that are asked at once


async def meet(name: str, clients: Iterable[Client]) -> bool:
    """Ask servers for members whose names begin so; say whether any came, who are in the state then."""
    questions = [
        client.guild_people.search(guild_id, name)
        for client in clients
        for guild_id in [each for each, guild in client.state.guilds.items() if guild.is_large][:MAX_GUILDS]
    ]
    answers = await asyncio.gather(*questions, return_exceptions=True)
    for answer in answers:
        if isinstance(answer, BaseException) and not isinstance(answer, ClientError):
            raise answer
    return any(isinstance(answer, list) and answer for answer in answers)
