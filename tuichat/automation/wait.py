"""`tuichat wait`: until somebody writes what is waited for."""

import asyncio
import re
from dataclasses import dataclass

from tuichat.automation.events import Events
from tuichat.automation.exit_code import ExitCode
from tuichat.automation.follow import Follow
from tuichat.automation.headless import Headless
from tuichat.automation.output import Output
from tuichat.automation.place import find_place
from tuichat.automation.program import run_to_end, say
from tuichat.automation.records import AnyRecord, MessageRecord
from tuichat.commands.errors import CommandError
from tuichat.config.paths import Profile
from tuichat.config.schema import Settings
from tuichat.translation import _


@dataclass(frozen=True, slots=True)
class WaitOrder:
    """`sender` is a user name or an id, `pattern` a regular expression that is looked for in the text."""

    sender: str = ""
    pattern: str = ""
    address: str | None = None
    timeout_s: float | None = None
    is_json: bool = False


def run(profile: Profile, settings: Settings, order: WaitOrder) -> int:
    return run_to_end(_run(profile, settings, order), is_for_reader=True)


class Wanted:
    """Tells whether a message is what is waited for; one's own never are."""

    def __init__(self, sender: str, pattern: str) -> None:
        """Raises CommandError for a pattern that is none."""
        self._sender = sender.removeprefix("@").casefold()
        try:
            self._pattern = re.compile(pattern)
        except (re.error, RecursionError, OverflowError) as error:
            raise CommandError(
                _("{pattern} is no regular expression: {error}.").format(pattern=pattern, error=error)
            ) from error

    def fits(self, record: AnyRecord) -> bool:
        if type(record) is not MessageRecord or record.is_own:
            return False
        if self._sender and self._sender not in (record.author.username.casefold(), record.author.id):
            return False
        return self._pattern.search(record.text) is not None


async def _run(profile: Profile, settings: Settings, order: WaitOrder) -> int:
    wanted = Wanted(order.sender, order.pattern)
    output = Output(is_json=order.is_json)
    found: asyncio.Future[AnyRecord] = asyncio.get_running_loop().create_future()

    def look(record: AnyRecord) -> None:
        if not found.done() and wanted.fits(record):
            found.set_result(record)

    try:
        async with asyncio.timeout(order.timeout_s) as limit:
            async with Headless(profile, settings) as accounts:
                if order.address is None:
                    Events(accounts, look)
                else:
                    follow = Follow(await find_place(order.address, accounts), accounts.clients, look)
                    accounts.listen(follow.take)
                    await follow.begin(0)
                output.put(await found)
    except TimeoutError:
        if not limit.expired():
            raise
        say(_("Nothing that fits came within {seconds:g} s.").format(seconds=order.timeout_s))
        return ExitCode.TIMED_OUT
    return ExitCode.DONE
