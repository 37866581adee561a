"""A client that keeps what commands ask of it."""

from collections.abc import Sequence
from typing import cast

from tests.client.builders import GUILD, ME, OTHER, channel, guild, own_user, ready, user
from tuichat.client.client import Client
from tuichat.client.errors import ClientError
from tuichat.client.reducer import reducer
from tuichat.client.state import State
from tuichat.commands.context import CommandContext
from tuichat.commands.screen import Severity
from tuichat.config.accounts import AccountRecord, PersonalAddress
from tuichat.protocol import codec
from tuichat.protocol.channel import Channel
from tuichat.protocol.dispatch.guild import GuildCreate
from tuichat.protocol.guild import Guild, Invite, InviteChannel, InviteGuild
from tuichat.protocol.rest.account import EditUserRequest
from tuichat.protocol.rest.guild import CreateGuildRequest
from tuichat.protocol.rest.member import EditMemberRequest
from tuichat.protocol.snowflake import Snowflake

GENERAL, NOTES, VOICE, OTHER_GENERAL, MADE_GENERAL = 10, 12, 13, 40, 50


class FakeScreen:
    """Keeps what was shown."""

    def __init__(self) -> None:
        self.opened: list[tuple[str, int]] = []
        self.texts: list[tuple[str, str]] = []
        self.notices: list[str] = []
        self.events: list[tuple[str, int, int]] = []
        self.has_quit = False
        self.questions: list[tuple[str, str, str]] = []
        self.is_sure = True  # what is answered to the next question

    def copy_text(self, text: str) -> bool:
        self.texts.append(("copied", text))
        return True

    async def show_message(self, account_key: str, channel_id: int, message_id: int) -> None:
        self.events.append((account_key, channel_id, message_id))

    async def confirm(self, question: str, detail: str, label: str) -> bool:
        self.questions.append((question, detail, label))
        return self.is_sure

    def open_channel(self, account_key: str, channel_id: int) -> None:
        self.opened.append((account_key, channel_id))

    def show_notice(self, text: str, severity: Severity = Severity.INFORMATION) -> None:
        self.notices.append(text)

    def show_text(self, title: str, text: str) -> None:
        self.texts.append((title, text))

    def show_event(self, account_key: str, guild_id: int, event_id: int) -> None:
        self.events.append((account_key, guild_id, event_id))

    def show_hallway(self, words: str = "") -> bool:
        self.texts.append(("hallway", words))
        return True

    def show_call_stats(self) -> None:
        self.texts.append(("stats", ""))

    def test_sound(self) -> None:
        self.texts.append(("test", ""))

    def quit(self) -> None:
        self.has_quit = True


class FakePlaces:
    """Keeps what was made and joined with its client."""

    def __init__(self, client: "FakeClient") -> None:
        self._client = client

    async def open_private_channel(self, user_id: int) -> Channel:
        self._client.check()
        return channel(1_000_000 + user_id, "", type=1)

    async def open_group(self, user_ids: Sequence[int]) -> Channel:
        self._client.check()
        self._client.grouped.append(list(user_ids))
        return channel(2_000_000, "", type=3)

    async def create_guild(self, name: str) -> Guild:
        self._client.check()
        codec.encode(CreateGuildRequest(name=name))  # raises where the wire would
        self._client.made.append(name)
        full = guild(3, channel(MADE_GENERAL, "general"))
        shown = {key: getattr(full, key) for key in Guild.__struct_fields__}
        shown |= {"name": name, "system_channel_id": Snowflake(MADE_GENERAL)}
        if self._client.is_told:
            whole = {key: getattr(full, key) for key in full.__struct_fields__}
            reducer.reduce(self._client.state, GuildCreate(**(whole | shown)), 0)
        return Guild(**shown)

    async def accept_invite(self, code: str) -> Invite:
        self._client.check()
        self._client.joined.append(code)
        return self._invite(code)

    async def create_invite(self, channel_id: int) -> Invite:
        self._client.check()
        return self._invite("newcode")

    def _invite(self, code: str) -> Invite:
        return Invite(
            code=code,
            guild=InviteGuild(id=Snowflake(2), name="guild 2"),
            channel=InviteChannel(id=Snowflake(OTHER_GENERAL), name="general", type=0),
        )


class FakeOwnAccount:
    """Keeps the names that were chosen with its client."""

    def __init__(self, client: "FakeClient") -> None:
        self._client = client

    async def set_nickname(self, guild_id: int, nick: str | None) -> None:
        self._client.check()
        codec.encode(EditMemberRequest(nick=nick))  # raises where the wire would
        self._client.nicks.append((guild_id, nick))

    async def set_display_name(self, name: str) -> None:
        self._client.check()
        codec.encode(EditUserRequest(global_name=name))
        self._client.names.append(name)


class FakeInteractions:
    """No bot offers commands."""

    async def commands(self, _channel_id: int) -> None:
        return None


class FakeClient:
    """A signed-in account in two guilds; `refusal` makes every call fail."""

    def __init__(self) -> None:
        self.key = "server/1000"
        self.account = AccountRecord("server", str(ME), "me", "Me", PersonalAddress())
        self.state = State()
        self.sent: list[tuple[int, str, int | None]] = []
        self.nicks: list[tuple[int, str | None]] = []
        self.names: list[str] = []
        self.joined: list[str] = []
        self.grouped: list[list[int]] = []
        self.reconnects = 0
        self.made: list[str] = []
        self.is_told = True  # whether the gateway says what came of a request
        self.refusal: ClientError | None = None
        self.places = FakePlaces(self)
        self.own = FakeOwnAccount(self)
        self.interactions = FakeInteractions()
        first = guild(
            GUILD,
            channel(GENERAL, "general"),
            channel(NOTES, "notes", position=1),
            channel(VOICE, "lounge", type=2),
            members=(ME, OTHER),
        )
        second = guild(2, channel(OTHER_GENERAL, "general"), channel(41, "plans", position=1))
        reducer.reduce(self.state, ready(first, second), 0)
        self.state.users = {
            each.id: each for each in (user(OTHER, "bob"), user(7, "Bob"), user(8, "carol"), own_user())
        }

    def send_message(self, channel_id: int, content: str, *, reply_to: int | None = None) -> str:
        self.check()
        self.sent.append((channel_id, content, reply_to))
        return f"n{len(self.sent)}"

    def reconnect_now(self) -> None:
        self.reconnects += 1

    def subscribe(self, listener: object) -> object:
        return lambda: None

    def check(self) -> None:
        if self.refusal is not None:
            raise self.refusal


def context(client: FakeClient, channel_id: int | None = GENERAL, screen: FakeScreen | None = None) -> CommandContext:
    return CommandContext(cast(Client, client), channel_id, screen)
