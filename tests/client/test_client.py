"""Clients against the real server over real sockets: nothing is lost and nothing doubled, wherever a connection breaks."""

from pathlib import Path

import pytest

from tests.client.faulty_proxy import Direction
from tests.client.running import make_client, running
from tests.client.site import Site
from tests.client.waiting import until
from tuichat.client.change import Change, HistoryLoaded, MessageAdded, MessageChanged
from tuichat.client.client import Client
from tuichat.client.endpoint import parse_url, personal_endpoint
from tuichat.client.errors import ClientError
from tuichat.client.outbox import Outbox
from tuichat.client.state import Connection, Delivery


def shown(client: Client, channel_id: int) -> list[tuple[int, str]]:
    return [(int(entry.message.id), entry.message.content) for entry in client.state.timeline(channel_id)]


def is_settled(client: Client, channel_id: int) -> bool:
    known = client.state.timeline(channel_id)
    return not known.unsent and not known.is_stale and client.state.connection is Connection.READY


@pytest.mark.parametrize("kind", ["tcp", "unix"])
async def test_two_clients_talk(site: Site, kind: str, tmp_path: Path) -> None:
    endpoint = parse_url(site.server.base_url) if kind == "tcp" else personal_endpoint(site.server.socket_path)
    channel_id = site.channel_id
    async with (
        running(make_client(endpoint, site.me, tmp_path)) as me,
        running(make_client(endpoint, site.other, tmp_path)) as other,
    ):
        await me.open_channel(channel_id)
        await other.open_channel(channel_id)
        changes: list[Change] = []
        me.subscribe(changes.extend)
        key = me.send_message(channel_id, "hello")
        assert me.state.timeline(channel_id)[-1].delivery is Delivery.PENDING
        await until(lambda: (shown(other, channel_id) or [(0, "")])[-1][1] == "hello")
        await until(lambda: is_settled(me, channel_id))
        assert me.state.timeline(channel_id)[-1].key == key
        assert changes[0] == MessageAdded(channel_id, key)
        assert MessageChanged(channel_id, key) in changes
        assert shown(me, channel_id) == shown(other, channel_id) == await site.truth()


async def test_reply_edit_and_deletion_reach_the_other(site: Site, tmp_path: Path) -> None:
    endpoint, channel_id = parse_url(site.server.base_url), site.channel_id
    async with (
        running(make_client(endpoint, site.me, tmp_path)) as me,
        running(make_client(endpoint, site.other, tmp_path)) as other,
    ):
        await other.open_channel(channel_id)
        await me.open_channel(channel_id)
        first = me.send_message(channel_id, "question")
        await until(lambda: is_settled(me, channel_id))
        question = me.state.timeline(channel_id)[-1].message
        await until(lambda: other.state.timeline(channel_id).find(question.id))
        other.send_message(channel_id, "answer", reply_to=question.id)
        await until(lambda: shown(me, channel_id)[-1][1] == "answer")
        reference = me.state.timeline(channel_id)[-1].message.message_reference
        assert getattr(reference, "message_id", None) == question.id
        await me.edit_message(channel_id, question.id, "better question")
        await until(lambda: any(text == "better question" for _, text in shown(other, channel_id)))
        assert me.state.timeline(channel_id).index_of_key(first) is not None
        await me.delete_message(channel_id, question.id)
        await until(lambda: not other.state.timeline(channel_id).find(question.id))
        assert shown(me, channel_id) == shown(other, channel_id)


async def test_older_history_comes_without_a_gap(site: Site, tmp_path: Path) -> None:
    for number in range(85):
        await site.other.send(str(site.channel_id), f"line {number}")
    channel_id = site.channel_id
    async with running(make_client(parse_url(site.server.base_url), site.me, tmp_path)) as me:
        await me.open_channel(channel_id)
        assert len(me.state.timeline(channel_id)) == 50
        changes: list[Change] = []
        me.subscribe(changes.extend)
        for expected in (70, 85):
            await me.load_history(channel_id, limit=20)
            lines = [text for _, text in shown(me, channel_id) if text.startswith("line ")]
            assert lines == [f"line {number}" for number in range(85 - expected, 85)]
        await me.load_history(channel_id)
        assert not me.state.timeline(channel_id).has_older
        assert changes[0] == HistoryLoaded(channel_id, 20)


async def test_old_message_is_jumped_to_and_read_on_from_to_the_present(site: Site, tmp_path: Path) -> None:
    for number in range(200):
        await site.other.send(str(site.channel_id), f"line {number}")
    channel_id = site.channel_id
    truth = await site.truth()
    async with running(make_client(parse_url(site.server.base_url), site.me, tmp_path)) as me:
        await me.open_channel(channel_id)
        wanted = truth[20][0]
        await me.history.load_around(channel_id, wanted)
        window = me.state.shown(channel_id)
        assert window.has_newer
        assert window.find(wanted) is not None
        await site.other.send(str(channel_id), "written meanwhile")
        await until(lambda: shown(me, channel_id)[-1][1] == "written meanwhile")
        assert len(window) == 50 - (25 - 21)
        for _ in range(6):
            await me.history.load_newer(channel_id, 50)
        assert me.state.shown(channel_id) is me.state.timeline(channel_id)
        await me.load_history(channel_id)
        assert shown(me, channel_id) == await site.truth()


async def test_refused_message_fails_with_the_servers_sentence(site: Site, tmp_path: Path) -> None:
    async with running(make_client(parse_url(site.server.base_url), site.me, tmp_path)) as me:
        key = me.send_message(12345, "into nowhere")
        known = me.state.timeline(12345)
        await until(lambda: known.unsent[0].delivery is Delivery.FAILED)
        assert "nknown" in known.unsent[0].error
        me.retry_message(12345, key)
        assert known.unsent[0].delivery is Delivery.PENDING
        await until(lambda: known.unsent[0].delivery is Delivery.FAILED)
        me.discard_message(12345, key)
        assert len(known) == 0


async def test_text_that_cannot_be_sent_stays_with_its_author(site: Site, tmp_path: Path) -> None:
    client = make_client(parse_url(site.server.base_url), site.me, tmp_path)
    for text in ("", " \n\t ", "x" * 2001):
        with pytest.raises(ClientError):
            client.send_message(site.channel_id, text)
    assert len(client.state.timeline(site.channel_id)) == 0


CUTS = [
    (Direction.TO_SERVER, b"POST /api/v10/channels", 0),
    (Direction.TO_SERVER, b"POST /api/v10/channels", 40),
    (Direction.TO_SERVER, b'"enforce_nonce"', 5),
    (Direction.TO_SERVER, b'"enforce_nonce"', 1000),
    (Direction.TO_CLIENT, b"HTTP/1.1 200", 0),
    (Direction.TO_CLIENT, b"HTTP/1.1 200", 30),
    (Direction.TO_CLIENT, b'"nonce"', 10),
]


@pytest.mark.slow
@pytest.mark.parametrize(("direction", "marker", "more_bytes"), CUTS)
async def test_connection_that_breaks_while_sending_neither_loses_nor_doubles(
    site: Site, direction: Direction, marker: bytes, more_bytes: int, tmp_path: Path
) -> None:
    channel_id = site.channel_id
    async with running(make_client(parse_url(site.proxy.url), site.me, tmp_path)) as me:
        await me.open_channel(channel_id)
        site.proxy.cut_after(direction, marker, more_bytes)
        for number in range(5):
            me.send_message(channel_id, f"word {number}")
        await until(lambda: is_settled(me, channel_id))
        assert site.proxy.cuts == 1
        truth = await site.truth()
        assert [text for _, text in truth if text] == [f"word {number}" for number in range(5)]
        await until(lambda: shown(me, channel_id) == truth)
    assert Outbox(tmp_path, me.key).load(0) == []


async def test_session_that_is_cut_resumes_with_all_that_was_missed(site: Site, tmp_path: Path) -> None:
    channel_id = site.channel_id
    async with running(make_client(parse_url(site.proxy.url), site.me, tmp_path)) as me:
        await me.open_channel(channel_id)
        for number in range(20):
            sent = await site.other.send(str(channel_id), f"word {number}")
            if number % 5 == 0:
                site.proxy.cut_all()
                await site.other.call(
                    "PATCH", f"/channels/{channel_id}/messages/{sent.id}", object, {"content": "edited"}
                )
            if number % 7 == 0:
                status, _ = await site.other.raw("DELETE", f"/channels/{channel_id}/messages/{sent.id}")
                assert status == 204
        truth = await site.truth()
        await until(lambda: shown(me, channel_id) == truth)
        assert not me.state.timeline(channel_id).is_stale
        assert me.state.session == 1, "every break was resumed"


async def test_fresh_session_reconciles_edits_and_deletions(site: Site, tmp_path: Path) -> None:
    """The server forgets the session while the client is away; what happened meanwhile is found out."""
    channel_id = site.channel_id
    sent = [await site.other.send(str(channel_id), f"word {number}") for number in range(70)]
    async with running(make_client(parse_url(site.proxy.url), site.me, tmp_path)) as me:
        await me.open_channel(channel_id)
        await me.load_history(channel_id)
        keys = [entry.key for entry in me.state.timeline(channel_id)]
        for connection in list(site.server.server.gateway.connections):
            connection.end(4009, "test")  # session timed out: a new one it must be
        path = f"/channels/{channel_id}/messages"
        await site.other.call("PATCH", f"{path}/{sent[5].id}", object, {"content": "edited"})
        await site.other.raw("DELETE", f"{path}/{sent[60].id}")
        await site.other.send(str(channel_id), "meanwhile")
        truth = await site.truth()
        await until(lambda: me.state.session == 2 and shown(me, channel_id) == truth)
        kept = [entry.key for entry in me.state.timeline(channel_id)][:-1]
        assert kept == [key for key in keys if key != sent[60].id], "a reader's place stays where it was"


async def test_unsent_words_outlive_the_client(site: Site, tmp_path: Path) -> None:
    channel_id = site.channel_id
    endpoint = parse_url(site.proxy.url)
    async with running(make_client(endpoint, site.me, tmp_path)) as me:
        await me.open_channel(channel_id)
        site.proxy.cut_after(Direction.TO_CLIENT, b"HTTP/1.1 200", 0)  # acknowledged, and the answer lost
        me.send_message(channel_id, "first")
        await until(lambda: site.proxy.cuts == 1)
        me.send_message(channel_id, "second")
    async with running(make_client(endpoint, site.me, tmp_path)) as me:
        await me.open_channel(channel_id)
        await until(lambda: is_settled(me, channel_id))
        truth = await site.truth()
        assert [text for _, text in truth if text] == ["first", "second"]
        await until(lambda: shown(me, channel_id) == truth)


async def test_typing_reading_and_presence_reach_the_other(site: Site, tmp_path: Path) -> None:
    endpoint, channel_id = parse_url(site.server.base_url), site.channel_id
    me_id = int(site.me.user_id)
    async with running(make_client(endpoint, site.other, tmp_path)) as other:
        async with running(make_client(endpoint, site.me, tmp_path)) as me:
            await until(lambda: other.state.status(me_id) == "online")
            for _ in range(50):
                me.typing(channel_id)
            await until(lambda: me_id in other.state.typing.get(channel_id, {}))
            await me.set_presence("dnd")
            await until(lambda: other.state.status(me_id) == "dnd")
            other.send_message(channel_id, f"hi <@{me_id}>")
            await until(lambda: me.state.mention_count(channel_id) == 1)
            assert me.state.is_unread(channel_id)
            await me.mark_read(channel_id)
            assert not me.state.is_unread(channel_id)
            async with running(make_client(endpoint, site.me, tmp_path)) as elsewhere:
                await until(lambda: not elsewhere.state.is_unread(channel_id))
        await until(lambda: other.state.status(me_id) == "offline")


async def test_two_clients_talk_in_private(site: Site, tmp_path: Path) -> None:
    endpoint = parse_url(site.server.base_url)
    me_id, other_id = int(site.me.user_id), int(site.other.user_id)
    async with (
        running(make_client(endpoint, site.other, tmp_path)) as other,
        running(make_client(endpoint, site.me, tmp_path)) as me,
    ):
        channel = await me.places.open_private_channel(other_id)
        assert me.state.private_channel_ids == [channel.id]
        me.send_message(channel.id, "psst")
        await until(lambda: other.state.mention_count(channel.id) == 1)
        assert other.state.private_channel_ids == [channel.id]
        other.typing(channel.id)
        await until(lambda: other_id in me.state.typing.get(channel.id, {}))
        await other.open_channel(channel.id)
        await until(lambda: [text for _, text in shown(other, channel.id)] == ["psst"])
        await other.mark_read(channel.id)
        async with running(make_client(endpoint, site.other, tmp_path)) as elsewhere:
            await until(lambda: not elsewhere.state.is_unread(channel.id))
            recipients = elsewhere.state.channels[channel.id].recipients
            assert isinstance(recipients, list)
            assert [int(person.id) for person in recipients] == [me_id]


async def test_guild_is_made_and_joined_by_invite(site: Site, tmp_path: Path) -> None:
    endpoint = parse_url(site.server.base_url)
    async with (
        running(make_client(endpoint, site.me, tmp_path)) as me,
        running(make_client(endpoint, site.other, tmp_path)) as other,
    ):
        guild = await me.places.create_guild("Second")
        await until(lambda: guild.id in me.state.guilds)
        channel = await me.places.create_channel(guild.id, "plans")
        await until(lambda: channel.id in me.state.channels)
        invite = await me.places.create_invite(channel.id)
        await other.places.accept_invite(invite.code)
        await until(lambda: guild.id in other.state.guilds)
        await other.own.set_nickname(guild.id, "Guest")
        user_id = int(site.other.user_id)
        await until(lambda: me.state.guilds[guild.id].members[user_id].nick == "Guest")
        await other.guild_settings.leave(guild.id)
        await until(lambda: guild.id not in other.state.guilds)
        await until(lambda: user_id not in me.state.guilds[guild.id].members)
        with pytest.raises(ClientError):
            await other.places.accept_invite("no-such-invite")


async def test_revoked_token_is_told(site: Site, tmp_path: Path) -> None:
    async with running(make_client(parse_url(site.server.base_url), site.me, tmp_path)) as me:
        status, _ = await site.me.raw("POST", "/auth/logout", {})
        assert status == 204
        await until(lambda: me.state.connection is Connection.REFUSED)
        assert "sign in again" in me.state.connection_note
