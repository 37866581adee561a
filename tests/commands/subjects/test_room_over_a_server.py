"""A room is held by typing, over a real server: what each command does is seen by the others' clients."""

import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.client.faulty_proxy import FaultyProxy, faulty_proxy
from tests.client.running import make_client, running
from tests.client.waiting import until
from tests.server.running import RunningServer, running_server
from tests.system.rest_account import ChannelObject
from tests.tui.fake_desk import FakeDesk
from tuichat.client.change import Change, RoomCall, RoomCalled
from tuichat.client.client import Client
from tuichat.client.endpoint import parse_url
from tuichat.client.live_rooms import LiveRooms
from tuichat.client.locator import UrlLocator
from tuichat.client.room_view import RoomPerson, RoomView
from tuichat.client.state import Connection
from tuichat.commands.context import CommandContext, Outcome
from tuichat.commands.engine import Engine
from tuichat.protocol.channel import ChannelType
from tuichat.protocol.live_room import Hands, Openness
from tuichat.protocol.rest.guild import RoleRequest
from tuichat.voice.call_line import CallHolder
from tuichat.voice.call_protocol import JoinCall, SetCallVoice


class SilentLine:
    """A line to an audio engine that does nothing."""

    def join_call(self, request: JoinCall, holder: CallHolder) -> None:
        pass

    def leave_call(self, holder: CallHolder) -> None:
        pass

    def set_call_voice(self, request: SetCallVoice, holder: CallHolder) -> None:
        pass

    def network_changed(self) -> None:
        pass


pytestmark = pytest.mark.slow  # real clients on a real server


@dataclass
class Person:
    client: Client
    stage: int
    calls: list[RoomCalled] = field(default_factory=list)
    desk: FakeDesk = field(default_factory=FakeDesk)

    def note(self, changes: "list[Change]") -> None:
        self.calls += [each for each in changes if isinstance(each, RoomCalled)]

    @property
    def id(self) -> int:
        return int(self.client.account.user_id)

    @property
    def view(self) -> RoomView:
        return self.client.live_rooms.view(self.stage)

    def sit(self) -> None:
        """What the desk does where there is one."""
        guild = self.client.state.guild_of(self.stage)
        assert guild is not None
        self.client.voice.join(int(guild.guild.id), self.stage)

    async def type(self, line: str) -> Outcome:
        channel_id = self.stage if self.stage in self.client.state.channels else None
        context = CommandContext(self.client, channel_id, clients={self.client.key: self.client}, desk=self.desk)
        return await Engine().submit(line, context)

    async def do(self, line: str) -> str:
        outcome = await self.type(line)
        assert outcome.is_done, f"{line}: {outcome.text}"
        return outcome.text

    async def fail(self, line: str) -> str:
        outcome = await self.type(line)
        assert not outcome.is_done, f"{line}: {outcome.text}"
        return outcome.text

    async def see(self, holds: Callable[[RoomView], object]) -> None:
        await until(lambda: holds(self.view))

    def was_called(self, call: RoomCall) -> bool:
        return any(each.call is call for each in self.calls)


@dataclass
class Club:
    ada: Person
    bob: Person
    cleo: Person
    server: RunningServer
    proxy: FaultyProxy  # by which bob is connected


@contextlib.asynccontextmanager
async def club(folder: Path) -> AsyncIterator[Club]:
    async with running_server() as server, faulty_proxy(("127.0.0.1", server.port)) as proxy:
        accounts = [await server.register(name) for name in ("ada", "bob", "cleo")]
        guild, _channel = await server.befriend(*accounts)
        body = {"name": "weekly", "type": ChannelType.STAGE}
        channel = await accounts[0].call("POST", f"/guilds/{guild.id}/channels", ChannelObject, body)
        async with contextlib.AsyncExitStack() as stack:
            people = []
            for account, port in zip(accounts, (server.port, proxy.port, server.port), strict=True):
                endpoint = parse_url(f"http://127.0.0.1:{port}")
                locator = UrlLocator(endpoint, server.server.context.store.server_id)
                client = make_client(endpoint, account, folder / account.user_id, locator=locator)
                person = Person(client, int(channel.id))
                client.subscribe(person.note)  # type: ignore[arg-type]  # any sequence
                client.voice.link = SilentLine()
                people.append(person)
                await stack.enter_async_context(running(client))
            ada, bob, cleo = people
            yield Club(ada, bob, cleo, server, proxy)


def ids(people: tuple[RoomPerson, ...]) -> list[int]:
    return [each.user_id for each in people]


@contextlib.asynccontextmanager
async def open_club(folder: Path) -> AsyncIterator[Club]:
    """A club with a room: ada hosts, bob and cleo listen."""
    async with club(folder) as town:
        await town.ada.do("/room start News of the week")
        for person in (town.ada, town.bob, town.cleo):
            person.sit()
        await town.ada.see(lambda view: (ids(view.speakers), view.listeners) == ([town.ada.id], 2))
        await town.bob.see(lambda view: view.is_here and view.topic == "News of the week")
        await town.cleo.see(lambda view: view.is_here)
        yield town


async def test_a_room_is_described_by_typing(tmp_path: Path) -> None:
    async with open_club(tmp_path) as town:
        ada, bob = town.ada, town.bob
        for line in (
            "topic Other news",
            "describe All that is new",
            "language en",
            "tags #news, python",
            "link https://example.org/notes",
        ):
            await ada.do(f"/room {line}")
        await bob.see(lambda view: view.link == "https://example.org/notes")
        view = bob.view
        assert (view.topic, view.description, view.language) == ("Other news", "All that is new", "en")
        assert view.tags == ("news", "python")
        assert "Only the hosts" in await bob.fail("/room topic Mine")
        for line in ("describe none", "language none", "tags none", "link none"):
            await ada.do(f"/room {line}")
        await bob.see(lambda view: (view.description, view.language, view.tags, view.link) == ("", "", (), None))
        assert "All that is new" not in await bob.do("/room who")


async def test_hands_the_stage_and_who_decides(tmp_path: Path) -> None:
    async with open_club(tmp_path) as town:
        ada, bob, cleo = town.ada, town.bob, town.cleo
        await bob.do("/room raise")
        await ada.see(lambda view: ids(view.asking) == [bob.id])
        await cleo.do("/room raise")
        await ada.see(lambda view: ids(view.asking) == [bob.id, cleo.id])
        await cleo.do("/room lower")
        await ada.see(lambda view: ids(view.asking) == [bob.id])
        assert "bob is asked to speak" in await ada.do("/room invite")
        await bob.see(lambda view: view.is_invited)
        assert bob.was_called(RoomCall.ASKED_UP)
        await bob.do("/room accept")
        await ada.see(lambda view: ids(view.speakers) == [ada.id, bob.id])

        await ada.do("/room invite @cleo")
        await cleo.see(lambda view: view.is_invited)
        await cleo.do("/room decline")
        await ada.see(lambda view: not view.invited)
        await cleo.do("/room raise")
        await ada.see(lambda view: ids(view.asking) == [cleo.id])
        await ada.do("/room decline @cleo")
        await cleo.see(lambda view: not view.has_asked)

        await ada.do("/room mute @bob")
        await until(lambda: bob.was_called(RoomCall.MUTED))
        assert bob.client.voice.own.is_muted
        await ada.see(lambda view: any(each.user_id == bob.id and each.is_muted for each in view.speakers))
        bob.client.voice.set_muted(False)
        await ada.see(lambda view: not any(each.is_muted for each in view.speakers))

        await ada.do("/room down @bob")
        await bob.see(lambda view: not view.is_speaker)
        await ada.see(lambda view: (ids(view.speakers), view.listeners) == ([ada.id], 2))
        await ada.do("/room down")
        await ada.see(lambda view: not view.is_speaker)
        await ada.do("/room accept")
        await ada.see(lambda view: view.is_speaker)
        assert "Nobody asked you" in await bob.fail("/room accept")


async def test_hands_that_are_off_go_down_and_stay_so(tmp_path: Path) -> None:
    async with open_club(tmp_path) as town:
        ada, bob = town.ada, town.bob
        await bob.do("/room raise")
        await ada.see(lambda view: view.asking)
        await ada.do("/room hands off")
        await bob.see(lambda view: view.hands is Hands.OFF and not view.has_asked and not view.may_ask)
        assert "Hands are off" in await bob.fail("/room raise")
        await ada.do("/room hands followed")
        await bob.see(lambda view: view.hands is Hands.FOLLOWED)
        assert await bob.fail("/room raise")  # the server knows whom a host follows
        await ada.do("/room hands all")
        await bob.see(lambda view: view.may_ask)
        await bob.do("/room raise")


async def test_who_is_put_out_blocked_and_let_in_again(tmp_path: Path) -> None:
    async with open_club(tmp_path) as town:
        ada, bob, cleo = town.ada, town.bob, town.cleo
        await ada.do("/room remove @bob")
        await until(lambda: bob.was_called(RoomCall.PUT_OUT))
        assert bob.client.voice.call is not None
        assert "put out of the room" in bob.client.voice.call.sentence
        await ada.see(lambda view: view.listeners == 1)
        bob.sit()
        await bob.see(lambda view: view.is_here)

        await ada.do("/room block @bob")
        await bob.see(lambda view: not view.is_here)
        bob.sit()
        await until(lambda: bob.client.voice.call is not None and not bob.client.voice.is_in_call)
        assert "does not let you in" in bob.client.voice.call.sentence
        assert "Blocked: bob" in await ada.do("/room kept")
        await ada.do("/room unblock @bob")
        bob.sit()
        await bob.see(lambda view: view.is_here)

        assert "Only the hosts" in await bob.fail("/room kept")
        assert "Only the hosts" in await bob.fail("/room remove @cleo")
        cleo.client.voice.leave()
        await cleo.see(lambda view: not view.is_here)
        assert "/room ping @name" in await ada.fail("/room invite @cleo")


async def test_hosts_are_made_and_unmade(tmp_path: Path) -> None:
    async with open_club(tmp_path) as town:
        ada, bob, cleo = town.ada, town.bob, town.cleo
        await ada.do("/room host @bob")
        await bob.see(lambda view: view.is_host)
        await bob.do("/room invite @cleo")
        await cleo.see(lambda view: view.is_invited)
        assert "nobody can unmake" in await bob.fail("/room unhost @ada")
        await ada.do("/room unhost @bob")
        await bob.see(lambda view: not view.is_host)
        await ada.do("/room host @bob")
        await bob.see(lambda view: view.is_host)
        await bob.do("/room unhost")
        await bob.see(lambda view: not view.is_host)


async def test_a_room_for_invited_people_takes_those_who_are_called(tmp_path: Path) -> None:
    async with open_club(tmp_path) as town:
        ada, bob, cleo = town.ada, town.bob, town.cleo
        for person in (bob, cleo):
            person.client.voice.leave()
        await ada.see(lambda view: view.listeners == 0)
        await ada.do("/room open invited @bob")
        await bob.see(lambda view: view.openness is Openness.INVITED)
        await until(lambda: bob.was_called(RoomCall.INVITED))
        assert "ada" in bob.calls[-1].name
        cleo.sit()
        await until(lambda: cleo.client.voice.call is not None and not cleo.client.voice.is_in_call)
        assert not cleo.view.is_here
        assert "Joining #weekly" in await bob.do("/room join")
        bob.sit()
        await bob.see(lambda view: view.is_here)
        await ada.do("/room ping @cleo")
        await until(lambda: cleo.was_called(RoomCall.INVITED))
        cleo.sit()
        await cleo.see(lambda view: view.is_here)
        assert "Invited: bob, cleo" in await ada.do("/room kept")
        guild = ada.client.state.guild_of(ada.stage)
        assert guild is not None
        role = await ada.client.roles.create(int(guild.guild.id), RoleRequest(name="Members"))
        await ada.do(f"/room open role @{int(role.id)}")
        await bob.see(lambda view: view.openness is Openness.ROLE)
        await ada.do("/room open guild")
        await bob.see(lambda view: view.openness is Openness.GUILD)


async def test_a_stranger_comes_into_a_public_room(tmp_path: Path) -> None:
    async with open_club(tmp_path) as town:
        await town.ada.do("/room open public")
        await town.bob.see(lambda view: view.openness is Openness.PUBLIC)
        account = await town.server.register("dan")
        endpoint = parse_url(town.server.base_url)
        locator = UrlLocator(endpoint, town.server.server.context.store.server_id)
        dan = Person(make_client(endpoint, account, tmp_path / "dan", locator=locator), town.ada.stage)
        dan.client.voice.link = SilentLine()
        async with running(dan.client):
            await dan.client.live_rooms.join_public(dan.stage)
            await until(lambda: dan.stage in dan.client.state.channels)
            dan.sit()
            await dan.see(lambda view: view.is_here and view.is_live)
            await town.ada.see(lambda view: view.listeners == 3)


async def test_emojis_fly_over_everybody(tmp_path: Path) -> None:
    async with open_club(tmp_path) as town:
        await town.bob.do("/room react :tada:")
        for person in (town.ada, town.cleo):
            await person.see(lambda view: [(each.emoji, each.name) for each in view.reactions] == [("🎉", "bob")])


async def test_the_audience_is_loaded_when_it_is_asked_for(tmp_path: Path) -> None:
    async with open_club(tmp_path) as town:
        assert ids(town.ada.view.audience) == []
        assert town.ada.view.has_more_audience
        text = await town.ada.do("/room audience")
        assert "2 listen." in text
        assert sorted(ids(town.ada.view.audience)) == sorted([town.bob.id, town.cleo.id])
        assert not town.ada.view.has_more_audience
        town.cleo.client.voice.leave()
        await town.ada.see(lambda view: view.listeners == 1 and view.is_audience_old)
        await town.ada.do("/room audience")
        assert ids(town.ada.view.audience) == [town.bob.id]


async def test_a_room_is_right_again_after_the_connection_was_lost(tmp_path: Path) -> None:
    async with open_club(tmp_path) as town:
        ada, bob = town.ada, town.bob
        town.proxy.cut_all()
        await until(lambda: bob.client.state.connection is not Connection.READY)
        await ada.do("/room topic Other news")
        await until(lambda: bob.client.state.connection is Connection.READY)
        await bob.see(lambda view: view.topic == "Other news")
        await bob.see(lambda view: view.is_here)


async def test_a_fresh_session_knows_the_rooms_and_asks_for_the_rest(tmp_path: Path) -> None:
    async with open_club(tmp_path) as town:
        await town.ada.do("/room describe All that is new")
        await town.ada.see(lambda view: view.description == "All that is new")
        account = await town.server.register("eve")
        guild = town.ada.client.state.guild_of(town.ada.stage)
        assert guild is not None
        invite = await town.ada.client.places.create_invite(town.ada.stage)
        await account.join(invite.code)
        endpoint = parse_url(town.server.base_url)
        locator = UrlLocator(endpoint, town.server.server.context.store.server_id)
        eve = Person(make_client(endpoint, account, tmp_path / "eve", locator=locator), town.ada.stage)
        async with running(eve.client):
            assert eve.view.is_live
            await eve.see(lambda view: view.description == "All that is new" and view.listeners == 2)


async def test_a_room_ends_for_everybody(tmp_path: Path) -> None:
    async with open_club(tmp_path) as town:
        ada, bob = town.ada, town.bob
        assert "Only the hosts" in await bob.fail("/room end")
        await ada.do("/room end")
        await bob.see(lambda view: not view.is_live)
        assert bob.was_called(RoomCall.ENDED)
        await ada.see(lambda view: not view.is_live and view.may_start)
        assert "No room is live" in await bob.do("/room who")


async def test_without_our_extension_a_stage_is_held_by_discords_routes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LiveRooms, "has_extension", False)
    async with club(tmp_path) as town:
        ada, bob = town.ada, town.bob
        for person in (ada, bob):
            person.client.state.features = frozenset()
        await ada.do("/room start News")
        for person in (ada, bob):
            await person.see(lambda view: view.is_live)
            person.sit()
        await ada.see(lambda view: view.is_here)
        await bob.see(lambda view: view.is_here and ids(view.speakers) == [ada.id])
        await bob.do("/room raise")
        await ada.see(lambda view: ids(view.asking) == [bob.id])
        await ada.do("/room invite")
        await bob.see(lambda view: view.is_invited)
        await bob.do("/room accept")
        await ada.see(lambda view: bob.id in ids(view.speakers))
        await ada.do("/room down @bob")
        await bob.see(lambda view: not view.is_speaker)
        assert "Discord's stages" in await ada.fail("/room block @bob")
        await ada.do("/room topic Other news")
        await bob.see(lambda view: view.topic == "Other news")
        await ada.do("/room remove @bob")
        await bob.see(lambda view: not view.is_here)
        await ada.do("/room end")
        await bob.see(lambda view: not view.is_live)
