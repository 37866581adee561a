"""Webhooks: who manages them, what their token opens, and what they write."""

import msgspec
import pytest

from tests.server.actions.conftest import Town, outcome, refused
from tuichat.protocol import codec
from tuichat.protocol.channel import ChannelType
from tuichat.protocol.message import Message
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.channel import CreateChannelRequest
from tuichat.protocol.rest.message import EditMessageRequest
from tuichat.protocol.rest.webhook import CreateWebhookRequest, EditWebhookRequest, ExecuteWebhookRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.webhook import Webhook
from tuichat.server.actions import channels, hooks, messages, webhooks
from tuichat.server.actions.context import Actor

NO_ACCESS, NO_PERMISSION, UNKNOWN_WEBHOOK, WRONG_TOKEN, TOO_MANY = 50001, 50013, 10015, 50027, 30007
UNKNOWN_CHANNEL, UNKNOWN_MESSAGE = 10003, 10008


async def make(town: Town, by: Actor | None = None, name: str = "hook") -> Webhook:
    return await webhooks.create_webhook(town.ctx, by or town.ada, town.general, CreateWebhookRequest(name=name))


async def execute(town: Town, hook: Webhook, thread_id: int | None = None, /, **fields: object) -> Message:
    opened = await hooks.find(town.ctx, hook.id, str(hook.token))
    request = codec.decode(codec.encode(fields), ExecuteWebhookRequest)
    return await opened.execute(request, thread_id=thread_id, with_components=True)


@pytest.mark.parametrize(
    ("who", "expected"),
    [("ada", None), ("mod", NO_PERMISSION), ("bob", NO_PERMISSION), ("hush", NO_PERMISSION), ("eve", NO_ACCESS)],
)
async def test_who_manages_webhooks(town: Town, who: str, expected: int | None) -> None:
    hook = await make(town)
    actor = town.people[who]
    assert_same = [
        await outcome(make(town, actor)),
        await outcome(webhooks.list_channel_webhooks(town.ctx, actor, town.general)),
        await outcome(webhooks.list_guild_webhooks(town.ctx, actor, town.guild_id)),
        await outcome(webhooks.get_webhook(town.ctx, actor, hook.id)),
        await outcome(webhooks.edit_webhook(town.ctx, actor, hook.id, EditWebhookRequest(name="new"))),
        await outcome(webhooks.delete_webhook(town.ctx, actor, hook.id)),
    ]
    refusals = {result if isinstance(result, int) else None for result in assert_same}
    assert refusals == {expected}


async def test_a_role_that_manages_webhooks_does(town: Town) -> None:
    await town.give_role("bob", Permissions.MANAGE_WEBHOOKS)
    hook = await make(town, town.bob)
    assert [found.id for found in await webhooks.list_channel_webhooks(town.ctx, town.bob, town.general)] == [hook.id]


async def test_a_change_is_told_and_noted(town: Town) -> None:
    hook = await make(town)
    await webhooks.edit_webhook(town.ctx, town.ada, hook.id, EditWebhookRequest(name="other"))
    await webhooks.edit_webhook(town.ctx, town.ada, hook.id, EditWebhookRequest(name="other"))  # nothing changes
    await webhooks.delete_webhook(town.ctx, town.ada, hook.id)
    told = town.told("WEBHOOKS_UPDATE")
    assert len(told) == 3
    assert all(event.needs & Permissions.MANAGE_WEBHOOKS and event.channel_id == town.general for event in told)
    entries = [msgspec.json.decode(event.body) for event in town.told("GUILD_AUDIT_LOG_ENTRY_CREATE")]
    assert [entry["action_type"] for entry in entries] == [50, 51, 52]
    assert str(hook.token).encode() not in b"".join(event.body for event in town.published)


@pytest.mark.parametrize("name", ["", "  ", "x" * 81, "Clyde", "my discord hook", "\u200b"])
async def test_names_that_webhooks_cannot_have(town: Town, name: str) -> None:
    with refused(50035):
        await make(town, name=name)


async def test_a_channel_has_fifteen(town: Town) -> None:
    for _ in range(15):
        await make(town)
    with refused(TOO_MANY, 400):
        await make(town)


async def test_a_guild_has_a_thousand(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "MAX_GUILD_WEBHOOKS", 1)
    await make(town)
    with refused(30058, 400) as caught:
        await make(town)
    assert "(1)" in caught.value.message


async def test_a_category_has_none(town: Town) -> None:
    with refused(50024):
        await webhooks.create_webhook(
            town.ctx, town.ada, town.channel("Text channels"), CreateWebhookRequest(name="hook")
        )


async def test_the_token_is_checked(town: Town) -> None:
    hook = await make(town)
    assert len(str(hook.token)) >= 60
    for token in ("", "x", str(hook.token)[:-1], str(hook.token) + "x", "\udcff"):
        with refused(WRONG_TOKEN, 401):
            await hooks.find(town.ctx, hook.id, token)
    with refused(UNKNOWN_WEBHOOK, 404):
        await hooks.find(town.ctx, Snowflake(5), str(hook.token))


async def test_the_holder_of_the_token_is_not_told_who_made_it(town: Town) -> None:
    hook = await make(town)
    row = await webhooks.find_by_token(town.ctx, hook.id, str(hook.token))
    assert webhooks.shown(town.ctx, row, None).user is msgspec.UNSET
    assert webhooks.shown(town.ctx, row, town.ada).user is not msgspec.UNSET


async def test_an_applications_token_is_its_own(town: Town) -> None:
    bot = Actor(town.bob.user_id, is_bot=True)
    await town.give_role("bob", Permissions.MANAGE_WEBHOOKS)
    hook = await make(town, bot)
    assert (hook.application_id, hook.token is msgspec.UNSET) == (bot.user_id, False)
    assert (await webhooks.get_webhook(town.ctx, town.ada, hook.id)).token is msgspec.UNSET
    assert (await webhooks.get_webhook(town.ctx, bot, hook.id)).token == hook.token


async def test_a_webhook_writes_by_the_name_it_gives(town: Town) -> None:
    hook = await make(town)
    sent = await execute(town, hook, content=f"hi <@{town.bob.user_id}> @everyone", username="Build")
    assert (sent.author.id, sent.author.username, sent.author.bot) == (hook.id, "Build", True)
    assert sent.author.discriminator == "0000"
    assert sent.webhook_id == hook.id
    assert [user.id for user in sent.mentions] == [town.bob.user_id]
    assert not sent.mention_everyone  # of itself a webhook pings users only
    (event,) = town.told("MESSAGE_CREATE")
    body = msgspec.json.decode(event.body)
    assert ("member" in body, body["webhook_id"]) == (False, str(int(hook.id)))
    assert (await execute(town, hook, content="x")).author.username == "hook"
    listed = await messages.list_messages(town.ctx, town.ada, town.general, limit=2)
    assert [message.author.username for message in listed] == ["hook", "Build"]


async def test_a_webhook_pings_everyone_where_it_says_so(town: Town) -> None:
    hook = await make(town)
    assert (await execute(town, hook, content="@everyone", allowed_mentions={"parse": ["everyone"]})).mention_everyone


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, 50006),
        ({"content": "x" * 2001}, 50035),
        ({"content": "x", "username": "Discord"}, 50035),
        ({"content": "x", "username": "x" * 81}, 50035),
        ({"content": "x", "avatar_url": "javascript:1"}, 50035),
        ({"content": "x", "thread_name": "t"}, 220003),
        ({"content": "x", "sticker_ids": ["1"]}, 50081),
        ({"components": [{"type": 1, "components": [{"type": 2, "style": 1, "label": "x", "custom_id": "x"}]}]}, 50035),
    ],
)
async def test_what_a_webhook_cannot_send(town: Town, fields: dict[str, object], code: int) -> None:
    hook = await make(town)
    with refused(code):
        await execute(town, hook, **fields)


async def test_a_retry_of_a_webhook_never_doubles(town: Town) -> None:
    hook = await make(town)
    first = await execute(town, hook, content="once", nonce="n", enforce_nonce=True)
    again = await execute(town, hook, content="once", nonce="n", enforce_nonce=True)
    assert first.id == again.id
    assert again.author.username == "hook"
    assert len(town.told("MESSAGE_CREATE")) == 1


async def test_a_webhook_changes_what_it_wrote_and_nothing_else(town: Town) -> None:
    hook, other = await make(town), await make(town)
    sent = await execute(town, hook, content="one")
    theirs = await town.say("mine")
    opened = await hooks.find(town.ctx, hook.id, str(hook.token))
    assert (await opened.edit_message(sent.id, EditMessageRequest(content="two"))).content == "two"
    assert (await opened.get_message(sent.id)).content == "two"
    strangers = await hooks.find(town.ctx, other.id, str(other.token))
    for hand, message_id in ((opened, theirs), (strangers, sent.id), (opened, Snowflake(5))):
        with refused(UNKNOWN_MESSAGE, 404):
            await hand.get_message(message_id)
        with refused(UNKNOWN_MESSAGE, 404):
            await hand.edit_message(message_id, EditMessageRequest(content="x"))
        with refused(UNKNOWN_MESSAGE, 404):
            await hand.delete_message(message_id)
    with refused(UNKNOWN_MESSAGE, 404):
        await opened.get_message(hooks.ORIGINAL)
    await opened.delete_message(sent.id)
    with refused(UNKNOWN_MESSAGE, 404):
        await opened.get_message(sent.id)


async def test_nobody_edits_a_webhooks_words_and_moderators_delete_them(town: Town) -> None:
    hook = await make(town)
    sent = await execute(town, hook, content="one")
    with refused(50005, 403):
        await messages.edit_message(town.ctx, town.ada, town.general, sent.id, EditMessageRequest(content="x"))
    with refused(NO_PERMISSION):
        await messages.delete_message(town.ctx, town.bob, town.general, sent.id)
    await messages.delete_message(town.ctx, town.people["mod"], town.general, sent.id)


async def test_a_webhook_goes_with_its_channel(town: Town) -> None:
    made = await channels.create_channel(
        town.ctx, town.ada, town.guild_id, CreateChannelRequest(name="doomed", type=ChannelType.TEXT)
    )
    hook = await webhooks.create_webhook(town.ctx, town.ada, made.id, CreateWebhookRequest(name="hook"))
    await channels.delete_channel(town.ctx, town.ada, made.id)
    with refused(UNKNOWN_WEBHOOK, 404):
        await hooks.find(town.ctx, hook.id, str(hook.token))
    with refused(UNKNOWN_WEBHOOK, 404):
        await webhooks.get_webhook(town.ctx, town.ada, hook.id)


async def test_a_webhook_moves_where_its_manager_manages(town: Town) -> None:
    made = await channels.create_channel(
        town.ctx, town.ada, town.guild_id, CreateChannelRequest(name="other", type=ChannelType.TEXT)
    )
    hook = await make(town)
    moved = await webhooks.edit_webhook(town.ctx, town.ada, hook.id, EditWebhookRequest(channel_id=made.id))
    assert moved.channel_id == made.id
    assert (await execute(town, hook, content="x")).channel_id == made.id
    with refused(UNKNOWN_CHANNEL):
        await webhooks.edit_webhook(town.ctx, town.ada, hook.id, EditWebhookRequest(channel_id=Snowflake(5)))


async def test_a_webhook_writes_into_threads_of_its_channel_only(town: Town) -> None:
    hook = await make(town)
    for elsewhere in (Snowflake(5), town.general, town.channel("Text channels")):
        with refused(UNKNOWN_CHANNEL, 404):
            await execute(town, hook, elsewhere, content="x")
