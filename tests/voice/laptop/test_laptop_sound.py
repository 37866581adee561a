"""A laptop's devices as a Sound: what is asked of a laptop that does not answer."""

import asyncio
from pathlib import Path

from tests.client.waiting import until
from tests.voice.laptop.fake_laptop import laptop
from tuichat.voice.laptop.laptop_sound import LaptopSound
from tuichat.voice.place_protocol import PlaceState, TryWays, WaysTried

TRY = TryWays("198.51.100.7", 50_000, 3)


async def test_after_ways_that_nobody_told_the_next_ones_are_asked_anew(tmp_path: Path) -> None:
    async with laptop(tmp_path) as fake:
        sound = LaptopSound(
            fake.session,
            lambda report: None,
            on_change=lambda: None,
            on_connected=lambda: None,
            ping_s=0.02,
            try_timeout_s=0.1,
        )
        await until(lambda: sound.state is PlaceState.READY)
        both = await asyncio.gather(sound.try_ways(TRY), sound.try_ways(TRY))
        assert [found.direct_ms for found in both] == [None, None]
        assert fake.asked_of(TryWays) == [TRY], "who asks meanwhile waits for the same answer"
        again = asyncio.create_task(sound.try_ways(TRY))
        await until(lambda: len(fake.asked_of(TryWays)) == 2)
        fake.tell(WaysTried(direct_ms=34.0))
        assert (await again).direct_ms == 34.0
        sound.close()
