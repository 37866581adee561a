"""Messages, reactions, history, pins, embeds, files, typing, deletion and threads, as discord.py uses them."""

import asyncio
import io
import os

import discord

from tests.conformance.other_account import post_as_other
from tests.conformance.text_run import EVENT_TIMEOUT_S, TextRun, error_code

THUMBS_UP = "\N{THUMBS UP SIGN}"


async def check_messages(run: TextRun) -> discord.Message | None:
    """Return the first message sent, for the sections that build upon it; None ends the run."""
    report, client, channel = run.report, run.client, run.channel
    message = await report.step("send", channel.send("hello from discord.py", nonce="n-1"))
    if message is None:
        return None
    event = await report.step("own MESSAGE_CREATE arrives", run.message(lambda seen: seen.id == message.id))
    if event is not None:
        report.check(
            "gateway message has guild, member author", event.guild and isinstance(event.author, discord.Member)
        )
    report.check("the response echoes the nonce", message.nonce == "n-1", repr(message.nonce))
    if run.environment.has_other_account:
        waiter = asyncio.create_task(
            client.wait_for(
                "message", check=lambda seen: seen.content == "from another account", timeout=EVENT_TIMEOUT_S
            )
        )
        await asyncio.sleep(0.1)
        posted = await report.did("another account posts", post_as_other(run.environment, "from another account"))
        foreign = await report.event("wait_for(message) gets it, with content", waiter, posted)
        if foreign is not None:
            report.check("foreign author", foreign.author.id != run.user.id)
    else:
        report.skip("wait_for", "no second account")
    edited = await report.step("edit", message.edit(content="edited"))
    if edited is not None:
        report.check("edited_at is set", edited.content == "edited" and edited.edited_at)
    return message


async def check_reactions(run: TextRun, message: discord.Message) -> None:
    report, client = run.report, run.client
    waiter = asyncio.create_task(
        client.wait_for(
            "reaction_add",
            check=lambda reaction, user: reaction.message.id == message.id,
            timeout=EVENT_TIMEOUT_S,
        )
    )
    await asyncio.sleep(0)
    added = await report.did("add reaction", message.add_reaction(THUMBS_UP))
    await report.event("reaction_add event", waiter, added)
    fetched = await report.step("fetch_message", run.channel.fetch_message(message.id))
    if fetched is not None:
        reactions = fetched.reactions
        report.check(
            "reactions in the fetched message",
            reactions and str(reactions[0].emoji) == THUMBS_UP and reactions[0].me and reactions[0].count == 1,
        )
        if reactions:
            users = await report.step("list reaction users", _reaction_users(reactions[0]))
            report.check("reaction users", [user.id for user in users or []] == [run.user.id])
    removal = asyncio.create_task(
        client.wait_for(
            "raw_reaction_remove", check=lambda event: event.message_id == message.id, timeout=EVENT_TIMEOUT_S
        )
    )
    await asyncio.sleep(0)
    removed = await report.did("remove reaction", message.remove_reaction(THUMBS_UP, run.user))
    await report.event("reaction_remove event", removal, removed)


async def _reaction_users(reaction: discord.Reaction) -> list[discord.Member | discord.User]:
    return [user async for user in reaction.users()]


async def check_history_and_errors(run: TextRun, message: discord.Message) -> None:
    report, channel = run.report, run.channel
    newest = await report.step("history(limit=5)", run.history(limit=5))
    if newest:
        ids = [item.id for item in newest]
        report.check("history is newest first", ids == sorted(ids, reverse=True))
    later = await report.step("history(after=..., oldest_first)", run.history(after=message, limit=10))
    if later:
        ids = [item.id for item in later]
        report.check("history after is ascending and excludes the anchor", ids == sorted(ids) and message.id not in ids)
    report.check("404 has code 10008", await error_code(channel.fetch_message(1)) == 10008)
    report.check("empty message has code 50006", await error_code(channel.send("")) == 50006)
    report.check("too long content is 400 / 50035 with errors", await error_code(channel.send("x" * 2001)) == 50035)
    await report.did("pin", message.pin())
    pins = await report.step("pins()", _pins(channel))
    report.check("the pinned message is listed", pins and message.id in [item.id for item in pins])
    await report.did("unpin", message.unpin())


async def _pins(channel: discord.TextChannel) -> list[discord.Message]:
    return [message async for message in channel.pins()]


async def check_reply(run: TextRun, message: discord.Message) -> discord.Message | None:
    report = run.report
    reply = await report.step("reply", message.reply("a reply", mention_author=False))
    if reply is not None:
        report.check(
            "reply has reference and type",
            reply.reference and reply.reference.message_id == message.id and reply.type == discord.MessageType.reply,
        )
        report.check("resolved reference", reply.reference and isinstance(reply.reference.resolved, discord.Message))
    return reply


async def check_attachments(run: TextRun) -> None:
    report, channel = run.report, run.channel
    embed = discord.Embed(title="T", description="D", colour=0x112233, url="https://example.invalid/")
    embed.add_field(name="a", value="b", inline=False)
    sent = await report.step("send embed", channel.send(embed=embed))
    if sent is not None:
        kept = sent.embeds[0] if sent.embeds else None
        report.check(
            "embed is kept",
            kept is not None
            and kept.title == "T"
            and kept.fields[0].value == "b"
            and kept.colour is not None
            and kept.colour.value == 0x112233,
        )
    data = os.urandom(5000)
    file = discord.File(io.BytesIO(data), "blob.bin", description="desc")
    sent = await report.step("upload a file", channel.send("file", file=file))
    if sent is not None:
        attachment = sent.attachments[0] if sent.attachments else None
        report.check(
            "attachment metadata",
            attachment is not None and attachment.filename == "blob.bin" and attachment.size == 5000,
        )
        report.check("attachment description", attachment is not None and attachment.description == "desc")
        downloaded = None if attachment is None else await report.step("download", attachment.read())
        report.check("downloaded bytes are equal", downloaded == data)
    files = [discord.File(io.BytesIO(b"1"), "a.txt"), discord.File(io.BytesIO(b"22"), "b.txt")]
    sent = await report.step("upload two files", channel.send(files=files))
    if sent is not None:
        report.check("two attachments", [item.filename for item in sent.attachments] == ["a.txt", "b.txt"])


async def check_typing_and_deletion(run: TextRun, reply: discord.Message | None) -> None:
    report, client, channel = run.report, run.client, run.channel
    typing = asyncio.create_task(client.wait_for("typing", timeout=EVENT_TIMEOUT_S))
    await asyncio.sleep(0)
    typed = await report.did("typing", _type(channel))
    await report.event("typing event", typing, typed)
    if reply is not None:
        reply_id = reply.id
        deletion = asyncio.create_task(
            client.wait_for(
                "raw_message_delete", check=lambda event: event.message_id == reply_id, timeout=EVENT_TIMEOUT_S
            )
        )
        await asyncio.sleep(0)
        deleted = await report.did("delete", reply.delete())
        await report.event("message_delete event", deletion, deleted)
    bulk = asyncio.create_task(client.wait_for("raw_bulk_message_delete", timeout=EVENT_TIMEOUT_S))
    await asyncio.sleep(0)
    two = [await channel.send("bulk 1"), await channel.send("bulk 2")]
    deleted = await report.did("bulk delete", channel.delete_messages(two))
    await report.event("bulk delete event", bulk, deleted)


async def _type(channel: discord.TextChannel) -> None:
    async with channel.typing():
        pass


async def check_threads(run: TextRun, message: discord.Message) -> None:
    report, guild, channel = run.report, run.guild, run.channel
    thread = await report.step("thread from message", message.create_thread(name="thread-a"))
    if thread is not None:
        sent = await report.step("send in the thread", thread.send("in thread"))
        if sent is None:
            report.line(False, "thread message event", "its cause failed")
        else:
            sent_id = sent.id
            arrived = await report.step("thread MESSAGE_CREATE", run.message(lambda seen: seen.id == sent_id))
            report.check("thread message event", arrived)
        await report.did("archive thread", thread.edit(archived=True))
    standalone = await report.step(
        "standalone public thread",
        channel.create_thread(name="thread-b", type=discord.ChannelType.public_thread),
    )
    if standalone is not None:
        report.check("thread is cached", guild.get_thread(standalone.id) is not None)
        await report.did("delete thread", standalone.delete())
    await report.did("active threads", _lists_threads(guild))


async def _lists_threads(guild: discord.Guild) -> bool:
    return isinstance(await guild.active_threads(), list)
