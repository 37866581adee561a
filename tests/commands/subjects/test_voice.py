"""Voice by short commands, and what moderators do in it."""

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from tests.client.site import Site
from tests.client.waiting import until
from tests.commands.fake_client import FakeClient, context
from tests.commands.subjects.test_room_over_a_server import SilentLine
from tests.commands.typing_people import team
from tests.tui.fake_desk import CALL, FakeDesk
from tuichat.commands.context import Outcome
from tuichat.commands.engine import Engine
from tuichat.protocol.channel import ChannelType


async def submit(desk: FakeDesk | None, line: str) -> Outcome:
    return await Engine().submit(line, replace(context(FakeClient()), desk=desk))


@pytest.mark.parametrize(
    ("line", "asked"),
    [
        ("/mute", ("mute", True)),
        ("/unmute", ("mute", False)),
        ("/deafen", ("deafen", True)),
        ("/undeafen", ("deafen", False)),
    ],
)
async def test_short_commands_do_what_those_of_the_call_do(line: str, asked: tuple[object, ...]) -> None:
    desk = FakeDesk()
    assert (await submit(desk, line)).is_done
    assert asked in desk.asked
    twice = await submit(desk, line)  # said twice, it is no toggle
    assert twice.is_done
    assert desk.asked[-1] == asked


async def test_somebody_is_louder_for_one() -> None:
    desk = FakeDesk()
    assert (await submit(desk, "/volume @carol 150")).is_done
    assert desk.volumes == {("server/1000", 8): 150}
    assert (await submit(desk, "/volume @carol 201")).is_mistake


async def test_where_nobody_can_speak_that_is_told() -> None:
    assert "running tuichat" in (await submit(None, "/mute")).text


async def test_a_moderator_who_muted_one_has_the_last_word() -> None:
    desk = FakeDesk()
    desk.show(msgspec.structs.replace(CALL, is_server_muted=True))
    outcome = await submit(desk, "/unmute")
    assert not outcome.is_done
    assert "moderator has muted you" in outcome.text


@pytest.mark.slow
async def test_a_moderator_mutes_moves_and_puts_out(site: Site, tmp_path: Path) -> None:
    async with team(site, tmp_path) as people:
        owner, member = people.owner, people.member
        guild_id = int(owner.guild.guild.id)
        lounge = await owner.client.places.create_channel(guild_id, "lounge", ChannelType.VOICE)
        other = await owner.client.places.create_channel(guild_id, "other", ChannelType.VOICE)
        await until(lambda: int(other.id) in member.client.state.channels)
        assert "in no voice channel" in (await owner.fail("/voice mute @me")).text
        member.client.voice.link = SilentLine()
        member.client.voice.join(guild_id, int(lounge.id))
        await until(lambda: member.id in owner.guild.voice_states)

        def state() -> tuple[bool, bool, int | None]:
            found = owner.guild.voice_states.get(member.id)
            return (False, False, None) if found is None else (found.mute, found.deaf, found.channel_id)

        await owner.do("/voice mute @me")
        await until(lambda: state()[0])
        await owner.do("/voice unmute @me")
        await until(lambda: not state()[0])
        await owner.do("/voice deafen @me")
        await until(lambda: state()[1])
        await owner.do("/voice undeafen @me")
        await owner.do("/voice move @me #other")
        await until(lambda: state()[2] == int(other.id))
        assert (await owner.fail("/voice move @me")).is_mistake
        assert (await owner.fail("/voice move @me #general")).is_mistake
        await owner.do("/voice disconnect @me")
        await until(lambda: state()[2] is None)
        for line in ("/voice mute @other", "/voice move @other #other"):
            assert "Ask somebody who runs the server" in (await member.fail(line)).text
