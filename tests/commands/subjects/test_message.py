"""Commands about messages, over a real server."""

from pathlib import Path

import pytest

from tests.client.running import make_client, running
from tests.client.site import Site
from tests.client.waiting import until
from tests.commands.fake_client import FakeScreen
from tuichat.client.client import Client
from tuichat.client.endpoint import parse_url
from tuichat.commands.context import CommandContext, Outcome
from tuichat.commands.engine import Engine
from tuichat.protocol.channel import THREADS, ChannelType


async def submit(client: Client, site: Site, line: str, screen: FakeScreen | None = None) -> Outcome:
    context = CommandContext(client, site.channel_id, screen, clients={client.key: client}, is_script=screen is None)
    outcome = await Engine().submit(line, context)
    if outcome.entry_key is not None:
        await until(lambda: not client.state.timeline(site.channel_id).unsent)
    return outcome


async def test_messages_are_answered_and_reacted_to(site: Site, tmp_path: Path) -> None:
    first = await site.other.send(str(site.channel_id), "question")
    async with running(make_client(parse_url(site.server.base_url), site.me, tmp_path)) as me:
        assert (await submit(me, site, "/reply last answer one")).is_done
        assert (await submit(me, site, f"/reply {first.id} answer two")).is_done
        answers = [entry.message for entry in me.state.timeline(site.channel_id)][-2:]
        assert [each.content for each in answers] == ["answer one", "answer two"]
        assert (await submit(me, site, f"/react {first.id} tada")).is_done
        await until(lambda: bool(me.state.timeline(site.channel_id)[-3].message.reactions))
        wrong = await submit(me, site, "/reply first answer")
        assert wrong.is_mistake
        assert "or the word last" in wrong.text


async def test_a_file_is_sent_and_a_thread_begun(site: Site, tmp_path: Path) -> None:
    (tmp_path / "build.log").write_text("fine")
    async with running(make_client(parse_url(site.server.base_url), site.me, tmp_path)) as me:
        assert (await submit(me, site, f"/upload {tmp_path}/build.log the log")).is_done
        sent = me.state.timeline(site.channel_id)[-1].message
        assert (sent.content, [each.filename for each in sent.attachments]) == ("the log", ["build.log"])
        begun = await submit(me, site, "/thread plans of the week")
        assert begun.text.endswith("/#plans of the week")
        assert any(channel.type in THREADS for channel in me.state.channels.values())
        screen = FakeScreen()
        await submit(me, site, "/thread other plans", screen)
        assert len(screen.opened) == 1
        assert "100" in (await submit(me, site, f"/thread {'x' * 101}")).text


async def test_a_thread_begins_at_a_message_or_for_its_members_alone(site: Site, tmp_path: Path) -> None:
    async with running(make_client(parse_url(site.server.base_url), site.me, tmp_path)) as me:
        sent = await site.other.send(str(site.channel_id), "what of it")
        both = await submit(me, site, "/thread at=last private=on both")
        assert "leave out private" in both.text
        assert (await submit(me, site, "/thread at=last talk of it")).is_done
        assert (await submit(me, site, "/thread private=on among us")).is_done
    kinds = {channel.name: channel.type for channel in me.state.channels.values() if channel.type in THREADS}
    assert kinds["among us"] == ChannelType.PRIVATE_THREAD
    assert kinds["talk of it"] == ChannelType.PUBLIC_THREAD
    assert int(sent.id) in me.state.channels, "a thread at a message has its id"


async def test_a_search_gives_messages(site: Site, tmp_path: Path) -> None:
    await site.other.send(str(site.channel_id), "a needle in hay")
    await site.other.send(str(site.channel_id), "hay")
    async with running(make_client(parse_url(site.server.base_url), site.me, tmp_path)) as me:
        found = await submit(me, site, "/search needle")
        assert [each.message.content for each in found.found] == ["a needle in hay"]
        screen = FakeScreen()
        await submit(me, site, "/search needle", screen)
        assert "a needle in hay" in screen.texts[0][1]
        assert (await submit(me, site, "/search nothing of that")).found == ()


async def test_a_status_is_set_with_words(site: Site, tmp_path: Path) -> None:
    async with running(make_client(parse_url(site.server.base_url), site.me, tmp_path)) as me:
        assert (await submit(me, site, "/status dnd in a meeting")).is_done
        await until(lambda: me.state.settings.custom_status is not None)
        assert (await submit(me, site, "/status clear")).is_done
        await until(lambda: me.state.settings.custom_status is None)


@pytest.mark.parametrize("line", ["/status", "/status away", "/status clear words", "/status dnd " + "x" * 129])
async def test_a_wrong_status_is_refused(site: Site, tmp_path: Path, line: str) -> None:
    client = make_client(parse_url(site.server.base_url), site.me, tmp_path)
    assert (await submit(client, site, line)).is_mistake
    await client.close()


def test_states_are_completed() -> None:
    assert [each.text for each in Engine().suggest("/status i", CommandContext())] == [
        "/status idle ",
        "/status invisible ",
    ]
