"""Reactions, pins, forwards and being unread, against a real server."""

from pathlib import Path

from tests.client.running import make_client, running
from tests.client.site import Site
from tests.client.waiting import until
from tuichat.client.client import Client
from tuichat.client.endpoint import parse_url
from tuichat.client.message_marks import emoji_of
from tuichat.protocol.message import Message


async def written(client: Client, place: Site, text: str) -> Message:
    """Send a message and return it as the server has it."""
    key = client.send_message(place.channel_id, text)
    known = client.state.timeline(place.channel_id)
    await until(lambda: not known.unsent)
    return next(entry.message for entry in known.confirmed if entry.key == key)


def reactions(client: Client, place: Site, message: Message) -> list[tuple[str | None, int, bool]]:
    entry = client.state.timeline(place.channel_id).find(message.id)
    found = entry.message.reactions if entry is not None else None
    return [(each.emoji.name, each.count, each.me) for each in found] if isinstance(found, list) else []


async def test_a_reaction_is_counted_once_and_taken_back(site: Site, tmp_path: Path) -> None:
    endpoint, channel_id = parse_url(site.server.base_url), site.channel_id
    async with (
        running(make_client(endpoint, site.me, tmp_path)) as me,
        running(make_client(endpoint, site.other, tmp_path)) as other,
    ):
        await me.open_channel(channel_id)
        await other.open_channel(channel_id)
        message = await written(me, site, "react to me")
        await until(lambda: other.state.timeline(channel_id).find(message.id))
        await other.marks.toggle_reaction(channel_id, message.id, emoji_of("👍"))
        await me.marks.toggle_reaction(channel_id, message.id, emoji_of("👍"))
        await until(lambda: reactions(me, site, message) == reactions(other, site, message) == [("👍", 2, True)])
        who = await me.marks.reactors(channel_id, message.id, emoji_of("👍"))
        assert {str(int(user.id)) for user in who} == {site.me.user_id, site.other.user_id}
        await me.marks.toggle_reaction(channel_id, message.id, emoji_of("👍"))
        await until(lambda: reactions(me, site, message) == [("👍", 1, False)])


async def test_a_forward_and_a_pin_reach_the_other(site: Site, tmp_path: Path) -> None:
    endpoint, channel_id = parse_url(site.server.base_url), site.channel_id
    async with (
        running(make_client(endpoint, site.me, tmp_path)) as me,
        running(make_client(endpoint, site.other, tmp_path)) as other,
    ):
        await me.open_channel(channel_id)
        await other.open_channel(channel_id)
        message = await written(other, site, "worth keeping")  # the owner of the guild may pin
        copy = await other.marks.forward(channel_id, message.id, channel_id, "12345")
        again = await other.marks.forward(channel_id, message.id, channel_id, "12345")
        assert again.id == copy.id
        await until(lambda: me.state.timeline(channel_id).find(copy.id))
        await other.marks.pin(channel_id, message.id)
        await until(lambda: (entry := me.state.timeline(channel_id).find(message.id)) and entry.message.pinned)


async def test_unread_again_is_so_on_every_device(site: Site, tmp_path: Path) -> None:
    endpoint, channel_id = parse_url(site.server.base_url), site.channel_id
    async with (
        running(make_client(endpoint, site.me, tmp_path)) as me,
        running(make_client(endpoint, site.me, tmp_path / "laptop")) as laptop,
        running(make_client(endpoint, site.other, tmp_path)) as other,
    ):
        for client in (me, other):
            await client.open_channel(channel_id)
        message = await written(other, site, f"<@{site.me.user_id}> read me")
        await until(lambda: me.state.timeline(channel_id).find(message.id))
        await me.mark_read(channel_id)
        await until(lambda: not laptop.state.is_unread(channel_id) and not laptop.state.mention_count(channel_id))
        await me.mark_unread(channel_id, message.id)
        await until(lambda: laptop.state.is_unread(channel_id))
        assert me.state.mention_count(channel_id) == laptop.state.mention_count(channel_id) == 1
