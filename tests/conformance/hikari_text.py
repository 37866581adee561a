"""hikari's conformance: `python -m tests.conformance.hikari_text`, told by environment.py what to test."""

import asyncio
import sys

import hikari

from tests.conformance.environment import Environment
from tests.conformance.hikari_guild import (
    check_audit_log,
    check_bans,
    check_channels,
    check_commands,
    check_emojis,
    check_invites,
    check_members,
    check_roles,
    check_webhooks,
)
from tests.conformance.hikari_messages import check_attachments, check_direct_messages, check_messages
from tests.conformance.hikari_run import HikariRun
from tests.conformance.main import run_checks
from tests.conformance.other_account import register_user
from tests.conformance.report import Report


async def check_all(environment: Environment, report: Report) -> None:
    run = HikariRun(environment, report)
    available: asyncio.Future[hikari.GuildAvailableEvent] = asyncio.get_running_loop().create_future()

    @run.bot.listen()
    async def note(event: hikari.GuildAvailableEvent) -> None:
        if not available.done():
            available.set_result(event)

    if not await report.did("login and STARTED", run.bot.start(check_for_updates=False), 30):
        return
    try:
        event = await report.step("the guild becomes available", available)
        if event is not None:
            report.check("guild is in the cache", run.bot.cache.get_guild(run.guild))
            report.check("members are in the cache", run.me.id in run.bot.cache.get_members_view_for_guild(run.guild))
            report.check("channel is in the cache", run.bot.cache.get_guild_channel(run.channel))
            await check_connected(run)
    finally:
        await report.did("close", run.bot.close())


async def check_connected(run: HikariRun) -> None:
    stranger = await run.report.step("register a stranger", register_user(run.environment))
    await check_messages(run)
    await check_attachments(run)
    await check_roles(run)
    await check_channels(run)
    await check_members(run)
    await check_invites(run)
    await check_emojis(run)
    await check_webhooks(run)
    await check_audit_log(run)
    await check_commands(run)
    if stranger is not None:
        await check_bans(run, stranger)
    if run.environment.user_token is not None:
        owner = await run.report.step("fetch guild owner", run.rest.fetch_guild(run.guild))
        if owner is not None:
            await check_direct_messages(run, owner.owner_id)
    await run.report.did("change presence", run.bot.update_presence(status=hikari.Status.IDLE))


if __name__ == "__main__":
    sys.exit(run_checks("hikari_text", check_all))
