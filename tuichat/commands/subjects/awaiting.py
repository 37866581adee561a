"""The command that waits until somebody writes what is waited for."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import timedelta
from functools import partial
from typing import Annotated

from tuichat.client import change
from tuichat.client.client import Client
from tuichat.commands import offers
from tuichat.commands.command import command
from tuichat.commands.context import CommandContext, FoundMessage, Outcome
from tuichat.commands.errors import CommandError
from tuichat.commands.jobs import Job
from tuichat.commands.kinds import Between, Offered, said
from tuichat.commands.naming.address import Recipient, describe
from tuichat.commands.offers import Value
from tuichat.commands.screen import Severity
from tuichat.commands.wanted import MAX_WAITING, Wanted, message_text
from tuichat.protocol.json import printable
from tuichat.protocol.message import Message
from tuichat.text.safe_text import safe_line, safe_name
from tuichat.translation import _

MAX_SHOWN = 200  # characters of what came (taste)
LONGEST = timedelta(days=7)

Arrival = tuple[Client, int, Message]


def _people(begun: str, context: CommandContext) -> Iterable[Value]:
    return offers.people(begun, context)


@command
async def await_(
    context: CommandContext,
    from_: Annotated[str, Offered(_people), "whose message, by a whole user name or an id"] = "",
    match: Annotated[str, "a regular expression that is found in it; in quotes where it has blanks"] = "",
    in_: Annotated[Recipient | None, "in which channel, or private conversation; else in any"] = None,
    timeout: Annotated[
        timedelta | None, Between(timedelta(seconds=1), LONGEST), "how long to wait, as 60s or 10m; else for ever"
    ] = None,
) -> Outcome:
    """Wait until somebody else writes something: on the screen you go on meanwhile, and a notice tells of it."""
    wanted = Wanted(from_, match)
    place = None if in_ is None else await _place(context, in_)
    work = _wait(context, wanted, place, timeout)
    if context.jobs is None or context.depth:
        return await work
    parts = [f"from={from_}" if from_ else "", f"match={match}" if match else ""]
    label = safe_line(" ".join(["/await", *(each for each in parts if each)]))
    if not context.jobs.start(Job(label, said(timeout) if timeout else ""), work):
        raise CommandError(_("Too much goes on already: /stop ends something."))
    return Outcome(text=_("Waiting for it; you can go on meanwhile. /stop ends that."))


async def _place(context: CommandContext, recipient: Recipient) -> tuple[Client, int]:
    client = recipient.client or context.require_client()
    if recipient.channel is not None:
        return client, int(recipient.channel.id)
    assert recipient.user is not None
    return client, int((await client.places.open_private_channel(recipient.user.id)).id)


async def _wait(
    context: CommandContext, wanted: Wanted, place: tuple[Client, int] | None, timeout: timedelta | None
) -> Outcome:
    arrivals: asyncio.Queue[Arrival] = asyncio.Queue(MAX_WAITING)
    clients = context.known_clients()
    ends = [each.subscribe(partial(_take, each, place, arrivals)) for each in clients.values()]
    try:
        async with asyncio.timeout(None if timeout is None else timeout.total_seconds()) as limit:
            while True:
                client, channel_id, message = await arrivals.get()
                text = message_text(client, channel_id, message)
                if await wanted.fits(message.author.username, str(int(message.author.id)), text):
                    break
    except TimeoutError:
        if not limit.expired():
            raise
        words = _("Nothing that fits came within {span}.").format(span=said(timeout))
        return Outcome(False, words, Severity.WARNING, is_late=True)
    except CommandError as error:
        return Outcome(False, str(error), Severity.ERROR)
    finally:
        for end in ends:
            end()
        await wanted.close()
    channel = client.state.channels.get(channel_id)
    where = describe(Recipient(channel, client=client), clients) if channel is not None else ""
    shown = printable(safe_line(text)[:MAX_SHOWN])
    return Outcome(
        text=f"{safe_name(message.author.display_name)} ({safe_line(where)}): {shown}",
        found=(FoundMessage(client, channel_id, message),),
    )


def _take(
    client: Client,
    place: tuple[Client, int] | None,
    arrivals: "asyncio.Queue[Arrival]",
    changes: Sequence[change.Change],
) -> None:
    me = client.state.me
    for item in changes:
        if not isinstance(item, change.MessageArrived) or arrivals.full():
            continue
        is_own = me is not None and item.message.author.id == me.id
        if not is_own and (place is None or (place[0] is client and place[1] == item.channel_id)):
            arrivals.put_nowait((client, int(item.channel_id), item.message))
