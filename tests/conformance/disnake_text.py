"""disnake's conformance: `python -m tests.conformance.disnake_text`, told by environment.py what to test.

A fork of discord.py with habits of its own: when it connects, and what it asks for then.
"""

import asyncio
import contextlib
import io
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import disnake
from disnake.ext import commands
from disnake.interactions import ApplicationCommandInteraction

from tests.conformance.environment import Environment
from tests.conformance.main import run_checks
from tests.conformance.other_account import invoke_command, post_as_other, register_user
from tests.conformance.pixel import PIXEL
from tests.conformance.report import Report

EVENT_TIMEOUT_S = 10.0
THUMBS_UP = "\N{THUMBS UP SIGN}"


class DisnakeRun:
    """A disnake client with its report."""

    def __init__(self, environment: Environment, report: Report) -> None:
        disnake.http.Route.BASE = environment.api
        disnake.asset.Asset.BASE = environment.api.split("/api/")[0]
        self.environment = environment
        self.report = report
        self.asked: list[ApplicationCommandInteraction[Any]] = []
        self.client = commands.InteractionBot(intents=disnake.Intents.all(), test_guilds=[environment.guild_id])

        @self.client.slash_command(name="ping", description="answers pong")
        async def ping(interaction: ApplicationCommandInteraction[Any], word: str = "x") -> None:
            await self._answer(interaction, word)

    async def _answer(self, interaction: ApplicationCommandInteraction[Any], word: str) -> None:
        await interaction.response.send_message(f"pong {word}")
        await interaction.followup.send("and a follow-up")
        self.asked.append(interaction)

    @property
    def guild(self) -> Any:
        return self.client.get_guild(self.environment.guild_id)

    @property
    def channel(self) -> Any:
        return self.guild.get_channel(self.environment.channel_id)

    def expect(self, event: str, holds: Callable[..., object] = lambda *_: True) -> "asyncio.Task[Any]":
        """Begin to wait for an event, before it is caused."""
        return asyncio.create_task(self._event(event, holds))

    async def _event(self, event: str, holds: Callable[..., object]) -> Any:
        return await self.client.wait_for(event, check=lambda *args: bool(holds(*args)), timeout=EVENT_TIMEOUT_S)

    async def code_of(self, work: Awaitable[object]) -> int | None:
        """Return the error code that something is refused with, None where it is not."""
        try:
            await work
        except disnake.HTTPException as error:
            return int(error.code)
        return None


async def check_messages(run: DisnakeRun) -> None:
    report, channel = run.report, run.channel
    created = run.expect("message", lambda each: each.content == "hello from disnake")
    message = await report.step("send", channel.send("hello from disnake"))
    seen = await report.event("own message event", created, message)
    if message is None:
        return
    report.check("the event has author and guild", seen and seen.author == run.guild.me and seen.guild == run.guild)
    foreign = run.expect("message", lambda each: each.content == "from another account")
    posted = await report.did("another account posts", post_as_other(run.environment, "from another account"))
    await report.event("foreign message event", foreign, posted)
    changed = run.expect("message_edit", lambda _, after: after.id == message.id)
    edited = await report.step("edit", message.edit(content="hello again"))
    await report.event("message edit event", changed, edited)
    reply = await report.step("reply", message.reply("a reply"))
    report.check("the reply refers to its message", reply and reply.reference.message_id == message.id)
    fetched = await report.step("fetch message", channel.fetch_message(message.id))
    report.check("fetched as edited", fetched and fetched.content == "hello again")
    history = [each async for each in channel.history(limit=5)]
    report.check("history is newest first", history and history[0].id > history[-1].id)
    report.check("unknown message has code 10008", await run.code_of(channel.fetch_message(1)) == 10008)
    embed = disnake.Embed(title="Title", description="Words", colour=0x336699)
    with_embed = await report.step("send embed", channel.send(embed=embed))
    report.check("embed is kept", with_embed and with_embed.embeds[0].title == "Title")
    file = disnake.File(io.BytesIO(b"0123456789" * 1000), "data.bin")
    with_file = await report.step("upload a file", channel.send(file=file))
    if with_file is not None and report.check("its size is told", with_file.attachments[0].size == 10_000):
        downloaded = await report.step("download", with_file.attachments[0].read())
        report.check("the same bytes", downloaded == b"0123456789" * 1000)
    added = run.expect("reaction_add", lambda reaction, _: reaction.message.id == message.id)
    await report.event("reaction add event", added, await report.did("add reaction", message.add_reaction(THUMBS_UP)))
    await report.did("remove reaction", message.remove_reaction(THUMBS_UP, run.guild.me))
    updated = run.expect("guild_channel_pins_update")
    await report.event("pins update event", updated, await report.did("pin", message.pin()))
    pins = await report.step("fetch pins", _pins(channel))
    report.check("pins name the message", pins and message.id in {each.id for each in pins})
    await report.did("unpin", message.unpin())
    thread = await report.step("thread from message", message.create_thread(name="from a message"))
    if thread is not None:
        await report.did("message in the thread", thread.send("in the thread"))
        await report.did("archive thread", thread.edit(archived=True))
        await report.did("delete thread", thread.delete())
    gone = run.expect("message_delete", lambda each: each.id == message.id)
    await report.event("delete event", gone, await report.did("delete", message.delete()))
    doomed = [await channel.send(f"doomed {number}") for number in range(2)]
    await report.did("bulk delete", channel.delete_messages(doomed))


async def _pins(channel: Any) -> list[Any]:
    found = channel.pins()
    return list(await found) if isinstance(found, Awaitable) else [each async for each in found]


async def check_guild(run: DisnakeRun) -> None:
    report, guild, channel = run.report, run.guild, run.channel
    created = run.expect("guild_role_create", lambda each: each.name == "made by disnake")
    role = await report.step("create role", guild.create_role(name="made by disnake", reason="a reason \N{SNOWMAN}"))
    await report.event("role create event", created, role)
    if role is not None:
        changed = run.expect("member_update", lambda _, after: role in after.roles)
        await report.event("member update event", changed, await report.did("add role", guild.me.add_roles(role)))
        await report.did("remove role", guild.me.remove_roles(role))
        await report.did("edit role", role.edit(name="renamed", colour=0x112233))
        await report.did("delete role", role.delete())
    made = run.expect("guild_channel_create", lambda each: each.name == "made-by-disnake")
    text = await report.step("create channel", guild.create_text_channel("made-by-disnake", topic="a topic"))
    await report.event("channel create event", made, text)
    if text is not None:
        await report.did("set overwrite", text.set_permissions(guild.default_role, send_messages=False))
        await report.did("edit channel", text.edit(name="renamed", slowmode_delay=5))
        await report.did("delete channel", text.delete())
    invite = await report.step("create invite", channel.create_invite(max_age=600, unique=True))
    if invite is not None:
        fetched = await report.step("fetch invite", run.client.fetch_invite(invite.code))
        report.check("the invite leads here", fetched and fetched.guild and fetched.guild.id == guild.id)
        await report.did("delete invite", invite.delete())
    emoji = await report.step("create emoji", guild.create_custom_emoji(name="pixel", image=PIXEL))
    if emoji is not None:
        downloaded = await report.step("download emoji", emoji.read())
        report.check("the emoji has a picture", downloaded and downloaded[:4] == b"\x89PNG")
        await report.did("delete emoji", emoji.delete())
    webhook = await report.step("create webhook", channel.create_webhook(name="hook"))
    if webhook is not None:
        sent = await report.step("execute webhook", webhook.send("by hook", username="another name", wait=True))
        report.check("the message has the name", sent and sent.author.name == "another name")
        await report.did("delete webhook", webhook.delete())
    entries = [each async for each in guild.audit_logs(limit=20)]
    report.check("the audit log has the reason", "a reason \N{SNOWMAN}" in {each.reason for each in entries})
    members = await report.step("fetch members", _all(guild.fetch_members(limit=10)))
    report.check("the bot is listed", members and guild.me.id in {each.id for each in members})
    stranger = await report.step("register a stranger", register_user(run.environment))
    if stranger is not None:
        someone = disnake.Object(stranger)
        await report.did("ban", guild.ban(someone, reason="a reason"))
        ban = await report.step("fetch ban", guild.fetch_ban(someone))
        report.check("the ban has its reason", ban and ban.reason == "a reason")
        await report.did("unban", guild.unban(someone))
    owner = await report.step("fetch owner", guild.fetch_member(guild.owner_id))
    if owner is not None:
        await report.did("send direct message", owner.send("between us"))


async def check_events(run: DisnakeRun) -> None:
    report, guild = run.report, run.guild
    starts = disnake.utils.utcnow() + timedelta(hours=1)
    told = run.expect("guild_scheduled_event_create")
    planned = guild.create_scheduled_event(
        name="Honey",
        scheduled_start_time=starts,
        scheduled_end_time=starts + timedelta(hours=1),
        entity_type=disnake.GuildScheduledEventEntityType.external,
        entity_metadata=disnake.GuildScheduledEventMetadata(location="The hive"),
        image=PIXEL,
    )
    made = await report.step("plan an event", planned)
    await report.event("event create event", told, made is not None)
    if made is None:
        return
    report.check("the event is where it is", made.entity_metadata.location == "The hive" and made.image is not None)
    listed = await report.step("fetch events", guild.fetch_scheduled_events(with_user_count=True))
    report.check("the event is listed with its maker's interest", listed and listed[0].user_count == 1)
    edited = await report.step("edit event", made.edit(name="Mead"))
    report.check("the event is renamed", edited and edited.name == "Mead")
    started = await report.step("start event", made.start())
    report.check("the event is on", started and started.status is disnake.GuildScheduledEventStatus.active)
    if started is None:
        return
    people = await report.step("fetch who is interested", _all(made.fetch_users()))
    report.check("the maker is interested", [person.id for person in people or ()] == [run.client.user.id])
    ended = await report.step("end event", started.end())
    report.check("the event is over", ended and ended.status is disnake.GuildScheduledEventStatus.completed)
    await report.did("delete event", made.delete())


async def _all(found: Any) -> list[Any]:
    return [each async for each in found]


async def check_commands(run: DisnakeRun) -> None:
    report, client, http = run.report, run.client, run.client.http
    get = http.get_guild_commands
    commands: list[Any] = []
    for _ in range(50):  # they are written after `ready`, in the background
        with contextlib.suppress(disnake.HTTPException):
            commands = await get(client.application_id, run.guild.id)
        if commands:
            break
        await asyncio.sleep(0.1)
    if not report.check("commands are synchronised", commands):
        return
    created = run.expect("message", lambda each: each.content == "pong w")
    command_id = int(commands[0]["id"])
    options = [{"name": "word", "type": 3, "value": "w"}]
    invoked = invoke_command(run.environment, client.application_id, command_id, "ping", options)
    await report.event("response event", created, await report.did("user invokes /ping", invoked))
    if run.asked:
        edited = await report.step("edit response", run.asked[0].edit_original_message(content="pong w edited"))
        report.check("response is edited", edited and edited.content == "pong w edited")


async def check_all(environment: Environment, report: Report) -> None:
    run = DisnakeRun(environment, report)
    client = run.client
    if not await report.did("login", client.login(environment.bot_token)):
        return
    runner = asyncio.create_task(client.connect(reconnect=True))
    try:
        if await report.did("ready", client.wait_until_ready(), 40):
            report.check("guild is in the cache", run.guild)
            report.check("channel is in the cache", run.channel)
            report.check("guild is chunked", run.guild.chunked and len(run.guild.members) == run.guild.member_count)
            await check_messages(run)
            await check_guild(run)
            await check_events(run)
            await check_commands(run)
            await report.did("change presence", client.change_presence(status=disnake.Status.idle))
    finally:
        await report.did("close", client.close())
        with contextlib.suppress(TimeoutError, disnake.DiscordException, asyncio.CancelledError):
            await asyncio.wait_for(runner, 5)


if __name__ == "__main__":
    sys.exit(run_checks("disnake_text", check_all))
