"""Carries out what plugins ask for: the granted commands, through the one engine."""

import asyncio
import logging
from dataclasses import replace

from tuichat.automation.place import open_place
from tuichat.automation.plugins import answer, request
from tuichat.automation.plugins.answer import Answer, Reason
from tuichat.automation.plugins.log import PluginLog
from tuichat.automation.plugins.permission import NotGranted, Permission
from tuichat.automation.plugins.rate import Rate
from tuichat.automation.plugins.request import Request, RequestError
from tuichat.automation.recording import message_record
from tuichat.automation.records import MessageRecord
from tuichat.automation.sender import arrived
from tuichat.automation.site import Site
from tuichat.client.errors import ClientError
from tuichat.commands.command import registry
from tuichat.commands.context import CommandContext, Outcome
from tuichat.commands.engine import Engine
from tuichat.commands.errors import CommandError
from tuichat.translation import _

logger = logging.getLogger(__name__)

BURST_COMMANDS = 20
COMMANDS_A_SECOND = 5  # taste: what servers allow one account is shared with its person
LIMIT_S = 60.0  # taste: a message that has not arrived by then is taken back


class Obedience:
    """Answers the requests of one plugin. Nothing of a line is done unless it was granted, and that is logged."""

    def __init__(self, site: Site, permission: Permission, log: PluginLog) -> None:
        self._site = site
        self._permission = permission
        self._log = log
        self._engine = Engine()
        self._rate = Rate(BURST_COMMANDS, COMMANDS_A_SECOND)

    async def take(self, line: bytes) -> bytes:
        """Return the line that answers one of the plugin's. Never raises."""
        return answer.line(await self._answer(line))

    async def _answer(self, line: bytes) -> Answer:
        try:
            asked = request.parse(line)
        except RequestError as error:
            self._log.host(_("It wrote what is no request: {error}").format(error=error))
            return Answer(id=request.id_of(line), is_done=False, text=str(error), reason=Reason.WRONG)
        try:
            async with asyncio.timeout(LIMIT_S):
                return await self._carry_out(asked)
        except NotGranted as error:
            self._log.host(_("Refused: {error}").format(error=error))
            return Answer(id=asked.id, is_done=False, text=str(error), reason=Reason.NOT_GRANTED)
        except (CommandError, RequestError) as error:
            return Answer(id=asked.id, is_done=False, text=str(error), reason=Reason.WRONG)
        except ClientError as error:
            return Answer(id=asked.id, is_done=False, text=str(error), reason=Reason.FAILED)
        except TimeoutError:
            text = _("It was not done within {limit:.0f} seconds.").format(limit=LIMIT_S)
            return Answer(id=asked.id, is_done=False, text=text, reason=Reason.FAILED)
        except Exception:
            logger.exception("the request of a plugin failed")
            text = _("Something in tuichat failed; `tuichat logs` has it.")
            return Answer(id=asked.id, is_done=False, text=text, reason=Reason.FAILED)

    async def _carry_out(self, asked: Request) -> Answer:
        command = registry.get(asked.action)
        context, place = self._permission.check(asked, command, self._site.context())
        assert command is not None, "what is no command was not granted"
        line = request.build_line(command, asked.arguments)
        await asyncio.sleep(self._rate.reserve(asyncio.get_running_loop().time()))
        if place is not None:
            opened = await open_place(place)
            context = replace(context, client=opened.client, channel_id=opened.channel_id)
        outcome = await self._engine.submit(line, context)
        if not outcome.is_done:
            reason = Reason.WRONG if outcome.is_mistake else Reason.FAILED
            return Answer(id=asked.id, is_done=False, text=outcome.text, reason=reason)
        return Answer(
            id=asked.id,
            is_done=True,
            text=outcome.text,
            message_id=await _message_id(outcome, context),
            messages=tuple(
                message_record(MessageRecord, each.client, each.channel_id, each.message, context.clients)
                for each in outcome.found
            ),
        )


async def _message_id(outcome: Outcome, context: CommandContext) -> str | None:
    """Wait for the message that a command has sent, None where it sent none. Raises RefusedError."""
    if outcome.entry_key is None:
        return None
    for client in context.clients.values():
        if message_id := await arrived(client, outcome.entry_key):
            return str(message_id)
    return None
