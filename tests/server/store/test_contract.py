"""The contract of every store: order, atomicity, durability, numbering, nonces, pages."""

import asyncio

import msgspec
import pytest

from tests.server.store.conftest import OpenStore, World
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.bus import Event
from tuichat.server.store.channel_rows import ChannelRow, OverwriteRow
from tuichat.server.store.errors import Conflict, StoreError
from tuichat.server.store.message_rows import AttachmentRow, MessageExtras, MessageFile, MessageRow, ReferenceRow
from tuichat.server.store.operations import (
    DeleteBan,
    DeleteChannel,
    DeleteEmoji,
    DeleteGuild,
    DeleteImage,
    DeleteInvite,
    DeleteMember,
    DeleteMessages,
    DeleteRole,
    DeleteToken,
    DeleteTokensOf,
    DeleteUpload,
    ForgetLooseFiles,
    MarkRead,
    Put,
    UpdateMessage,
)
from tuichat.server.store.postgresql.store import PostgresStore
from tuichat.server.store.rows import (
    ApplicationRow,
    AuditRow,
    BanRow,
    EmojiRow,
    GuildRow,
    ImageRow,
    InviteRow,
    LeftTimeoutRow,
    MemberRow,
    PasswordRow,
    ReadStateRow,
    RoleRow,
    SeenRow,
    SettingRow,
    TokenRow,
    UploadRow,
    UserRow,
)
from tuichat.server.store.sqlite import SQLiteStore
from tuichat.server.store.store import Store

DAY_MS = 86_400_000


def test_each_is_a_store(world: World) -> None:
    store = world.store
    assert isinstance(store, SQLiteStore | PostgresStore)
    checked: Store = store  # mypy holds them to the protocol
    assert checked.server_id


async def test_every_row_comes_back_as_it_was_written(world: World) -> None:
    role = RoleRow(
        id=world.take(), guild_id=world.guild, name="mods", permissions=Permissions(2**52 | 8), position=3, color=0xFF,
        is_hoisted=True, is_mentionable=True, is_managed=True,
    )  # fmt: skip
    channel = ChannelRow(
        id=world.take(), type=2, guild_id=world.guild, name="voice \U0001f600", position=4, parent_id=world.channel,
        overwrites=(OverwriteRow(id=role.id, type=0, allow=Permissions(2**51), deny=Permissions(1)),),
        topic="a\nb", is_nsfw=True, rate_limit_s=5, bitrate=96_000, user_limit=9,
    )  # fmt: skip
    member = MemberRow(
        guild_id=world.guild, user_id=world.bob, joined_ms=7, nick="B", role_ids=(role.id,), timeout_until_ms=99
    )
    user = UserRow(id=world.take(), username="bot", name_key="bot", display_name="A Bot", is_bot=True, is_system=True)
    guild = GuildRow(id=world.guild, name="renamed", owner_id=world.bob, system_channel_id=world.other)
    await world.store.write([Put(role), Put(channel), Put(member), Put(user), Put(guild)])
    snapshot = await world.store.load()
    assert snapshot.roles == [role]
    assert channel in snapshot.channels
    assert member in snapshot.members
    assert user in snapshot.users
    assert snapshot.guilds == [guild]


async def test_a_message_comes_back_as_it_was_written(world: World) -> None:
    row = MessageRow(
        id=world.take(), channel_id=world.channel, author_id=world.ada, type=19, content="é \U0001f600 \x1b[31m 'quoted'",
        edited_ms=5, is_tts=True, flags=4, mentions_everyone=True, mention_ids=(world.bob,), mention_role_ids=(world.guild,),
        nonce="n-1", reference=ReferenceRow(message_id=world.ada, channel_id=world.channel, guild_id=world.guild),
        embeds=b'[{"type":"rich","title":"T"}]',
    )  # fmt: skip
    await world.store.add_message(row)
    assert await world.store.read_message(world.channel, row.id) == row
    assert await world.store.read_messages(world.channel) == [row]
    assert await world.store.read_messages_by_id([row.id, Snowflake(1)]) == [row]
    assert await world.store.read_message(world.other, row.id) is None


@pytest.mark.parametrize("nonce", ["", "7", 7, -1, 2**63, "é"])
async def test_nonces_keep_their_kind(world: World, nonce: str | int) -> None:
    row = world.message(nonce=nonce)
    await world.store.add_message(row)
    read = await world.store.read_message(world.channel, row.id)
    assert read is not None
    assert (read.nonce, type(read.nonce)) == (nonce, type(nonce))


async def test_pages_are_newest_first_and_leave_the_anchor_out(world: World) -> None:
    rows = [world.message(str(number)) for number in range(10)]
    for row in rows:
        await world.store.add_message(row)
    await world.store.add_message(world.message("elsewhere", channel_id=world.other))

    def contents(page: list[MessageRow]) -> str:
        return "".join(row.content for row in page)

    read = world.store.read_messages
    assert contents(await read(world.channel, limit=3)) == "987"
    assert contents(await read(world.channel, before=rows[5].id, limit=3)) == "432"
    assert contents(await read(world.channel, after=rows[5].id, limit=3)) == "876"  # those nearest to the anchor
    assert contents(await read(world.channel, before=rows[0].id)) == ""
    assert contents(await read(world.channel, after=rows[9].id)) == ""


async def test_a_failing_write_leaves_nothing_and_no_neighbour_fails_with_it(world: World) -> None:
    def put_user(name: str) -> Put:
        return Put(UserRow(id=world.take(), username=name, name_key=name))

    results = await asyncio.gather(
        world.store.write([put_user("carol")], [world.event("A")]),
        world.store.write([put_user("dave"), put_user("ada")], [world.event("B")]),  # ada is taken
        world.store.write([put_user("erin")], [world.event("C")]),
        return_exceptions=True,
    )
    assert [type(result) for result in results] == [type(None), Conflict, type(None)]
    names = {user.username for user in (await world.store.load()).users}
    assert {"carol", "erin"} <= names
    assert "dave" not in names
    assert [(event.name, event.seq) for event in world.published] == [("A", 1), ("C", 2)]


async def test_writes_are_told_in_the_order_in_which_they_came(world: World) -> None:
    told: list[str] = []

    async def write(number: int) -> None:
        if number % 3:
            await world.store.add_message(
                world.message(str(number)),
                [world.event(str(number))],
                before_publish=lambda: told.append(f"before {number}"),
            )
        else:
            await world.store.write(
                [Put(SettingRow(key=str(number), value=""))],
                [world.event(str(number))],
                before_publish=lambda: told.append(f"before {number}"),
            )
        told.append(f"done {number}")

    await asyncio.gather(*(write(number) for number in range(200)))
    assert [event.name for event in world.published] == [str(number) for number in range(200)]
    assert [event.seq for event in world.published] == list(range(1, 201))
    for number in range(200):
        assert told.index(f"before {number}") < told.index(f"done {number}")


async def test_memory_changes_before_additions_are_told_and_after_removals(world: World) -> None:
    order: list[object] = []
    await world.store.write(
        [Put(SettingRow(key="k", value="v"))],
        [world.event("E")],
        before_publish=lambda: order.append(("before", len(world.published))),
        after_publish=lambda: order.append(("after", len(world.published))),
    )
    assert order == [("before", 0), ("after", 1)]


async def test_what_fails_is_not_told_and_changes_no_memory(world: World) -> None:
    touched: list[int] = []
    with pytest.raises(Conflict):
        await world.store.write(
            [DeleteInvite("none")], [world.event()], before_publish=lambda: touched.append(1),
            after_publish=lambda: touched.append(2),
        )  # fmt: skip
    assert not world.published
    assert not touched


async def test_a_cancelled_caller_still_gets_its_write_told(world: World) -> None:
    task = asyncio.create_task(world.store.write([Put(SettingRow(key="k", value="v"))], [world.event("E")]))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [event.name for event in world.published] == ["E"]
    assert await world.store.read_setting("k") == "v"


async def test_a_guilds_events_are_numbered_without_gaps_and_kept(
    world: World, opening: tuple[OpenStore, list[Event]]
) -> None:
    private = Event(name="PRIVATE", body=b"{}", guild_id=int(world.guild), user_ids=frozenset({1}))
    lossy = Event(name="TYPING_START", body=b"{}", guild_id=int(world.guild), is_lossy=True)
    await world.store.write([], [world.event("A"), private, lossy, world.event("B", b'{"x":1}')])
    await world.store.close()
    reopened = await opening[0]()
    await reopened.write([], [world.event("C")])
    kept = await reopened.read_events(int(world.guild), 0)
    assert [(event.name, event.seq) for event in kept] == [("A", 1), ("B", 2), ("C", 3)]
    assert kept[1].body == b'{"x":1}'
    assert await reopened.read_events(int(world.guild), 2) == kept[2:]
    assert [event.seq for event in world.published] == [1, 0, 0, 2, 3]


async def test_an_enforced_nonce_makes_one_message(world: World, opening: tuple[OpenStore, list[Event]]) -> None:
    first, again, plain = (world.message(text, nonce="n") for text in ("first", "again", "plain"))
    elsewhere = world.message("elsewhere", nonce="n", channel_id=world.other)
    other_author = world.message("other", nonce="n", author_id=world.bob)
    assert await world.store.add_message(first, [world.event("1")], is_nonce_unique=True) == first
    assert await world.store.add_message(again, [world.event("2")], is_nonce_unique=True) == first
    assert await world.store.add_message(elsewhere, is_nonce_unique=True) == elsewhere
    assert await world.store.add_message(other_author, is_nonce_unique=True) == other_author
    assert await world.store.add_message(plain, nonce_free := [world.event("3")]) == plain
    assert len(nonce_free) == 1
    assert [event.name for event in world.published] == ["1", "3"]
    await world.store.close()
    reopened = await opening[0]()
    late = msgspec.structs.replace(again, id=reopened.next_id(again.id.timestamp_ms))
    assert await reopened.add_message(late, is_nonce_unique=True) == first


async def test_the_same_nonce_many_times_at_once_makes_one_message(world: World) -> None:
    rows = [world.message(str(number), nonce="n") for number in range(50)]
    results = await asyncio.gather(
        *(world.store.add_message(row, [world.event()], is_nonce_unique=True) for row in rows)
    )
    assert {result.id for result in results} == {rows[0].id}
    assert len(world.published) == 1
    assert await world.store.read_messages(world.channel) == [rows[0]]


async def test_a_nonce_is_free_again_after_a_day(world: World) -> None:
    first = world.message("first", nonce="n")
    later = msgspec.structs.replace(first, id=world.store.next_id(first.id.timestamp_ms + DAY_MS + 1))
    await world.store.add_message(first, is_nonce_unique=True)
    assert await world.store.add_message(later, is_nonce_unique=True) == later


async def test_a_deleted_message_does_not_come_back_by_its_nonce(world: World) -> None:
    first = world.message("first", nonce="n")
    await world.store.add_message(first, is_nonce_unique=True)
    await world.store.write([DeleteMessages(world.channel, (first.id,))])
    with pytest.raises(Conflict, match="deleted"):
        await world.store.add_message(world.message("again", nonce="n"), is_nonce_unique=True)


async def test_a_message_into_a_gone_channel_is_refused_among_others(world: World) -> None:
    gone = world.message("lost", channel_id=world.take())
    results = await asyncio.gather(
        world.store.add_message(world.message("a")),
        world.store.add_message(gone),
        world.store.add_message(world.message("b")),
        return_exceptions=True,
    )
    assert [type(result) for result in results] == [MessageRow, Conflict, MessageRow]
    with pytest.raises(Conflict):
        await world.store.write([Put(gone)])


async def test_a_repeated_id_fails_alone(world: World) -> None:
    row = world.message("a")
    results = await asyncio.gather(
        *(world.store.add_message(message, [world.event()]) for message in (row, row, world.message("b"))),
        return_exceptions=True,
    )
    assert [type(result) for result in results] == [MessageRow, Conflict, MessageRow]
    assert [event.seq for event in world.published] == [1, 2]


async def test_edits_and_deletions_of_gone_messages_conflict(world: World) -> None:
    row = world.message()
    await world.store.add_message(row)
    await world.store.write([UpdateMessage(edited := msgspec.structs.replace(row, content="edited", edited_ms=9))])
    assert await world.store.read_message(world.channel, row.id) == edited
    await world.store.write([DeleteMessages(world.channel, (row.id, 1))])
    assert await world.store.read_message(world.channel, row.id) is None
    for operation in (UpdateMessage(row), DeleteMessages(world.channel, (row.id,))):
        with pytest.raises(Conflict):
            await world.store.write([operation])


async def states(world: World, user: Snowflake) -> dict[Snowflake, tuple[Snowflake | None, int]]:
    return {
        state.channel_id: (state.last_message_id, state.mention_count) for state in await world.store.read_states(user)
    }


async def test_mentions_are_counted_until_they_are_read(world: World) -> None:
    first = world.message("<@bob>", mention_ids=(world.bob,))
    second = world.message("@everyone", mentions_everyone=True)
    third = world.message("again", mention_ids=(world.bob,))
    await world.store.add_message(first, pinged_ids=[world.bob, world.ada], marks_read=True)
    await world.store.add_message(second, pings_guild_id=world.guild)
    await world.store.add_message(third, pinged_ids=[world.bob])
    assert await states(world, world.bob) == {world.channel: (None, 3)}
    assert await states(world, world.ada) == {world.channel: (first.id, 0)}  # nobody is pinged by himself
    await world.store.write([MarkRead(world.bob, world.channel, first.id)])
    assert await states(world, world.bob) == {world.channel: (first.id, 2)}
    await world.store.write([MarkRead(world.bob, world.channel, third.id)])
    assert await states(world, world.bob) == {world.channel: (third.id, 0)}


async def test_mentions_of_roles_count_for_their_holders(world: World) -> None:
    role = world.take()
    before = world.message()
    await world.store.add_message(before)
    await world.store.add_message(world.message(mention_role_ids=(role,)))
    await world.store.write([MarkRead(world.bob, world.channel, before.id, (role,))])
    assert await states(world, world.bob) == {world.channel: (before.id, 1)}
    await world.store.write([MarkRead(world.bob, world.channel, before.id)])
    assert await states(world, world.bob) == {world.channel: (before.id, 0)}


async def test_mentions_and_own_messages_of_one_batch_count_in_their_order(world: World) -> None:
    ping = [world.bob]
    rows = [world.message(str(number)) for number in range(3)]
    own = world.message("mine", author_id=world.bob)
    await asyncio.gather(
        world.store.add_message(rows[0], pinged_ids=ping),
        world.store.add_message(rows[1], pinged_ids=ping),
        world.store.add_message(own, marks_read=True),
        world.store.add_message(rows[2], pinged_ids=ping),
        world.store.add_message(world.message("all"), pings_guild_id=world.guild),
    )
    assert (await states(world, world.bob))[world.channel] == (own.id, 2)


async def until_empty(world: World, channel_id: Snowflake) -> None:
    """Wait for messages that are removed when the store has nothing else to do."""
    for _ in range(2000):
        if not await world.store.read_messages(channel_id):
            return
        await asyncio.sleep(0.005)
    raise AssertionError("the messages of a deleted channel are still there after 10 s")


async def test_a_deleted_guild_takes_all_with_it(world: World) -> None:
    role = RoleRow(id=world.take(), guild_id=world.guild, name="r")
    invite = InviteRow(code="abc", guild_id=world.guild, channel_id=world.channel, inviter_id=world.ada, created_ms=1)
    await world.store.write([Put(role), Put(invite)])
    row = world.message()
    await world.store.add_message(row, marks_read=True)
    await world.store.write([DeleteGuild(world.guild)])
    snapshot = await world.store.load()
    assert (snapshot.guilds, snapshot.roles, snapshot.channels, snapshot.members) == ([], [], [], [])
    assert await world.store.read_invites() == []
    assert await world.store.read_states(world.ada) == []
    assert {user.username for user in snapshot.users} == {"ada", "bob"}
    await until_empty(world, world.channel)


async def test_a_deleted_channel_leaves_the_others_messages(world: World) -> None:
    kept, gone = world.message(channel_id=world.other), world.message()
    await world.store.add_message(kept)
    await world.store.add_message(gone)
    await world.store.write([DeleteChannel(world.channel)])
    await until_empty(world, world.channel)
    assert await world.store.read_messages(world.other) == [kept]


async def test_a_deletion_that_fails_removes_no_message_later(world: World) -> None:
    row = world.message()
    await world.store.add_message(row)
    with pytest.raises(Conflict):
        await world.store.write([DeleteChannel(world.channel), DeleteInvite("none")])
    await world.store.write([DeleteChannel(world.other)])
    for number in range(20):
        await world.store.write([Put(SettingRow(key="k", value=str(number)))])
        await asyncio.sleep(0.002)
    assert await world.store.read_messages(world.channel) == [row]


async def test_members_roles_and_tokens_go(world: World) -> None:
    role = RoleRow(id=world.take(), guild_id=world.guild, name="r")
    tokens = [TokenRow(id=world.take(), user_id=world.ada, secret_hash=bytes([number]) * 32) for number in range(3)]
    await world.store.write([Put(role), *(Put(token) for token in tokens)])
    assert await world.store.read_token(tokens[0].id) == tokens[0]
    await world.store.write([DeleteRole(role.id), DeleteMember(world.guild, world.bob), DeleteToken(tokens[0].id)])
    snapshot = await world.store.load()
    assert snapshot.roles == []
    assert [member.user_id for member in snapshot.members] == [world.ada]
    assert [await world.store.read_token(token.id) for token in tokens] == [None, tokens[1], tokens[2]]
    await world.store.write([DeleteTokensOf(world.ada)])
    assert await world.store.read_token(tokens[1].id) is None


async def test_passwords_applications_invites_and_settings_come_back(world: World) -> None:
    application = ApplicationRow(id=world.bob, owner_id=world.ada, name="Bob", flags=1 << 18, is_public=False)
    invite = InviteRow(
        code="Xy", guild_id=world.guild, channel_id=world.channel, inviter_id=None, created_ms=3, max_age_s=0, max_uses=5,
        uses=2, is_temporary=True,
    )  # fmt: skip
    await world.store.write(
        [
            Put(PasswordRow(user_id=world.ada, password_hash="$argon2id$")),
            Put(application),
            Put(invite),
            Put(SettingRow(key="home", value="1")),
            Put(ReadStateRow(user_id=world.bob, channel_id=world.other, last_message_id=world.ada, mention_count=4)),
        ]
    )
    assert await world.store.read_password_hash(world.ada) == "$argon2id$"
    assert await world.store.read_password_hash(world.bob) is None
    assert await world.store.read_password_holders() == {world.ada}
    assert await world.store.read_application(world.bob) == application
    assert await world.store.read_applications(world.ada) == [application]
    assert await world.store.read_invite("Xy") == invite
    assert await world.store.read_invite("xy") is None  # codes have cases
    assert await world.store.read_invites(world.guild) == [invite]
    assert await world.store.read_setting("home") == "1"
    assert await states(world, world.bob) == {world.other: (world.ada, 4)}


async def test_ids_never_go_back_even_when_the_clock_does(world: World, opening: tuple[OpenStore, list[Event]]) -> None:
    last = world.take()
    await world.store.add_message(msgspec.structs.replace(world.message(), id=last))
    await world.store.write([DeleteMessages(world.channel, (last,))])  # no row tells of it any more
    server_id = world.store.server_id
    await world.store.close()
    reopened = await opening[0]()
    assert reopened.next_id(last.timestamp_ms - 10 * DAY_MS) > last
    assert reopened.server_id == server_id


async def test_the_last_message_of_each_channel_is_known_at_the_start(world: World) -> None:
    rows = [world.message(), world.message(), world.message(channel_id=world.other)]
    for row in rows:
        await world.store.add_message(row)
    assert (await world.store.load()).last_message_ids == {world.channel: rows[1].id, world.other: rows[2].id}


async def test_a_closed_store_refuses_and_had_finished_what_was_queued(
    world: World, opening: tuple[OpenStore, list[Event]]
) -> None:
    rows = [world.message(str(number)) for number in range(100)]
    writes = [asyncio.ensure_future(world.store.add_message(row)) for row in rows]
    await asyncio.sleep(0)
    await world.store.close()
    await asyncio.gather(*writes)
    with pytest.raises(StoreError, match="closed"):
        await world.store.write([])
    assert len(await (await opening[0]()).read_messages(world.channel, limit=100)) == 100


async def test_a_picture_replaces_the_one_before_and_goes_with_its_owner(world: World) -> None:
    def picture(file: str, kind: str = "icons") -> ImageRow:
        return ImageRow(kind=kind, owner_id=world.guild, guild_id=Snowflake(0), hash=f"a_{file}", file=file)

    await world.store.write([Put(picture("aa1")), Put(picture("aa2", "banners"))])
    assert await world.store.read_image("icons", world.guild) == picture("aa1")
    assert await world.store.read_image("icons", world.guild, 0) == picture("aa1")
    assert await world.store.read_image("icons", world.guild, 5) is None
    assert await world.store.read_image("icons", world.ada) is None
    await world.store.write([Put(picture("bb1")), Put(picture("aa2", "banners"))])
    assert [name for _, name in await world.store.read_loose_files(10)] == ["aa1"]
    assert await world.store.read_used_files({"aa1", "aa2", "bb1"}) == {"aa2", "bb1"}
    assert await world.store.read_files("aa") == {"aa2"}
    await world.store.write([DeleteImage("icons", world.guild), DeleteImage("icons", world.guild)])
    await world.store.write([DeleteGuild(world.guild)])
    loose = await world.store.read_loose_files(10)
    assert [name for _, name in loose] == ["aa1", "bb1", "aa2"]
    assert len(await world.store.read_loose_files(2)) == 2
    await world.store.write([ForgetLooseFiles(tuple(number for number, _ in loose[:2]))])
    assert await world.store.read_loose_files(10) == loose[2:]
    assert await world.store.read_used_files({"aa1", "aa2", "bb1"}) == set()


async def test_entries_of_the_audit_log_are_read_as_they_were_written(world: World) -> None:
    full = AuditRow(
        id=world.take(), guild_id=world.guild, user_id=world.ada, action_type=72, target_id=world.bob,
        changes=b'[{"key":"nick"}]', options=b'{"count":"1"}', reason="spam", channel_id=world.channel, is_hidden=True,
    )  # fmt: skip
    bare = AuditRow(id=world.take(), guild_id=world.guild, user_id=world.bob, action_type=21)
    last = AuditRow(id=world.take(), guild_id=world.guild, user_id=world.bob, action_type=20)
    await world.store.write([Put(full), Put(bare), Put(last)])
    read = world.store.read_audit_log
    assert await read(world.guild) == [last, bare, full]
    assert await read(world.guild, user_id=world.ada) == [full]
    assert await read(world.guild, action_type=21) == [bare]
    assert await read(world.guild, target_id=world.bob) == [full]
    assert await read(world.guild, before=last.id, limit=1) == [bare]
    assert await read(world.guild, after=full.id) == [bare, last]
    assert await read(world.other) == []


async def test_bans_emojis_and_days_come_back_as_they_were_written(world: World) -> None:
    bans = [
        BanRow(guild_id=world.guild, user_id=user, reason=why) for user, why in ((world.ada, None), (world.bob, "x"))
    ]
    emoji = EmojiRow(
        id=world.take(), guild_id=world.guild, name="blob", creator_id=world.ada, is_animated=True,
        role_ids=(world.guild,),
    )  # fmt: skip
    seen = SeenRow(user_id=world.ada, day=20_000)
    await world.store.write([*map(Put, bans), Put(emoji), Put(SeenRow(user_id=world.ada, day=1)), Put(seen)])
    left = LeftTimeoutRow(guild_id=world.guild, user_id=world.bob, until_ms=2**40)
    await world.store.write([Put(msgspec.structs.replace(left, until_ms=1)), Put(left)])
    snapshot = await world.store.load()
    assert (snapshot.emojis, snapshot.seen, snapshot.left_timeouts) == ([emoji], [seen], [left])
    read = world.store.read_bans
    assert await read(world.guild) == bans
    assert await read(world.guild, after=world.ada) == bans[1:]
    assert await read(world.guild, before=world.bob, limit=1) == bans[:1]
    assert await read(world.guild, limit=1) == bans[:1]
    assert await world.store.read_ban(world.guild, world.bob) == bans[1]
    await world.store.write([DeleteBan(world.guild, world.bob), DeleteEmoji(emoji.id)])
    assert await world.store.read_ban(world.guild, world.bob) is None
    for gone in (DeleteBan(world.guild, world.bob), DeleteEmoji(emoji.id)):
        with pytest.raises(Conflict):
            await world.store.write([gone])
    await world.store.write([Put(emoji), DeleteGuild(world.guild)])
    snapshot = await world.store.load()
    assert (snapshot.emojis, snapshot.left_timeouts) == ([], [])
    assert await read(world.guild) == []


async def test_files_of_messages_are_known_until_the_last_message_is_gone(world: World) -> None:
    def attachment(name: str) -> AttachmentRow:
        return AttachmentRow(id=world.take(), filename=name, sha256=name * 64, size_bytes=3, content_type="image/png")

    a, b = attachment("a"), attachment("b")
    first = world.message(attachments=(a, b))
    await world.store.add_message(first)
    snapshot = msgspec.json.encode({"message": {"content": "", "attachments": [{"id": str(a.id), "url": "x"}]}})
    forward = world.message(channel_id=world.other, extras=MessageExtras(snapshots=(msgspec.Raw(snapshot),)))
    await world.store.add_message(forward)
    assert await world.store.read_message_files(a.id) == [
        MessageFile("a" * 64, 3, "image/png", first.id, world.channel),
        MessageFile("a" * 64, 3, "image/png", forward.id, world.other),
    ]
    assert await world.store.read_used_files({"a" * 64, "b" * 64, "c" * 64}) == {"a" * 64, "b" * 64}
    await world.store.write([UpdateMessage(msgspec.structs.replace(first, attachments=(a,)))])
    assert await world.store.read_message_files(b.id) == []
    await world.store.write([UpdateMessage(forward), DeleteMessages(world.channel, (first.id,))])
    assert [file.message_id for file in await world.store.read_message_files(a.id)] == [forward.id]
    assert [name for _, name in await world.store.read_loose_files(10)] == ["b" * 64, "a" * 64]
    await world.store.write([DeleteChannel(world.other)])
    assert await world.store.read_message_files(a.id) == []


async def test_uploads_come_back_until_they_are_forgotten(world: World) -> None:
    row = UploadRow(key="k", user_id=world.ada, channel_id=world.channel, filename="a", size_bytes=2**40, created_ms=7)
    await world.store.write([Put(row)])
    assert await world.store.read_uploads() == [row]
    await world.store.write([DeleteUpload("k"), DeleteUpload("k")])
    assert await world.store.read_uploads() == []
