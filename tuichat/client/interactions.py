"""What a user does with bots: buttons, menus, modals and commands, and what becomes of each."""

import asyncio
import time
from collections.abc import Callable, Sequence

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.client import timeline
from tuichat.client.change import Change, MessageChanged, ModalOpened
from tuichat.client.errors import ClientError, RefusedError
from tuichat.client.rest import Rest
from tuichat.client.routes import Repeat, Request, make_request
from tuichat.client.state import Answer, Pending, State
from tuichat.client.uploads import OutgoingFile, Uploads
from tuichat.protocol.application_command import ApplicationCommand, OptionChoice
from tuichat.protocol.interaction import (
    AutocompleteResponse,
    CommandIndex,
    InteractionData,
    InteractionFailure,
    InteractionOption,
    InteractionRequest,
    InteractionSuccess,
    InteractionType,
    ModalCreate,
)
from tuichat.protocol.message import Message
from tuichat.protocol.rest.message import AttachmentRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.translation import _

PATIENCE_S = 8.0  # taste: a server tells after three seconds that a bot does not answer
INDEX_LIFE_S = 60.0  # taste: a new command shows so late
MAX_PENDING = 50
MAX_INDEXES = 50
MAX_LEARNED = 2500  # taste: a hundred answers of 25 choices

Told = InteractionSuccess | InteractionFailure | ModalCreate | AutocompleteResponse


class GivenComponent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A modal's component as it was filled in."""

    type: int
    custom_id: str | UnsetType = UNSET
    value: str | bool | UnsetType = UNSET
    values: list[str] | UnsetType = UNSET
    components: "list[GivenComponent] | UnsetType" = UNSET
    component: "GivenComponent | UnsetType" = UNSET


def interact(request: InteractionRequest) -> Request:
    # Never repeated: a bot would do twice what was pressed once.
    return make_request("POST", "/interactions", body=request, repeat=Repeat.UNSAFE)


def command_index(channel_id: int) -> Request:
    return make_request("GET", "/channels/{}/application-command-index", channel_id, patience_s=5)


def application_of(message: Message) -> Snowflake:
    """Return whose components a message's are: the application's that answered with it, else of the bot that wrote it."""
    return message.application_id if isinstance(message.application_id, Snowflake) else message.author.id


class Interactions:
    """One account's. Every call raises ClientError alone."""

    def __init__(
        self, state: State, rest: Rest, emit: Callable[[Sequence[Change]], None], uploads: Uploads | None = None
    ) -> None:
        self._state = state
        self._rest = rest
        self._emit = emit
        self._uploads = uploads
        self._waiting: dict[str, asyncio.Future[Told]] = {}
        self._indexes: dict[int, tuple[float, int, CommandIndex]] = {}
        self._last_nonce = 0
        # By the command's id, the option's name and the name of the choice in small letters.
        self.learned: dict[tuple[int, str, str], str | int | float] = {}

    # What a user does.

    async def press(
        self, message: Message, custom_id: str, component_type: int, values: Sequence[str] | None = None
    ) -> None:
        """Press a button, or choose `values` of a menu. Returns when the bot has answered.

        While it waits, `state.pending` says so; where the bot does not answer, it says that, too.
        """
        data = InteractionData(
            component_type=component_type, custom_id=custom_id, values=UNSET if values is None else list(values)
        )
        request = self.make_request(
            InteractionType.MESSAGE_COMPONENT, message.channel_id, application_of(message), data
        )
        request = msgspec.structs.replace(request, message_id=message.id, message_flags=message.flags)
        await self._do(request, Pending(message.channel_id, message.id, custom_id))

    async def submit(self, modal: ModalCreate, components: Sequence[GivenComponent]) -> None:
        """Send a filled-in modal. Where it is refused it may be sent again."""
        data = InteractionData(
            id=modal.id,
            custom_id=modal.custom_id,
            components=[msgspec.Raw(msgspec.json.encode(component)) for component in components],
        )
        request = self.make_request(InteractionType.MODAL_SUBMIT, modal.channel_id, modal.application.id, data)
        await self._do(request, Pending(modal.channel_id, None, modal.custom_id))

    async def run(
        self,
        command: ApplicationCommand,
        channel_id: int,
        options: Sequence[InteractionOption] = (),
        *,
        target_id: int | None = None,
        files: Sequence[OutgoingFile] = (),
    ) -> Told:
        """Use a command, of a user's or a message's menu on `target_id`. Returns when the bot has answered, and with what.

        An option that is a file has its number in `files` as its value; they are on the server before the bot is told.
        """
        data = _command_data(command, options)
        data = msgspec.structs.replace(
            data,
            target_id=UNSET if target_id is None else Snowflake(target_id),
            attachments=await self._sent(channel_id, files) if files else UNSET,
        )
        request = self.make_request(InteractionType.APPLICATION_COMMAND, channel_id, command.application_id, data)
        return await self._do(request, Pending(channel_id, None, command.name))

    async def _sent(self, channel_id: int, files: Sequence[OutgoingFile]) -> list[AttachmentRequest]:
        """Have files on the server, and say how they are called there."""
        if self._uploads is None:
            raise RefusedError(_("Files cannot be given to a bot's command from here."))
        self._last_nonce = max(time.time_ns(), self._last_nonce + 1)
        key = f"command-{self._last_nonce}"
        try:
            known = await self._uploads.send(channel_id, key, files, lambda _files: None, lambda: True)
        finally:
            self._uploads.forget(channel_id, key, len(files))
        return [
            AttachmentRequest(id=number, filename=file.name, uploaded_filename=file.upload_name)
            for number, file in enumerate(known)
        ]

    async def complete(
        self, command: ApplicationCommand, channel_id: int, options: Sequence[InteractionOption]
    ) -> list[OptionChoice]:
        """Ask the bot what may stand in the focused option; nothing where it does not answer."""
        data = _command_data(command, options)
        request = self.make_request(InteractionType.AUTOCOMPLETE, channel_id, command.application_id, data)
        try:
            told = await self._send(request)
        except TimeoutError:
            return []
        if not isinstance(told, AutocompleteResponse):
            return []
        self._learn(command, options, told.choices)
        return told.choices

    def _learn(
        self, command: ApplicationCommand, options: Sequence[InteractionOption], choices: Sequence[OptionChoice]
    ) -> None:
        """Keep the values of what a bot offered, which lines name by the names of the choices."""
        option = _focused(options)
        for choice in choices:
            self.learned.pop(key := (int(command.id), option, choice.name.casefold()), None)
            self.learned[key] = choice.value
        while len(self.learned) > MAX_LEARNED:
            del self.learned[next(iter(self.learned))]

    async def commands(self, channel_id: int) -> CommandIndex:
        """Return the bots' commands that the user may use in a channel, as they were a minute ago at most."""
        known = self._indexes.get(channel_id)
        if known is not None and time.monotonic() - known[0] < INDEX_LIFE_S and known[1] == self._state.session:
            return known[2]
        index = await self._rest.get(command_index(channel_id), CommandIndex)
        self._indexes.pop(channel_id, None)
        self._indexes[channel_id] = (time.monotonic(), self._state.session, index)
        if len(self._indexes) > MAX_INDEXES:
            del self._indexes[next(iter(self._indexes))]
        return index

    def known_commands(self, channel_id: int) -> CommandIndex | None:
        """Return what `commands` has answered last, however long ago."""
        known = self._indexes.get(channel_id)
        return None if known is None else known[2]

    def dismiss(self, message_id: int) -> None:
        """Forget that a bot did not answer at a message."""
        for nonce, pending in list(self._state.pending.items()):
            if pending.message_id == message_id and pending.answer is Answer.NONE:
                self._forget(nonce)

    def dismiss_message(self, channel_id: int, message_id: int) -> None:
        """Forget a message that one alone was shown: the server keeps none of it."""
        for known in self._state.all_timelines(channel_id):
            self._emit(timeline.remove(known, message_id))

    # What the gateway tells.

    def take(self, told: Told) -> None:
        """Take what the server tells of an interaction of this session."""
        nonce = str(told.nonce)
        waiting = self._waiting.get(nonce)
        if waiting is not None and not waiting.done():
            waiting.set_result(told)
        if isinstance(told, ModalCreate):
            self._emit([ModalOpened(told)])

    # Under way.

    def make_request(
        self, kind: InteractionType, channel_id: int, application_id: Snowflake, data: InteractionData
    ) -> InteractionRequest:
        channel = self._state.channels.get(channel_id)
        guild_id = channel.guild_id if channel is not None else UNSET
        self._last_nonce = max(time.time_ns(), self._last_nonce + 1)
        return InteractionRequest(
            type=int(kind),
            application_id=application_id,
            channel_id=Snowflake(channel_id),
            guild_id=guild_id if isinstance(guild_id, Snowflake) else UNSET,
            data=data,
            session_id=self._state.session_id or UNSET,
            nonce=str(self._last_nonce),
        )

    async def _do(self, request: InteractionRequest, pending: Pending) -> Told:
        """Carry out an interaction, and say in the state how it stands meanwhile."""
        nonce = str(request.nonce)
        if pending.message_id is not None:
            self.dismiss(pending.message_id)
        self._note(nonce, pending)
        try:
            told = await self._send(request)
        except TimeoutError:
            self._note(nonce, msgspec.structs.replace(pending, answer=Answer.NONE))
            raise RefusedError(_("The server did not say what became of it.")) from None
        except ClientError:
            self._forget(nonce)
            raise
        if isinstance(told, InteractionFailure):
            if pending.message_id is not None:
                self._note(nonce, msgspec.structs.replace(pending, answer=Answer.NONE))
            else:
                self._forget(nonce)
            raise RefusedError(_("The bot did not answer in time: it may be away, or busy. Try again in a while."))
        self._forget(nonce)
        return told

    async def _send(self, request: InteractionRequest) -> Told:
        """Send an interaction and wait for what becomes of it. Raises TimeoutError where nobody tells."""
        nonce = str(request.nonce)
        waiting: asyncio.Future[Told] = asyncio.get_running_loop().create_future()
        self._waiting[nonce] = waiting
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self._rest.perform(interact(request))
                return await waiting
        finally:
            del self._waiting[nonce]

    def _note(self, nonce: str, pending: Pending) -> None:
        known = self._state.pending
        known[nonce] = pending
        if len(known) > MAX_PENDING:
            self._forget(next(iter(known)))
        self._changed(pending)

    def _forget(self, nonce: str) -> None:
        pending = self._state.pending.pop(nonce, None)
        if pending is not None:
            self._changed(pending)

    def _changed(self, pending: Pending) -> None:
        """Have the message drawn anew at which something was pressed."""
        if pending.message_id is None:
            return
        for known in self._state.all_timelines(pending.channel_id):
            entry = known.find(pending.message_id)
            if entry is not None:
                entry.revision += 1
                self._emit([MessageChanged(pending.channel_id, entry.key)])


def _command_data(command: ApplicationCommand, options: Sequence[InteractionOption]) -> InteractionData:
    return InteractionData(
        id=command.id,
        name=command.name,
        type=command.type,
        version=command.version,
        options=list(options) or UNSET,
    )


def _focused(options: Sequence[InteractionOption]) -> str:
    """Return the name of the option that is being typed."""
    for option in options:
        if option.focused is True:
            return option.name
        if isinstance(option.options, list):
            return _focused(option.options)
    return ""
