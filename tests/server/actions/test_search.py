"""Search: only what the asker may read, and every word of the answer."""

import secrets

import msgspec
import pytest

from tests.server.actions.conftest import Town, refused
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.channel import CreateChannelRequest
from tuichat.protocol.search import IndexNotReady, SearchAnswer
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import channels, search
from tuichat.server.actions.context import Actor
from tuichat.server.store.channel_rows import ChannelRow, OverwriteRow, ThreadFields, ThreadMemberRow
from tuichat.server.store.message_rows import MessageRow
from tuichat.server.store.message_search import Has, MessageSearch, SearchIndexing, SearchPage, parse_phrases
from tuichat.server.store.operations import Put


async def find(town: Town, actor: Actor, content: str, *channel_ids: int, include_nsfw: bool = False) -> list[str]:
    answer = await search.search_guild(
        town.ctx,
        actor,
        town.guild_id,
        MessageSearch(phrases=parse_phrases(content)),
        channel_ids,
        include_nsfw=include_nsfw,
    )
    assert isinstance(answer, SearchAnswer)
    found = [hit.content for (hit,) in answer.messages]
    assert answer.total_results == len(found)
    return found


async def write(town: Town, channel_id: int, content: str) -> MessageRow:
    row = MessageRow(
        id=town.ctx.next_id(), channel_id=Snowflake(channel_id), author_id=town.ada.user_id, content=content
    )
    return await town.ctx.store.add_message(row)


async def add_channel(town: Town, name: str, **fields: object) -> Snowflake:
    """Put a channel into the store and into memory."""
    values: dict[str, object] = {"type": 0, "guild_id": town.state.id, "name": name, **fields}
    row = ChannelRow(id=town.ctx.next_id(), **values)  # type: ignore[arg-type]  # a test's own words
    await town.ctx.store.write([Put(row)])
    town.ctx.guilds.put_channel(town.state, row)
    return row.id


def closed(town: Town, denied: Permissions) -> tuple[OverwriteRow, ...]:
    return (OverwriteRow(id=town.state.id, type=0, deny=denied),)


async def test_only_what_may_be_read_is_found(town: Town) -> None:
    await write(town, town.general, "word in general")
    hidden = await add_channel(town, "hidden", overwrites=closed(town, Permissions.VIEW_CHANNEL))
    silent = await add_channel(town, "silent", overwrites=closed(town, Permissions.READ_MESSAGE_HISTORY))
    for channel_id, name in ((hidden, "hidden"), (silent, "silent")):
        await write(town, channel_id, f"word in {name}")
    assert await find(town, town.ada, "word") == ["word in silent", "word in hidden", "word in general"]
    assert await find(town, town.people["mod"], "word") == ["word in general"]
    assert await find(town, town.bob, "word") == ["word in general"]
    assert await find(town, town.people["hush"], "word") == ["word in general"]  # a timeout hides nothing
    assert await find(town, town.bob, "word", hidden, silent) == []
    assert await find(town, town.ada, "word", hidden, town.general) == ["word in hidden", "word in general"]
    with refused(50001, 403):
        await find(town, town.eve, "word")
    with refused(10004, 404):
        await search.search_guild(town.ctx, town.ada, 7, MessageSearch())


async def test_a_channel_is_searched_by_who_may_read_it(town: Town) -> None:
    await write(town, town.general, "word")
    silent = await add_channel(town, "silent", overwrites=closed(town, Permissions.READ_MESSAGE_HISTORY))
    await write(town, silent, "word")

    async def total(actor: Actor, channel_id: int) -> int:
        answer = await search.search_channel(town.ctx, actor, channel_id, MessageSearch(phrases=("word",)))
        assert isinstance(answer, SearchAnswer)
        return answer.total_results

    assert await total(town.bob, town.general) == 1
    assert await total(town.ada, silent) == 1
    with refused(50013, 403):
        await total(town.bob, silent)
    with refused(50001, 403):
        await total(town.eve, town.general)
    with refused(10003, 404):
        await total(town.ada, 7)


async def test_a_direct_message_is_searched_by_its_people(town: Town) -> None:
    direct = ChannelRow(
        id=town.ctx.next_id(), type=1, guild_id=None, name="", recipient_ids=(town.ada.user_id, town.eve.user_id)
    )
    await town.ctx.store.write([Put(direct)])
    town.ctx.directs.put(direct)
    await write(town, direct.id, "between us")
    wanted = MessageSearch(phrases=("between",))
    for actor in (town.ada, town.eve):
        answer = await search.search_channel(town.ctx, actor, direct.id, wanted)
        assert isinstance(answer, SearchAnswer)
        assert [hit.content for (hit,) in answer.messages] == ["between us"]
    with refused(50001, 403):
        await search.search_channel(town.ctx, town.bob, direct.id, wanted)
    assert await find(town, town.ada, "between") == []


async def test_age_restricted_channels_are_searched_when_asked_for(town: Town) -> None:
    adult = await add_channel(town, "adult", is_nsfw=True)
    thread = await add_channel(town, "below", type=11, parent_id=adult, thread=ThreadFields(created_ms=1, changed_ms=1))
    await write(town, adult, "word")
    await write(town, thread, "word below")
    assert await find(town, town.bob, "word") == []
    assert await find(town, town.bob, "word", adult) == []
    assert await find(town, town.bob, "word", include_nsfw=True) == ["word below", "word"]


async def test_threads_are_searched_as_they_are_seen(town: Town) -> None:
    fields = ThreadFields(created_ms=1, changed_ms=1)
    public = await add_channel(town, "public", type=11, parent_id=town.general, thread=fields)
    private = await add_channel(town, "private", type=12, parent_id=town.general, thread=fields)
    await write(town, public, "word in public")
    await write(town, private, "word in private")
    assert await find(town, town.bob, "word") == ["word in public"]
    member = ThreadMemberRow(thread_id=private, user_id=town.bob.user_id, joined_ms=1)
    town.state.thread_members.setdefault(private, {})[town.bob.user_id] = member
    town.state.forget_permissions()
    assert await find(town, town.bob, "word") == ["word in private", "word in public"]
    answer = await search.search_guild(town.ctx, town.bob, town.guild_id, MessageSearch(phrases=("private",)))
    assert isinstance(answer, SearchAnswer)
    assert [channel.id for channel in answer.threads or []] == [private]
    assert [(member.id, member.user_id) for member in answer.members or []] == [(private, town.bob.user_id)]
    answer = await search.search_guild(town.ctx, town.bob, town.guild_id, MessageSearch(phrases=("public",)))
    assert isinstance(answer, SearchAnswer)
    assert ([channel.id for channel in answer.threads or []], answer.members) == ([public], [])


async def test_a_forum_is_searched_in_its_posts(town: Town) -> None:
    forum = await add_channel(town, "forum", type=15)
    post = await add_channel(town, "post", type=11, parent_id=forum, thread=ThreadFields(created_ms=1, changed_ms=1))
    await write(town, post, "word in a post")
    await write(town, town.general, "word")
    assert await find(town, town.bob, "word", forum) == ["word in a post"]
    answer = await search.search_channel(town.ctx, town.bob, forum, MessageSearch(phrases=("word",)))
    assert isinstance(answer, SearchAnswer)
    assert [hit.content for (hit,) in answer.messages] == ["word in a post"]


async def test_permissions_that_change_while_the_store_searches_count(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    await write(town, town.general, "word")
    real = town.ctx.store.search

    async def slow(wanted: MessageSearch) -> SearchPage | SearchIndexing:
        page = await real(wanted)
        general = town.state.channels[town.general]
        row = msgspec.structs.replace(general, overwrites=closed(town, Permissions.VIEW_CHANNEL))
        town.ctx.guilds.put_channel(town.state, row)
        return page

    monkeypatch.setattr(town.ctx.store, "search", slow)
    answer = await search.search_guild(town.ctx, town.bob, town.guild_id, MessageSearch(phrases=("word",)))
    assert isinstance(answer, SearchAnswer)
    assert answer.messages == []


async def test_many_hidden_channels_and_many_open_ones(town: Town) -> None:
    for number in range(6):
        channel_id = await add_channel(town, f"open-{number}")
        await write(town, channel_id, "word")
    for _ in range(3):
        hidden = await add_channel(town, secrets.token_hex(4), overwrites=closed(town, Permissions.VIEW_CHANNEL))
        await write(town, hidden, "word")
    assert len(await find(town, town.bob, "word")) == 6  # all of the guild but a few
    for _ in range(12):
        hidden = await add_channel(town, secrets.token_hex(4), overwrites=closed(town, Permissions.VIEW_CHANNEL))
        await write(town, hidden, "word")
    assert len(await find(town, town.bob, "word")) == 6  # a few of the guild


async def test_an_index_that_is_being_made_says_when_to_ask_again(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    async def indexing(wanted: MessageSearch) -> SearchIndexing:
        return SearchIndexing(indexed=12)

    monkeypatch.setattr(town.ctx.store, "search", indexing)
    answer = await search.search_guild(town.ctx, town.bob, town.guild_id, MessageSearch())
    assert answer == IndexNotReady(documents_indexed=12, retry_after=2)
    assert (answer.code, answer.message) == (110000, "Index not yet available. Try again later")


async def test_a_deleted_channel_is_not_found_any_more(town: Town) -> None:
    made = await channels.create_channel(town.ctx, town.ada, town.guild_id, CreateChannelRequest(name="brief"))
    await write(town, made.id, "word")
    assert await find(town, town.bob, "word") == ["word"]
    await channels.delete_channel(town.ctx, town.ada, made.id)
    answer = await search.search_guild(town.ctx, town.bob, town.guild_id, MessageSearch(phrases=("word",)))
    assert isinstance(answer, SearchAnswer)
    assert answer.messages == []


async def test_a_bot_without_message_content_finds_by_words_what_it_may_read(town: Town) -> None:
    bot = Actor(town.bob.user_id, is_bot=True)
    await write(town, town.general, "secret word")
    own = MessageRow(id=town.ctx.next_id(), channel_id=town.general, author_id=bot.user_id, content="own word")
    named = MessageRow(
        id=town.ctx.next_id(),
        channel_id=town.general,
        author_id=town.ada.user_id,
        content="word for you",
        mention_ids=(bot.user_id,),
    )
    for row in (own, named):
        await town.ctx.store.add_message(row)
    assert await find(town, bot, "word") == ["word for you", "own word"]
    answer = await search.search_channel(
        town.ctx, bot, town.general, MessageSearch(author_ids=(town.ada.user_id,), has_not=frozenset({Has.LINK}))
    )
    assert isinstance(answer, SearchAnswer)
    assert [hit.content for (hit,) in answer.messages] == ["word for you"]
    # Who wrote when is no content: it finds the message, and not what it says.
    by_ada = MessageSearch(author_ids=(town.ada.user_id,))
    answer = await search.search_guild(town.ctx, bot, town.guild_id, by_ada)
    assert isinstance(answer, SearchAnswer)
    assert [hit.content for (hit,) in answer.messages] == ["word for you", ""]
    for allowed in (Actor(bot.user_id, is_bot=True, application_flags=1 << 19), town.bob):
        assert await find(town, allowed, "word") == ["word for you", "own word", "secret word"]
