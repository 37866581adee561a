"""Who is told that channels appear and vanish: everybody concerned, and as at the commit."""

import msgspec
import pytest

from tests.server.actions.conftest import Town
from tuichat.protocol import codec
from tuichat.protocol.channel import Channel, ChannelType
from tuichat.protocol.permissions import NONE, Permissions
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import presence, visibility
from tuichat.server.actions.visibility import telling_visibility
from tuichat.server.store.channel_rows import ChannelRow, OverwriteRow

VIEW = Permissions.VIEW_CHANNEL


def told(town: Town) -> set[tuple[str, str, str]]:
    """What was told of channels to whom, as names."""
    names = {actor.user_id: name for name, actor in town.people.items()}
    return {
        (event.name, codec.decode(event.body, Channel).name or "", names[Snowflake(user_id)])
        for event in town.published
        if event.name in ("CHANNEL_CREATE", "CHANNEL_DELETE")
        for user_id in event.user_ids or ()
    }


@pytest.fixture
async def crowd(town: Town) -> Town:
    """Everybody is connected, with channels `open`, `mods` and `bobs`, each seen by whom it says."""
    for name in ("ada", "mod", "bob", "hush"):
        presence.session_opened(town.ctx, town.people[name], "s")
    hidden = OverwriteRow(id=town.guild_id, type=0, deny=VIEW)
    for name, overwrites in (
        ("open", ()),
        ("mods", (hidden, OverwriteRow(id=town.mod_role, type=0, allow=VIEW))),
        ("bobs", (hidden, OverwriteRow(id=town.bob.user_id, type=1, allow=VIEW))),
    ):
        town.ctx.guilds.put_channel(
            town.state,
            ChannelRow(
                id=town.ctx.next_id(),
                type=ChannelType.TEXT,
                guild_id=town.guild_id,
                name=name,
                overwrites=overwrites,
            ),
        )
    town.published.clear()
    return town


def set_everyone(town: Town, permissions: Permissions) -> None:
    everyone = town.state.roles[town.guild_id]
    town.state.put_role(msgspec.structs.replace(everyone, permissions=permissions))


async def test_everyones_loss_is_told_to_all_but_those_who_see_on(crowd: Town) -> None:
    before = crowd.state.roles[crowd.guild_id].permissions
    telling_visibility(crowd.ctx, crowd.state, lambda: set_everyone(crowd, before & ~VIEW))()
    lost = told(crowd)
    assert ("CHANNEL_DELETE", "open", "bob") in lost
    assert ("CHANNEL_DELETE", "open", "hush") in lost
    assert not {entry for entry in lost if entry[1] in ("mods", "bobs") or entry[2] == "ada"}
    crowd.published.clear()
    telling_visibility(crowd.ctx, crowd.state, lambda: set_everyone(crowd, before))()
    assert told(crowd) == {("CHANNEL_CREATE", name, who) for _, name, who in lost}


async def test_somebody_with_an_overwrite_of_its_own_is_told_apart(crowd: Town) -> None:
    row = next(row for row in crowd.state.channels.values() if row.name == "mods")
    opened = msgspec.structs.replace(
        row, overwrites=(*row.overwrites, OverwriteRow(id=crowd.people["hush"].user_id, type=1, allow=VIEW, deny=NONE))
    )
    change = lambda: crowd.ctx.guilds.put_channel(crowd.state, opened)  # noqa: E731  # wrapped below
    telling_visibility(crowd.ctx, crowd.state, change, channel_ids=[int(row.id)])()
    assert told(crowd) == {("CHANNEL_CREATE", "mods", "hush")}


async def test_who_connects_while_the_write_is_under_way_is_told(crowd: Town) -> None:
    presence.session_closed(crowd.ctx, crowd.bob, "s")
    before = crowd.state.roles[crowd.guild_id].permissions
    apply = telling_visibility(crowd.ctx, crowd.state, lambda: set_everyone(crowd, before & ~VIEW))
    presence.session_opened(crowd.ctx, crowd.bob, "t")
    apply()
    assert ("CHANNEL_DELETE", "open", "bob") in told(crowd)


async def test_only_the_holders_of_a_role_are_looked_at(crowd: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[int] = []
    sight = visibility._sight

    def note(state: object, user_id: int, concerned: list[int] | None) -> object:
        looked_at.append(user_id)
        return sight(state, user_id, concerned)  # type: ignore[arg-type]  # what it was given

    monkeypatch.setattr(visibility, "_sight", note)
    telling_visibility(crowd.ctx, crowd.state, lambda: None, role_id=crowd.mod_role)()
    assert set(looked_at) == {crowd.people["mod"].user_id}
    looked_at.clear()
    for number in range(50):  # of the same roles: one of them is looked at for all
        extra = await crowd.add_person(f"extra{number}")
        await crowd.join(extra)
        presence.session_opened(crowd.ctx, extra, "s")
    telling_visibility(crowd.ctx, crowd.state, lambda: None)()
    assert len(looked_at) == 2 * 4  # ada, mod, bob, and all the others; before and after


async def test_who_loses_a_channel_is_not_told_what_it_became(crowd: Town) -> None:
    (row,) = (row for row in crowd.state.channels.values() if row.name == "open")
    hidden = OverwriteRow(id=crowd.guild_id, type=0, deny=VIEW)
    secret = msgspec.structs.replace(row, name="layoffs", topic="who goes", overwrites=(hidden,))
    telling_visibility(
        crowd.ctx, crowd.state, lambda: crowd.ctx.guilds.put_channel(crowd.state, secret), channel_ids=[row.id]
    )()
    (gone,) = (codec.decode(event.body, Channel) for event in crowd.published if event.name == "CHANNEL_DELETE")
    assert (gone.name, gone.topic, gone.permission_overwrites) == ("open", None, [])
    crowd.published.clear()
    shown = msgspec.structs.replace(row, name="news")
    telling_visibility(
        crowd.ctx, crowd.state, lambda: crowd.ctx.guilds.put_channel(crowd.state, shown), channel_ids=[row.id]
    )()
    (come,) = (codec.decode(event.body, Channel) for event in crowd.published if event.name == "CHANNEL_CREATE")
    assert come.name == "news"
