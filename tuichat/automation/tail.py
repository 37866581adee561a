"""`tuichat tail`: the last messages of a channel, and those that come."""

import asyncio
from dataclasses import dataclass

from tuichat.automation.exit_code import ExitCode
from tuichat.automation.follow import Follow
from tuichat.automation.headless import Headless
from tuichat.automation.output import Output
from tuichat.automation.place import find_place
from tuichat.automation.program import run_to_end
from tuichat.automation.records import AnyRecord
from tuichat.config.paths import Profile
from tuichat.config.schema import Settings


@dataclass(frozen=True, slots=True)
class TailOrder:
    address: str
    count: int = 10
    is_json: bool = False
    follows: bool = True


def run(profile: Profile, settings: Settings, order: TailOrder) -> int:
    return run_to_end(_run(profile, settings, order), is_for_reader=True)


async def _run(profile: Profile, settings: Settings, order: TailOrder) -> int:
    output = Output(is_json=order.is_json)
    lost = asyncio.get_running_loop().create_future()

    def put(record: AnyRecord) -> None:
        try:
            output.put(record)
        except BrokenPipeError as error:  # told to the one who waits: this is called from within the client
            if not lost.done():
                lost.set_exception(error)

    async with Headless(profile, settings) as accounts:
        place = await find_place(order.address, accounts)
        follow = Follow(place, accounts.clients, put)
        end = accounts.listen(follow.take)
        try:
            await follow.begin(order.count)
            if order.follows or lost.done():
                await lost
        finally:
            end()
    return ExitCode.DONE
