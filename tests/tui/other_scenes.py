"""Scenes of dialogs: the account, a server's settings, threads, forums, files."""

from functools import partial

from msgspec.structs import replace

from tests.tui.guild_scenes import channel_settings, choose, guild_emojis, open_page
from tests.tui.samples import GENERAL, GRACE, GUILD, ME, NOW, channel, message, snowflake
from tests.tui.screens import Shown
from tuichat.protocol.ban import Ban
from tuichat.protocol.channel import ChannelType, ForumTag, ThreadMetadata
from tuichat.protocol.message import Attachment
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.thread import ThreadList
from tuichat.protocol.user import User

FORUM = 3900


async def day(shown: Shown) -> None:
    await shown.press("alt+d")
    await shown.type("3 days ago")


async def attaching(shown: Shown) -> None:
    await shown.press("ctrl+o")


async def viewing_picture(shown: Shown) -> None:
    url = "https://chat.example.org/attachments/1/2/plan.png"
    file = Attachment(
        id=Snowflake(2),
        filename="plan.png",
        size=340,
        url=url,
        proxy_url=url,
        width=64,
        height=64,
        content_type="image/png",
    )
    shown.client.receive(replace(message(GRACE, 0, "", number=900), attachments=[file]))
    await shown.settle()
    await shown.press("shift+f6", "up", "i")


async def forum(shown: Shown) -> None:
    made = replace(channel(FORUM, ChannelType.FORUM, "help"), available_tags=[ForumTag(id=Snowflake(41), name="bug")])
    state = shown.client.state
    name = state.guilds[GUILD].guild.name
    state.channels[FORUM] = replace(made, name=f"help-{name}", topic=name)
    state.guilds[GUILD].channel_ids.append(FORUM)
    post = replace(
        channel(snowflake(NOW, 5), ChannelType.PUBLIC_THREAD, "it crashes"),
        parent_id=Snowflake(FORUM),
        owner_id=Snowflake(GRACE),
        applied_tags=[Snowflake(41)],
    )
    answer = ThreadList(threads=[post], members=[], has_more=False)
    shown.client.archive.answers[f"GET /channels/{FORUM}/threads/search"] = lambda wanted: answer
    shown.chat.open_channel(shown.client.key, FORUM)
    await shown.until("it crashes")


async def new_post(shown: Shown) -> None:
    await forum(shown)
    await shown.press("n")


async def account_menu(shown: Shown) -> None:
    await shown.chat.run_by_id("chat.account")
    await shown.settle()


async def account_item(shown: Shown, place: int) -> None:
    await account_menu(shown)
    await shown.press(*["down"] * place, "enter")


async def guild_roles(shown: Shown) -> None:
    guild = shown.client.state.guilds[GUILD]
    guild.guild = replace(guild.guild, owner_id=Snowflake(ME))
    shown.client.rest.answers["GET /guilds/{}/roles/member-counts"] = {}
    await open_page(shown, "roles")


async def guild_role_matrix(shown: Shown) -> None:
    await guild_roles(shown)
    await shown.press("p")


async def guild_overview(shown: Shown) -> None:
    await shown.chat.run_by_id("chat.guild_settings")
    await shown.settle()
    await shown.press("enter")


async def guild_role(shown: Shown) -> None:
    await guild_roles(shown)
    await shown.press("home", "enter")


async def role_colours(shown: Shown) -> None:
    await guild_role(shown)
    await shown.press("tab", "tab", "enter")


async def open_guild_page(shown: Shown, name: str) -> None:
    """Open a page of a server that the user owns, with its people and its bans."""
    guild = shown.client.state.guilds[GUILD]
    guild.guild = replace(guild.guild, owner_id=Snowflake(ME))
    answers, known = shown.client.rest.answers, guild.members
    answers["GET /guilds/{}/members"] = list(known.values())
    answers["GET /guilds/{}/bans"] = [Ban(user=User(id=Snowflake(900), username="mallory"), reason="spam")]
    await open_page(shown, name)


async def guild_members(shown: Shown) -> None:
    await open_guild_page(shown, "members")


async def guild_bans(shown: Shown) -> None:
    await open_guild_page(shown, "bans")


async def giving_away(shown: Shown) -> None:
    await open_guild_page(shown, "giving_away")
    await choose(shown, str(GRACE))


async def guild_member(shown: Shown) -> None:
    await guild_members(shown)
    await choose(shown, str(GRACE))


async def member_roles(shown: Shown) -> None:
    await guild_member(shown)
    await shown.press("enter")


async def banning(shown: Shown) -> None:
    await guild_member(shown)
    await shown.press("end", "up", "enter")


async def guild_deletion(shown: Shown) -> None:
    guild = shown.client.state.guilds[GUILD]
    guild.guild = replace(guild.guild, owner_id=Snowflake(ME))
    await open_page(shown, "deletion")


async def channel_name_and_topic(shown: Shown) -> None:
    await channel_settings(shown)
    await choose(shown, "name")


async def channel_category(shown: Shown) -> None:
    await channel_settings(shown)
    await choose(shown, "category")


async def renaming_emoji(shown: Shown) -> None:
    await guild_emojis(shown)
    await choose(shown, "=78", "rename")


async def new_thread(shown: Shown) -> None:
    await shown.press("ctrl+g", "j", "n")


async def thread_settings(shown: Shown) -> None:
    await threads_with_one_of_mine(shown)
    await shown.press("e")


async def threads_with_one_of_mine(shown: Shown) -> None:
    made = replace(
        channel(snowflake(NOW, 6), ChannelType.PUBLIC_THREAD, "who measures"),
        parent_id=Snowflake(GENERAL),
        owner_id=Snowflake(ME),
        thread_metadata=ThreadMetadata(archived=False, auto_archive_duration=1440, archive_timestamp=NOW.isoformat()),
    )
    answer = ThreadList(threads=[made], members=[], has_more=False)
    shown.client.archive.answers[f"GET /channels/{GENERAL}/threads/search"] = lambda wanted: answer
    await shown.press("alt+t")
    await shown.until("who measures")


OTHER_SCENES = {
    scene.__name__: scene
    for scene in (
        day,
        attaching,
        viewing_picture,
        forum,
        new_post,
        account_menu,
        guild_roles,
        guild_role_matrix,
        guild_overview,
        guild_role,
        role_colours,
        guild_deletion,
        guild_members,
        guild_bans,
        giving_away,
        guild_member,
        member_roles,
        banning,
        channel_name_and_topic,
        channel_category,
        renaming_emoji,
        new_thread,
        thread_settings,
    )
} | {f"account_{place}": partial(account_item, place=place) for place in range(7)}
