"""Locks by key."""

import asyncio

from tuichat.server.actions.keyed_locks import KeyedLocks


async def test_one_at_a_time_and_forgotten_after() -> None:
    locks = KeyedLocks()
    inside: list[int] = []

    async def work(number: int) -> None:
        async with locks.hold(7):
            inside.append(number)
            await asyncio.sleep(0)
            assert inside[-1] == number, "nobody else came in"

    await asyncio.gather(*(work(number) for number in range(5)))
    assert inside == list(range(5))
    assert len(locks) == 0


async def test_a_key_that_is_named_twice_is_held_once() -> None:
    locks = KeyedLocks()
    async with asyncio.timeout(5), locks.hold(7, 7):
        assert len(locks) == 1
    assert len(locks) == 0


async def test_two_who_name_the_same_keys_in_another_order_do_not_wait_for_each_other() -> None:
    locks = KeyedLocks()

    async def work(*keys: int) -> None:
        for _ in range(20):
            async with locks.hold(*keys):
                await asyncio.sleep(0)

    async with asyncio.timeout(5):
        await asyncio.gather(work(1, 2), work(2, 1))
    assert len(locks) == 0
