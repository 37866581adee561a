"""What the tests of moderating share: a bot that may do anything, and what it is told of its doings."""

import asyncio
from collections.abc import Awaitable
from typing import Any

import discord

from tests.conformance.text_run import TextRun
from tests.system.rest_account import RestAccount

Action = discord.AuditLogAction


class Moderation(TextRun):
    """A bot that may do anything, the events that it heard, and somebody to be moderated."""

    victim: RestAccount
    victim_id = 0

    async def event(self, name: str, work: Awaitable[object]) -> Any:
        """Await some work, and return what the event told that it caused."""
        heard = asyncio.create_task(self.client.wait_for(name, timeout=10))
        await asyncio.sleep(0)
        await work
        return await heard

    async def come(self) -> discord.Member:
        """Have the victim join, and return it as a member."""
        invite = await self.channel.create_invite(unique=True)
        heard = asyncio.create_task(self.client.wait_for("member_join", timeout=10))
        await asyncio.sleep(0)
        await self.victim.join(invite.code)
        member: discord.Member = await heard
        assert member.id == self.victim_id
        return member

    async def newest(self, action: Action) -> Any:
        """Return the newest entry of a kind; what its target is, and what it says before and after, the kind decides."""
        entries = [entry async for entry in self.guild.audit_logs(limit=1, action=action)]
        return entries[0]
