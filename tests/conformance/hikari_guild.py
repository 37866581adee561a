"""hikari's conformance: roles, channels, members, invites, emojis, webhooks, the audit log, bans and commands."""

import hikari

from tests.conformance.hikari_run import HikariRun
from tests.conformance.other_account import invoke_command
from tests.conformance.pixel import PIXEL


async def check_roles(run: HikariRun) -> None:
    report, rest, guild = run.report, run.rest, run.guild
    created = run.expect(hikari.RoleCreateEvent, lambda event: event.role.name == "made by hikari")
    role = await report.step(
        "create role", rest.create_role(guild, name="made by hikari", color=0x112233, reason="a reason \N{SNOWMAN}")
    )
    await report.event("role create event", created, role)
    if role is None:
        return
    changed = run.expect(hikari.MemberUpdateEvent, lambda event: event.user_id == run.me.id)
    done = await report.did("add role", rest.add_role_to_member(guild, run.me, role))
    event = await report.event("member update event", changed, done)
    report.check("the member has the role", event and role.id in event.member.role_ids)
    await report.did("remove role", rest.remove_role_from_member(guild, run.me, role))
    edited = await report.step("edit role", rest.edit_role(guild, role, name="renamed", hoist=True))
    report.check("role is edited", edited and edited.name == "renamed" and edited.is_hoisted)
    roles = await report.step("fetch roles", rest.fetch_roles(guild))
    report.check("the role is listed", roles and role.id in {each.id for each in roles})
    gone = run.expect(hikari.RoleDeleteEvent)
    await report.event("role delete event", gone, await report.did("delete role", rest.delete_role(guild, role)))


async def check_channels(run: HikariRun) -> None:
    report, rest, guild = run.report, run.rest, run.guild
    category = await report.step("create category", rest.create_guild_category(guild, "a category"))
    created = run.expect(hikari.GuildChannelCreateEvent, lambda event: event.channel.name == "made-by-hikari")
    channel = await report.step(
        "create channel",
        rest.create_guild_text_channel(
            guild, "made-by-hikari", topic="a topic", category=category if category else hikari.UNDEFINED
        ),
    )
    await report.event("channel create event", created, channel)
    if channel is not None:
        overwrite = rest.edit_permission_overwrite(
            channel,
            guild,
            target_type=hikari.PermissionOverwriteType.ROLE,
            deny=hikari.Permissions.SEND_MESSAGES,
        )
        await report.did("set overwrite", overwrite)
        await report.did("delete overwrite", rest.delete_permission_overwrite(channel, guild))
        changed = run.expect(hikari.GuildChannelUpdateEvent, lambda event: event.channel_id == channel.id)
        edited = await report.did("edit channel", rest.edit_channel(channel, name="renamed", rate_limit_per_user=5))
        await report.event("channel update event", changed, edited)
        gone = run.expect(hikari.GuildChannelDeleteEvent, lambda event: event.channel_id == channel.id)
        await report.event("channel delete event", gone, await report.did("delete channel", channel.delete()))
    for name, make in (
        ("voice", rest.create_guild_voice_channel),
        ("stage", rest.create_guild_stage_channel),
        ("news", rest.create_guild_news_channel),
        ("forum", rest.create_guild_forum_channel),
    ):
        other = await report.step(f"create {name} channel", make(guild, f"a-{name}"))
        if other is not None:
            await report.did(f"delete {name} channel", rest.delete_channel(other.id))
    if category is not None:
        await report.did("delete category", rest.delete_channel(category))
    channels = await report.step("fetch channels", rest.fetch_guild_channels(guild))
    report.check("the channel under test is listed", channels and run.channel in {each.id for each in channels})


async def check_members(run: HikariRun) -> None:
    report, rest, guild = run.report, run.rest, run.guild
    member = await report.step("fetch member", rest.fetch_member(guild, run.me))
    report.check("member is the bot", member and member.id == run.me.id)
    members = await report.step("fetch members", rest.fetch_members(guild).limit(10))
    report.check("the bot is listed", members and run.me.id in {each.id for each in members})
    found = await report.step("search members", rest.search_members(guild, run.me.username[:3]))
    report.check("the bot is found", found and run.me.id in {each.id for each in found})
    chunk = run.expect(hikari.MemberChunkEvent)
    asked = await report.did("request members", run.bot.request_guild_members(guild, query="", limit=0))
    await report.event("members chunk", chunk, asked)
    named = await report.step("edit own nickname", rest.edit_my_member(guild, nickname="Nick"))
    report.check("nickname is changed", named and named.nickname == "Nick")
    fetched = await report.step("fetch guild", rest.fetch_guild(guild))
    report.check("guild has its roles", fetched and fetched.roles)
    code = await run.code_of(rest.fetch_member(guild, 1))
    report.check("unknown member has code 10007 or 10013", code in (10007, 10013), str(code))


async def check_invites(run: HikariRun) -> None:
    report, rest = run.report, run.rest
    created = run.expect(hikari.InviteCreateEvent)
    invite = await report.step("create invite", rest.create_invite(run.channel, max_age=600, max_uses=3, unique=True))
    await report.event("invite create event", created, invite)
    if invite is None:
        return
    fetched = await report.step("fetch invite", rest.fetch_invite(invite.code, with_counts=True))
    report.check("the invite leads here", fetched and fetched.guild_id == run.guild)
    listed = await report.step("fetch guild invites", rest.fetch_guild_invites(run.guild))
    report.check("the invite is listed", listed and invite.code in {each.code for each in listed})
    gone = run.expect(hikari.InviteDeleteEvent)
    await report.event("invite delete event", gone, await report.did("delete invite", rest.delete_invite(invite)))


async def check_emojis(run: HikariRun) -> None:
    report, rest, guild = run.report, run.rest, run.guild
    updated = run.expect(hikari.EmojisUpdateEvent)
    emoji = await report.step("create emoji", rest.create_emoji(guild, "pixel", hikari.Bytes(PIXEL, "pixel.png")))
    await report.event("emojis update event", updated, emoji)
    if emoji is None:
        return
    edited = await report.step("edit emoji", rest.edit_emoji(guild, emoji, name="point"))
    report.check("emoji is renamed", edited and edited.name == "point")
    listed = await report.step("fetch emojis", rest.fetch_guild_emojis(guild))
    report.check("the emoji is listed", listed and emoji.id in {each.id for each in listed})
    await report.did("delete emoji", rest.delete_emoji(guild, emoji))


async def check_webhooks(run: HikariRun) -> None:
    report, rest = run.report, run.rest
    updated = run.expect(hikari.WebhookUpdateEvent)
    webhook = await report.step("create webhook", rest.create_webhook(run.channel, "hook"))
    await report.event("webhook update event", updated, webhook)
    if webhook is None:
        return
    created = run.expect(hikari.GuildMessageCreateEvent, lambda event: event.content == "by hook")
    message = await report.step("execute webhook", webhook.execute("by hook", username="another name"))
    await report.event("webhook message event", created, message)
    if message is not None:
        report.check("the message has the name", message.author.username == "another name")
        edited = await report.step("edit webhook message", webhook.edit_message(message, "by hook, edited"))
        report.check("webhook message is edited", edited and edited.content == "by hook, edited")
        await report.did("fetch webhook message", webhook.fetch_message(message))
        await report.did("delete webhook message", webhook.delete_message(message))
    renamed = await report.step("edit webhook", webhook.edit(name="renamed"))
    report.check("webhook is renamed", renamed and renamed.name == "renamed")
    listed = await report.step("fetch channel webhooks", rest.fetch_channel_webhooks(run.channel))
    report.check("the webhook is listed", listed and webhook.id in {each.id for each in listed})
    await report.did("delete webhook", webhook.delete())


async def check_bans(run: HikariRun, user_id: int) -> None:
    report, rest, guild = run.report, run.rest, run.guild
    banned = run.expect(hikari.BanCreateEvent, lambda event: event.user_id == user_id)
    done = await report.did("ban", rest.ban_user(guild, user_id, delete_message_seconds=60, reason="a reason"))
    await report.event("ban event", banned, done)
    ban = await report.step("fetch ban", rest.fetch_ban(guild, user_id))
    report.check("the ban has its reason", ban and ban.reason == "a reason")
    bans = await report.step("fetch bans", rest.fetch_bans(guild).limit(10))
    report.check("the ban is listed", bans and user_id in {each.user.id for each in bans})
    lifted = run.expect(hikari.BanDeleteEvent, lambda event: event.user_id == user_id)
    await report.event("unban event", lifted, await report.did("unban", rest.unban_user(guild, user_id)))


async def check_audit_log(run: HikariRun) -> None:
    report = run.report
    pages = await report.step("fetch audit log", run.rest.fetch_audit_log(run.guild).limit(1))
    entries = [entry for page in pages or [] for entry in page.entries.values()]
    report.check(
        "the audit log tells of the role", hikari.AuditLogEventType.ROLE_CREATE in {e.action_type for e in entries}
    )
    reasons = {entry.reason for entry in entries}
    report.check("the audit log has the reason", "a reason \N{SNOWMAN}" in reasons, str(reasons))


async def check_commands(run: HikariRun) -> None:
    report, rest = run.report, run.rest
    application = await report.step("fetch application", rest.fetch_application())
    if application is None:
        return
    build = rest.slash_command_builder("ping", "answers pong").add_option(
        hikari.CommandOption(type=hikari.OptionType.STRING, name="word", description="a word")
    )
    commands = await report.step("set commands", rest.set_application_commands(application, [build], guild=run.guild))
    if not commands:
        return
    fetched = await report.step("fetch commands", rest.fetch_application_commands(application, guild=run.guild))
    report.check("the command is listed", fetched and [each.name for each in fetched] == ["ping"])
    if run.environment.user_token is None:
        report.skip("interaction", "no TUICHAT_USER_TOKEN")
        return
    asked = run.expect(hikari.CommandInteractionCreateEvent)
    invoked = invoke_command(
        run.environment, application.id, commands[0].id, "ping", [{"name": "word", "type": 3, "value": "w"}]
    )
    event = await report.event("interaction event", asked, await report.did("user invokes /ping", invoked))
    if event is None:
        return
    interaction = event.interaction
    assert isinstance(interaction, hikari.CommandInteraction)
    report.check("the option is told", interaction.options and interaction.options[0].value == "w")
    created = run.expect(hikari.GuildMessageCreateEvent, lambda event: event.content == "pong w")
    done = await report.did(
        "respond", interaction.create_initial_response(hikari.ResponseType.MESSAGE_CREATE, "pong w")
    )
    await report.event("response event", created, done)
    await report.did("follow up", interaction.execute("and a follow-up"))
    edited = await report.step("edit response", interaction.edit_initial_response("pong w edited"))
    report.check("response is edited", edited and edited.content == "pong w edited")
    await report.did("delete response", interaction.delete_initial_response())
    await report.did("delete command", commands[0].delete())
