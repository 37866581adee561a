"""How a library that calls back from its player's thread is waited for."""

import asyncio
from collections.abc import Callable


async def play_to_end(play: Callable[..., object], source: object) -> None:
    """Have a library's `play` play a source to its end, raising the player's error."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Exception | None] = loop.create_future()
    play(source, after=lambda error: loop.call_soon_threadsafe(done.set_result, error))
    if (error := await done) is not None:
        raise error
