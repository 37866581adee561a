"""`tuichat wait`: until somebody writes what is waited for."""

import asyncio
from dataclasses import dataclass

from tuichat.automation.events import Events
from tuichat.automation.exit_code import ExitCode
from tuichat.automation.follow import Follow
from tuichat.automation.headless import Headless
from tuichat.automation.output import Output
from tuichat.automation.place import find_place
from tuichat.automation.program import run_to_end, say
from tuichat.automation.records import AnyRecord, MessageRecord
from tuichat.commands.wanted import MAX_WAITING, Wanted
from tuichat.config.paths import Profile
from tuichat.config.schema import Settings
from tuichat.translation import _


@dataclass(frozen=True, slots=True)
class WaitOrder:
    """`sender` is a user name or an id, `pattern` a regular expression that is looked for in the text.

    With the id of a message `after`, what was written after it counts too.
    """

    sender: str = ""
    pattern: str = ""
    address: str | None = None
    after: int | None = None
    timeout_s: float | None = None
    is_json: bool = False


def run(profile: Profile, settings: Settings, order: WaitOrder) -> int:
    return run_to_end(_run(profile, settings, order), is_for_reader=True)


async def _run(profile: Profile, settings: Settings, order: WaitOrder) -> int:
    wanted = Wanted(order.sender, order.pattern)
    output = Output(is_json=order.is_json)
    records: asyncio.Queue[MessageRecord] = asyncio.Queue(MAX_WAITING)

    def look(record: AnyRecord) -> None:
        if type(record) is MessageRecord and not record.is_own and not records.full():
            records.put_nowait(record)

    try:
        async with asyncio.timeout(order.timeout_s) as limit:
            async with Headless(profile, settings) as accounts:
                if order.address is None:
                    Events(accounts, look)
                else:
                    follow = Follow(await find_place(order.address, accounts), accounts.clients, look)
                    accounts.listen(follow.take)
                    await (follow.begin(0) if order.after is None else follow.begin_after(order.after))
                while True:
                    record = await records.get()
                    if await wanted.fits(record.author.username, record.author.id, record.text):
                        break
                output.put(record)
    except TimeoutError:
        if not limit.expired():
            raise
        say(_("Nothing that fits came within {seconds:g} s.").format(seconds=order.timeout_s))
        return ExitCode.TIMED_OUT
    finally:
        await wanted.close()
    return ExitCode.DONE
