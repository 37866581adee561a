"""Carries out what is asked over the ctl socket, in the running tuichat."""

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from tuichat.automation.ctl.request import Answer, RunRequest, SendRequest, TalkRequest, failure, success
from tuichat.automation.ctl.shell_words import line_of
from tuichat.automation.ctl.status import StatusMaker
from tuichat.automation.ctl.status_line import status_words
from tuichat.automation.ctl.talk import MAX_TALK_S, TalkKey
from tuichat.automation.exit_code import ExitCode
from tuichat.automation.output import words
from tuichat.automation.pieces import pieces
from tuichat.automation.place import Place, find_place
from tuichat.automation.recording import message_record
from tuichat.automation.records import MessageRecord, ResultRecord
from tuichat.automation.send import carried
from tuichat.automation.sender import Sender, arrived
from tuichat.automation.site import RunningSite
from tuichat.client.client import Client
from tuichat.client.errors import ClientError, RefusedError
from tuichat.client.own_call import OwnCall, SelfVoice
from tuichat.client.state import Connection
from tuichat.client.uploads import OutgoingFile, choose
from tuichat.commands.command import registry
from tuichat.commands.context import CommandContext, Outcome
from tuichat.commands.engine import Engine
from tuichat.commands.errors import CommandError
from tuichat.commands.parser import Call, parse_line
from tuichat.commands.screen import Severity
from tuichat.errors import TuichatError
from tuichat.protocol.snowflake import Snowflake
from tuichat.text import mention_text
from tuichat.text.channel_names import channel_name
from tuichat.text.safe_text import safe_block
from tuichat.translation import _, ngettext
from tuichat.voice.call_protocol import CallState

VIEW_LIMIT_S = 0.15  # the view of a desk follows within 0.1 s
JOINING = (CallState.CONNECTING, CallState.REJOINING)


class Orders:
    """Each order ends with an answer, never with an error, and is taken back where it is cancelled."""

    def __init__(self, site: RunningSite, status: StatusMaker) -> None:
        self._site = site
        self._status = status
        self._engine = Engine()
        self._voice_s = -VIEW_LIMIT_S  # when a command last changed how one takes part in calls
        self._key = TalkKey(site.desk, self._tell_forgotten)

    def close(self) -> None:
        self._key.close()

    async def run(self, request: RunRequest) -> Answer:
        return await self._limited(request.id, request.limit_s, self._run(request))

    async def send(self, request: SendRequest) -> Answer:
        return await self._limited(request.id, request.limit_s, self._send(request))

    def talk(self, request: TalkRequest) -> Answer:
        try:
            self._key.press(request.key)
        except CommandError as error:
            return failure(request.id, str(error))
        return success(request.id)

    def status(self, request_id: int) -> Answer:
        record = self._status.make()
        return success(request_id, status_words(msgspec.to_builtins(record)), record)

    async def _limited(self, request_id: int, limit_s: float, work: Coroutine[Any, Any, Answer]) -> Answer:
        try:
            async with asyncio.timeout(limit_s):
                return await work
        except TimeoutError:
            lost = [each for each in self._site.clients.values() if each.state.connection is not Connection.READY]
            sentence = _("It was not done within {count:g} seconds.").format(count=limit_s)
            if not lost:
                return failure(request_id, sentence, ExitCode.TIMED_OUT)
            reasons = dict.fromkeys(each.state.connection_note for each in lost)
            return failure(request_id, " ".join([sentence, *reasons]).strip(), ExitCode.UNREACHABLE)
        except CommandError as error:
            return failure(request_id, str(error), ExitCode.MISTAKE)
        except TuichatError as error:
            return failure(request_id, str(error))

    async def _run(self, request: RunRequest) -> Answer:
        line = request.line if request.line is not None else line_of(request.words, registry)
        name = _command(line)
        context = await self._context(request)
        if name is None and context.client is not None and context.channel_id is not None:
            line = mention_text.encode(line, context.client.state, context.channel_id)
        await self._settled()
        calls, own = self._calls(), self._own()
        outcome, message_id = await self._arrived(await self._engine.submit(line, context))
        if self._own() != own:
            self._voice_s = asyncio.get_running_loop().time()
        if outcome.is_done:
            outcome = await self._joined(outcome, calls)
        record = self._record(name, outcome, message_id)
        if not outcome.is_done:
            code = ExitCode.MISTAKE if outcome.is_mistake else ExitCode.FAILED
            return failure(request.id, outcome.text, code, record)
        out = "\n".join(map(words, record.messages)) if record.messages else safe_block(outcome.text)
        return success(request.id, "" if message_id else out, record)

    async def _context(self, request: RunRequest) -> CommandContext:
        if request.here:
            typed = self._site.typed_context()
            if typed.client is None or typed.channel_id is None:
                raise CommandError(_("No channel is open."))
            return self._site.context(typed.client, typed.channel_id)
        if request.place is None:
            return self._site.context()
        place = await find_place(request.place, self._site)
        return self._site.context(place.client, place.channel_id)

    async def _arrived(self, outcome: Outcome) -> tuple[Outcome, int]:
        """Wait for the message that a command has put on its way; return its id, 0 for none."""
        if outcome.entry_key is None:
            return outcome, 0
        try:
            for client in self._site.clients.values():
                if message_id := await arrived(client, outcome.entry_key):
                    return outcome, message_id
        except ClientError as error:
            return Outcome(False, str(error), Severity.ERROR), 0
        return outcome, 0

    def _calls(self) -> dict[str, OwnCall | None]:
        return {key: client.voice.call for key, client in self._site.clients.items()}

    def _own(self) -> list[SelfVoice]:
        return [client.voice.own for client in self._site.clients.values()]

    async def _settled(self) -> None:
        """Wait until the desk shows what the command before has made of voice: a switch is turned from there."""
        left_s = self._voice_s + VIEW_LIMIT_S - asyncio.get_running_loop().time()
        if left_s > 0:
            await asyncio.sleep(left_s)

    async def _joined(self, outcome: Outcome, before: dict[str, OwnCall | None]) -> Outcome:
        """Wait until one takes part in the call that a command has joined, where it has."""
        for client in self._site.clients.values():
            call = client.voice.call
            if call is None or call is before.get(client.key) or call.state is not CallState.CONNECTING:
                continue
            call = await _after_joining(client)
            if call is None or call.is_over:
                sentence = call.sentence if call is not None else ""
                return Outcome(False, sentence or _("You are in no call."), Severity.ERROR)
            channel = client.state.channels.get(Snowflake(call.channel_id))
            if channel is not None:
                return replace(outcome, text=_("You are in {channel}.").format(channel=channel_name(channel)))
        return outcome

    def _record(self, name: str | None, outcome: Outcome, message_id: int) -> ResultRecord:
        clients = self._site.clients
        return ResultRecord(
            line=1,
            command=name,
            is_done=outcome.is_done,
            text=outcome.text,
            message_id=str(message_id) if message_id else None,
            messages=tuple(
                message_record(MessageRecord, each.client, each.channel_id, each.message, clients)
                for each in outcome.found
            ),
        )

    async def _send(self, request: SendRequest) -> Answer:
        place = await find_place(request.to, self._site)
        files = [choose(Path(each)) for each in request.files]
        texts = [each for piece in pieces(request.text) for each in carried(piece, place)]
        if not texts and not files:
            raise CommandError(_("There is nothing to send: the text is empty."))
        message_id = await self._send_all(place, texts, files)
        return success(
            request.id,
            record=ResultRecord(line=1, command=None, is_done=True, text="", message_id=str(message_id)),
        )

    async def _send_all(self, place: Place, texts: list[str], files: list[OutgoingFile]) -> int:
        """Return the id of the last. Raises ClientError, which says how many went where they were several."""
        sender = Sender(place.client, place.channel_id)
        try:
            message_id = await sender.send(texts[0] if texts else "", files)
            for text in texts[1:]:
                message_id = await sender.send(text)
        except ClientError as error:
            count = len(texts)
            if count < 2:
                raise
            words = ngettext("{sent} of {count} message was sent.", "{sent} of {count} messages were sent.", count)
            raise RefusedError(f"{error} {words.format(sent=sender.sent, count=count)}") from error
        return message_id

    def _tell_forgotten(self) -> None:
        screen = self._site.typed_context().screen
        if screen is not None:
            screen.show_notice(
                _("Push to talk was let go: nobody let go of the key within {count:g} seconds.").format(
                    count=MAX_TALK_S
                ),
                Severity.WARNING,
            )


async def _after_joining(client: Client) -> OwnCall | None:
    """Return the call of an account when one is in it, or it is over."""
    moved = asyncio.Event()
    unsubscribe = client.subscribe(lambda _changes: moved.set())
    try:
        while (call := client.voice.call) is not None and call.state in JOINING:
            moved.clear()
            await moved.wait()
    finally:
        unsubscribe()
    return call


def _command(line: str) -> str | None:
    """Return the name of the command that a line is, None where it is a message."""
    try:
        parsed = parse_line(line)
    except CommandError:
        return None
    return parsed.name if isinstance(parsed, Call) else None
