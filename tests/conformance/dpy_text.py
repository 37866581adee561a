"""discord.py's text conformance: `python -m tests.conformance.dpy_text`, told by environment.py what to test."""

import asyncio
import contextlib
import sys
import time

import discord

from tests.conformance.environment import Environment
from tests.conformance.main import run_checks
from tests.conformance.other_account import gateway_url, post_as_other
from tests.conformance.redirect import redirect
from tests.conformance.report import Report
from tests.conformance.text_guild import (
    add_ping_command,
    check_commands,
    check_members_and_webhooks,
    check_roles_and_channels,
)
from tests.conformance.text_messages import (
    check_attachments,
    check_history_and_errors,
    check_messages,
    check_reactions,
    check_reply,
    check_threads,
    check_typing_and_deletion,
)
from tests.conformance.text_run import TextRun

AWAY = "while away"


async def check_all(environment: Environment, report: Report) -> None:
    redirect(environment.api, await gateway_url(environment))
    run = TextRun(environment, report)
    add_ping_command(run)
    if not await report.did("login (GET /users/@me)", run.client.login(environment.bot_token)):
        await run.client.close()
        return
    started_s = time.monotonic()
    runner = asyncio.create_task(run.client.connect(reconnect=True))
    try:
        if await report.did("on_ready", run.ready.wait(), 30):
            print(f"      ready after {time.monotonic() - started_s:.2f} s")
            await check_connected(run)
    finally:
        await report.did("close", run.client.close())
        with contextlib.suppress(TimeoutError, discord.DiscordException):
            await asyncio.wait_for(runner, 5)


async def check_connected(run: TextRun) -> None:
    report = run.report
    if not check_cache(run):
        return
    message = await check_messages(run)
    if message is None:
        return
    reply = await check_reply(run, message)
    await check_reactions(run, message)
    await check_history_and_errors(run, message)
    await check_attachments(run)
    await check_typing_and_deletion(run, reply)
    await check_threads(run, message)
    await check_roles_and_channels(run)
    await check_members_and_webhooks(run)
    await check_commands(run)
    await check_resume(run)
    # An unknown session id must lead to a fresh IDENTIFY.
    run.ready.clear()
    run.client.ws.session_id = "f" * 32
    run.cut_cable()
    await report.did("invalid session falls back to IDENTIFY and READY", run.ready.wait(), 40)


def check_cache(run: TextRun) -> bool:
    report = run.report
    guild = run.client.get_guild(run.environment.guild_id)
    if not report.check("guild is in the cache", guild) or guild is None:
        return False
    report.check("guild.me is set", guild.me and guild.me.id == run.user.id)
    report.check(
        "guild is chunked (member_count matches)",
        guild.chunked and len(guild.members) == guild.member_count,
        f"{len(guild.members)} of {guild.member_count}",
    )
    report.check("everyone role is cached", guild.default_role is not None)
    channel = guild.get_channel(run.environment.channel_id)
    if not report.check("text channel is cached", isinstance(channel, discord.TextChannel)):
        return False
    report.check("own permissions allow sending", run.channel.permissions_for(guild.me).send_messages)
    return True


async def check_resume(run: TextRun) -> None:
    report, client = run.report, run.client
    session_id = client.ws.session_id
    run.cut_cable()
    if run.environment.has_other_account:
        await report.did("post while disconnected", post_as_other(run.environment, AWAY))
    await report.did("RESUMED", run.resumed.wait(), 30)
    report.check("same session", client.ws.session_id == session_id)
    if run.environment.has_other_account:
        await report.did("missed message is replayed", run.message(lambda seen: seen.content == AWAY))
    report.check("replayed once only", [seen.content for seen in run.seen].count(AWAY) == 1)
    sent = await report.step("send after resume", run.channel.send("after resume"))
    if sent is not None:
        sent_id = sent.id
        await report.did("event after resume", run.message(lambda seen: seen.id == sent_id))


if __name__ == "__main__":
    sys.exit(run_checks("dpy_text", check_all))
