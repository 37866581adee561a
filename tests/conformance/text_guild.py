"""Roles, overwrites, channels, members, webhooks, presence and slash commands, as discord.py uses them."""

import asyncio

import discord

from tests.conformance.other_account import invoke
from tests.conformance.text_run import TextRun, error_code


async def check_roles_and_channels(run: TextRun) -> None:
    report, guild = run.report, run.guild
    permissions = discord.Permissions(manage_messages=True)
    role = await report.step(
        "create role",
        guild.create_role(name="tester", permissions=permissions, colour=discord.Colour(0xFF0000)),
    )
    if role is not None:
        await _check_role(run, role)
    created = await report.step("create channel", guild.create_text_channel("made-by-dpy", topic="t"))
    if created is not None:
        channel_id = created.id
        report.check("channel is cached", await run.becomes(lambda: guild.get_channel(channel_id)))
        await report.did("edit channel", created.edit(topic="u"))
        await report.did("delete channel", created.delete())


async def _check_role(run: TextRun, role: discord.Role) -> None:
    report, guild, channel = run.report, run.guild, run.channel
    report.check("role is in the cache", await run.becomes(lambda: guild.get_role(role.id)))
    # The reason travels percent-encoded in a header.
    await report.did("add role to self", guild.me.add_roles(role, reason="conformance \u00fc"))
    report.check("member update arrives", await run.becomes(lambda: role in guild.me.roles))
    await report.did("set overwrite", channel.set_permissions(role, send_messages=False))
    report.check("overwrite is cached", await run.becomes(lambda: channel.overwrites_for(role).send_messages is False))
    report.check("permission computation sees it", not channel.permissions_for(role).send_messages)
    await report.did("remove overwrite", channel.set_permissions(role, overwrite=None))
    await report.did("edit role", role.edit(name="tester2"))
    await report.did("remove role", guild.me.remove_roles(role))
    await report.did("delete role", role.delete())


async def check_members_and_webhooks(run: TextRun) -> None:
    report, guild, client, user = run.report, run.guild, run.client, run.user
    await report.did("query_members", guild.query_members(user_ids=[user.id]))
    await report.did("fetch_member", guild.fetch_member(user.id))
    report.check("unknown member has code 10007", await error_code(guild.fetch_member(1)) == 10007)
    webhook = await report.step("create webhook", run.channel.create_webhook(name="hook"))
    if webhook is not None:
        sent = await report.step("webhook send(wait=True)", webhook.send("by hook", username="other name", wait=True))
        if sent is not None:
            report.check("webhook message author", sent.author.name == "other name")
        await report.did("delete webhook", webhook.delete())
    presence = client.change_presence(status=discord.Status.idle, activity=discord.Game("tests"))
    await report.did("change_presence", presence)
    is_idle = await run.becomes(lambda: guild.me.status is discord.Status.idle)
    report.check("own presence arrives", is_idle, str(guild.me.status))


def add_ping_command(run: TextRun) -> None:
    @run.tree.command(name="ping", description="answers pong", guild=discord.Object(run.environment.guild_id))
    async def ping(interaction: discord.Interaction, word: str = "x") -> None:
        await interaction.response.send_message(f"pong {word}")
        await interaction.followup.send("and a followup")
        await interaction.edit_original_response(content=f"pong {word} edited")


async def check_commands(run: TextRun) -> None:
    report, environment = run.report, run.environment
    commands = await report.step("sync app commands (guild)", run.tree.sync(guild=discord.Object(environment.guild_id)))
    if not commands:
        return
    if environment.user_token is None:
        report.skip("interaction", "no TUICHAT_USER_TOKEN")
        return
    options: list[dict[str, object]] = [{"name": "word", "type": 3, "value": "w"}]
    await report.did("user invokes /ping", invoke(environment, commands[0], options))
    await report.did(
        "interaction response is a channel message",
        run.message(lambda seen: seen.content.startswith("pong w")),
    )
    await report.did("followup arrives", run.message(lambda seen: seen.content == "and a followup"))
    await asyncio.sleep(0.5)
    history = await report.step("history", run.history(limit=5))
    report.check("edit_original_response is applied", "pong w edited" in [message.content for message in history or []])
