"""hikari's conformance: messages, reactions, pins, files, threads and direct messages."""

import hikari

from tests.conformance.hikari_run import HikariRun
from tests.conformance.other_account import post_as_other

THUMBS_UP = "\N{THUMBS UP SIGN}"


async def check_messages(run: HikariRun) -> None:
    report, rest, channel = run.report, run.rest, run.channel
    created = run.expect(hikari.GuildMessageCreateEvent, lambda event: event.content == "hello from hikari")
    message = await report.step("create message", rest.create_message(channel, "hello from hikari"))
    seen = await report.event("own message event", created, message)
    if message is None:
        return
    report.check("the event has author and member", seen and seen.author.id == run.me.id and seen.member is not None)
    if run.environment.has_other_account:
        foreign = run.expect(hikari.GuildMessageCreateEvent, lambda event: event.content == "from another account")
        posted = await report.did("another account posts", post_as_other(run.environment, "from another account"))
        await report.event("foreign message event", foreign, posted)
    changed = run.expect(hikari.GuildMessageUpdateEvent, lambda event: event.message_id == message.id)
    edited = await report.step("edit message", message.edit("hello again"))
    report.check("edited", edited and edited.content == "hello again" and edited.edited_timestamp is not None)
    await report.event("message update event", changed, edited)
    reply = await report.step("reply", message.respond("a reply", reply=True))
    report.check("the reply refers to its message", reply and reply.referenced_message is not None)
    fetched = await report.step("fetch message", rest.fetch_message(channel, message.id))
    report.check("fetched as edited", fetched and fetched.content == "hello again")
    history = await report.step("history", rest.fetch_messages(channel).limit(5))
    report.check("history is newest first", history and history[0].id > history[-1].id)
    after = await report.step("history after", rest.fetch_messages(channel, after=message.id).limit(5))
    report.check("history after excludes its anchor", after and message.id not in {each.id for each in after})
    code = await run.code_of(rest.fetch_message(channel, 1))
    report.check("unknown message has code 10008", code == 10008, str(code))
    code = await run.code_of(rest.create_message(channel, ""))
    report.check("empty message has code 50006", code == 50006, str(code))
    embed = hikari.Embed(title="Title", description="Words", color=0x336699).add_field("name", "value")
    with_embed = await report.step("send embed", rest.create_message(channel, embed=embed))
    report.check("embed is kept", with_embed and with_embed.embeds and with_embed.embeds[0].title == "Title")
    typed = run.expect(hikari.GuildTypingEvent)
    await report.event("typing event", typed, await report.did("typing", rest.trigger_typing(channel)))
    await check_reactions(run, message)
    await check_pins(run, message)
    await check_threads(run, message)
    gone = run.expect(hikari.GuildMessageDeleteEvent, lambda event: event.message_id == message.id)
    await report.event("delete event", gone, await report.did("delete message", message.delete()))
    doomed = [await rest.create_message(channel, f"doomed {number}") for number in range(3)]
    bulk = run.expect(hikari.GuildBulkMessageDeleteEvent)
    await report.event(
        "bulk delete event", bulk, await report.did("bulk delete", rest.delete_messages(channel, doomed))
    )


async def check_reactions(run: HikariRun, message: hikari.Message) -> None:
    report, rest, channel = run.report, run.rest, run.channel
    added = run.expect(hikari.GuildReactionAddEvent, lambda event: event.message_id == message.id)
    done = await report.did("add reaction", message.add_reaction(THUMBS_UP))
    await report.event("reaction add event", added, done)
    users = await report.step("fetch reactions", rest.fetch_reactions_for_emoji(channel, message, THUMBS_UP).limit(5))
    report.check("the reaction is mine", users and [user.id for user in users] == [run.me.id])
    fetched = await report.step("fetch message with reactions", rest.fetch_message(channel, message.id))
    report.check("counted in the message", fetched and [each.count for each in fetched.reactions] == [1])
    removed = run.expect(hikari.GuildReactionDeleteEvent)
    done = await report.did("remove reaction", message.remove_reaction(THUMBS_UP))
    await report.event("reaction remove event", removed, done)
    await report.did("add reaction again", message.add_reaction(THUMBS_UP))
    cleared = run.expect(hikari.GuildReactionDeleteAllEvent)
    done = await report.did("remove all reactions", message.remove_all_reactions())
    await report.event("reactions cleared event", cleared, done)


async def check_pins(run: HikariRun, message: hikari.Message) -> None:
    report, rest, channel = run.report, run.rest, run.channel
    pinned = run.expect(hikari.GuildPinsUpdateEvent)
    await report.event("pins update event", pinned, await report.did("pin", rest.pin_message(channel, message)))
    pins = await report.step("fetch pins", rest.fetch_pins(channel).limit(5))
    report.check("pins name the message", pins and message.id in {each.message.id for each in pins})
    await report.did("unpin", rest.unpin_message(channel, message))


async def check_attachments(run: HikariRun) -> None:
    report, rest, channel = run.report, run.rest, run.channel
    content = bytes(range(256)) * 40
    file = hikari.Bytes(content, "data.bin")
    message = await report.step("upload a file", rest.create_message(channel, "a file", attachment=file))
    if message is None:
        return
    report.check("its size is told", message.attachments and message.attachments[0].size == len(content))
    downloaded = await report.step("download", message.attachments[0].read())
    report.check("the same bytes", downloaded == content)
    texts = [hikari.Bytes(f"file {number}", f"{number}.txt") for number in range(2)]
    two = await report.step("upload two files", rest.create_message(channel, attachments=texts))
    report.check("two files", two and [each.filename for each in two.attachments] == ["0.txt", "1.txt"])
    if two is not None:
        kept = await report.step("edit away one file", two.edit(attachments=[two.attachments[0]]))
        report.check("one file is left", kept and len(kept.attachments) == 1)


async def check_threads(run: HikariRun, message: hikari.Message) -> None:
    report, rest = run.report, run.rest
    created = run.expect(hikari.GuildThreadCreateEvent)
    thread = await report.step(
        "thread from message", rest.create_message_thread(run.channel, message, "from a message")
    )
    await report.event("thread create event", created, thread)
    if thread is None:
        return
    report.check("the thread has the message's id", thread.id == message.id)
    said = await report.step("message in the thread", rest.create_message(thread, "in the thread"))
    report.check("it stands in the thread", said and said.channel_id == thread.id)
    active = await report.step("active threads", rest.fetch_active_threads(run.guild))
    report.check("the thread is active", active is not None and thread.id in {each.id for each in active})
    await report.did("leave thread", rest.leave_thread(thread))
    await report.did("join thread", rest.join_thread(thread.id))
    members = await report.step("thread members", rest.fetch_thread_members(thread).limit(5))
    report.check("the bot is one", members and run.me.id in {each.user_id for each in members})
    await report.did("archive thread", rest.edit_channel(thread, archived=True))
    archived = await report.step("archived threads", rest.fetch_public_archived_threads(run.channel).limit(5))
    report.check("the thread is archived", archived and thread.id in {each.id for each in archived})
    await report.did("delete thread", rest.delete_channel(thread))
    public = rest.create_thread(run.channel, hikari.ChannelType.GUILD_PUBLIC_THREAD, "by itself")
    alone = await report.step("standalone thread", public)
    if alone is not None:
        await report.did("delete standalone thread", rest.delete_channel(alone))


async def check_direct_messages(run: HikariRun, user_id: int) -> None:
    report, rest = run.report, run.rest
    channel = await report.step("open direct messages", rest.create_dm_channel(user_id))
    if channel is None:
        return
    created = run.expect(hikari.DMMessageCreateEvent, lambda event: event.content == "between us")
    message = await report.step("send direct message", rest.create_message(channel, "between us"))
    await report.event("direct message event", created, message)
    if message is not None:
        await report.did("edit direct message", message.edit("between us two"))
        await report.did("delete direct message", message.delete())
