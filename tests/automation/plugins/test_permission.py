"""A plugin is told events, and may act, in the places that were granted, and nowhere else."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.automation.plugins.place import PluginSite
from tests.client.running import make_client, running
from tests.client.site import Site
from tuichat.automation.plugins.manifest import ActionWish, EventWish, Manifest
from tuichat.automation.plugins.permission import GRANTABLE, PLACED, NotGranted, Permission
from tuichat.automation.plugins.request import Request, Value
from tuichat.automation.records import ConnectionRecord, File, MessageRecord, Person, Place
from tuichat.client.client import Client
from tuichat.client.endpoint import parse_url
from tuichat.commands import engine
from tuichat.commands.command import registry
from tuichat.commands.errors import CommandError
from tuichat.config.paths import Profile


@pytest.fixture
async def me(site: Site, tmp_path: Path) -> AsyncIterator[Client]:
    async with running(make_client(parse_url(site.server.base_url), site.me, tmp_path)) as client:
        yield client


def permission(*wishes: EventWish | ActionWish) -> Permission:
    events = tuple(each for each in wishes if isinstance(each, EventWish))
    actions = tuple(each for each in wishes if isinstance(each, ActionWish))
    return Permission(Manifest("x", "1", "x", ("true",), events, actions, network=False, sha256=""))


def message(channel_id: object, account: str = "somebody", *, is_mention: bool = False) -> MessageRecord:
    return MessageRecord(
        account=account,
        channel=Place(id=str(channel_id), address="dev/#general", name="general", guild=None),
        id="1",
        author=Person(id="2", username="ada", display_name="Ada", is_bot=False),
        is_own=False,
        content="hi",
        text="hi",
        written="",
        files=(File(name="a", size_bytes=1, url=""),),
        is_mention=is_mention,
    )


def test_events_are_of_a_granted_type_place_and_account(site: Site, me: Client) -> None:
    clients = {me.key: me}
    here, there = message(site.channel_id), message(site.channel_id + 1)

    def allows(wish: EventWish, record: MessageRecord | ConnectionRecord) -> bool:
        return permission(wish).allows_event(record, clients, "")

    lost = ConnectionRecord(account="somebody", is_connected=False, text="")
    assert allows(EventWish("message"), here)
    assert not allows(EventWish("message"), lost)
    assert not allows(EventWish("message_edited"), here)
    assert allows(EventWish("connection"), lost)
    assert not permission().allows_event(here, clients, "")
    bound = EventWish("message", channels=(str(site.channel_id),))
    assert allows(bound, here)
    assert not allows(bound, there)
    assert not allows(EventWish("connection", channels=(str(site.channel_id),)), lost)
    assert not allows(
        EventWish("message", channels=("dev/#general",)), here
    )  # no such place: the record's own words are none
    assert allows(EventWish("message", accounts=("Somebody",)), here)
    assert not allows(EventWish("message", accounts=("other",)), here)
    assert not allows(EventWish("message", accounts=("somebody",)), message(site.channel_id, "other"))
    assert not allows(EventWish("message", mentions=True), here)
    assert allows(EventWish("message", mentions=True), message(site.channel_id, is_mention=True))


def check(me: Client, wish: ActionWish, place: str | None = None, **arguments: Value) -> int | None:
    """Return the channel in which a request is carried out."""
    request = Request(1, wish.command, dict(arguments), place)
    site = PluginSite(Profile(), me)
    context, found = permission(wish).check(request, registry.get(wish.command), site.context())
    assert context.screen is None
    assert set(context.clients) == {me.key}
    return None if found is None or found.channel is None else int(found.channel.id)


def test_actions_are_bound_to_their_places(site: Site, me: Client) -> None:
    here = str(site.channel_id)
    msg, reply = ActionWish("msg", channels=(here,)), ActionWish("reply", channels=(here,))
    assert check(me, msg, to=here, text="x") is None
    assert check(me, reply, here, message="last", text="x") == site.channel_id
    assert check(me, ActionWish("reply"), here, message="last", text="x") == site.channel_id
    with pytest.raises(NotGranted):
        check(me, reply, None, message="last", text="x")
    with pytest.raises(NotGranted, match="name a message by its id"):
        check(me, reply, here, message="https://chat.example.org/channels/1/2/3", text="x")
    with pytest.raises(NotGranted, match="name a message by its id"):
        check(me, ActionWish("delete", channels=(here,)), here, message="https://chat.example.org/channels/1/2/3")
    with pytest.raises(NotGranted):
        check(me, ActionWish("msg", channels=("12345",)), to=here, text="x")
    with pytest.raises(CommandError):
        check(me, msg, to="#nowhere", text="x")
    with pytest.raises(NotGranted):
        check(me, ActionWish("forward", channels=("12345",)), here, message="last", to=here)


def test_an_account_that_was_not_granted_is_not_used(me: Client) -> None:
    assert check(me, ActionWish("help", accounts=("somebody",))) is None
    with pytest.raises(NotGranted, match="/help was granted as other alone"):
        check(me, ActionWish("help", accounts=("other",)))


def test_what_is_no_command_is_not_granted(me: Client) -> None:
    with pytest.raises(NotGranted):
        check(me, ActionWish("nosuch"))


def test_no_command_that_takes_a_file_can_be_granted() -> None:
    assert engine.SUBJECTS
    for command in registry.all():
        takes_file = any(parameter.type is Path for parameter in command.parameters) or any(
            words in text.lower()
            for text in (*command.english_actions.values(), *(each.english_help for each in command.parameters))
            for words in ("file", "path", "folder", "picture")
        )
        assert not (takes_file and command.name in GRANTABLE), command.name


def test_what_is_bound_to_channels_can_be_granted_and_is_there() -> None:
    assert PLACED <= GRANTABLE
    assert {name for name in GRANTABLE if registry.get(name) is None} == set()
