"""Interactions of users with a bot over real sockets: commands, components, modals, and how the bot answers."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import aiohttp
import msgspec
import pytest

from tests.server.api.team import Json, Team, refusal, team
from tests.server.running import Account, GatewayClient, RunningServer
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import interactions, stored_files
from tuichat.server.actions.interaction_registry import InteractionRegistry

BUTTON = {"type": 1, "components": [{"type": 2, "style": 1, "label": "Press", "custom_id": "press"}]}
MENU = {
    "type": 1,
    "components": [
        {
            "type": 3,
            "custom_id": "colour",
            "max_values": 2,
            "options": [{"label": name, "value": name} for name in ("red", "green", "blue")],
        }
    ],
}


class Stage(Team):
    """A member and a bot, both at the gateway, in a guild's channel."""

    stranger: Account | None = None
    at_member: GatewayClient
    at_bot: GatewayClient
    session_id = ""

    async def register(self, **command: object) -> Json:
        path = f"/applications/{self.bot.user_id}/guilds/{self.guild_id}/commands"
        return await self.bot.call("POST", path, Json, {"name": "ping", "description": "Answers", **command})

    async def interact(self, kind: int, data: object, **more: object) -> tuple[int, bytes]:
        body = {
            "type": kind,
            "application_id": self.bot.user_id,
            "guild_id": self.guild_id,
            "channel_id": self.channel_id,
            "session_id": self.session_id,
            "nonce": "n1",
            "data": data,
            **more,
        }
        return await self.member.raw("POST", "/interactions", body)

    async def use(self, command: Json, *options: Json, kind: int = 2, **data: object) -> Json:
        """Use a command, and return what the bot gets."""
        given = {
            "id": command["id"],
            "name": command["name"],
            "type": command["type"],
            "options": list(options),
            **data,
        }
        status, answer = await self.interact(kind, given)
        assert status == 204, answer
        return await self.told_bot()

    async def told_bot(self) -> Json:
        found: Json = await self.at_bot.wait_for("INTERACTION_CREATE")
        return found

    def callback(self, interaction: Json, query: str = "") -> str:
        return f"/interactions/{interaction['id']}/{interaction['token']}/callback{query}"

    async def respond(self, interaction: Json, kind: int, data: object = None) -> Json:
        """Answer as an application does, without a token of its own, and return the answer's answer."""
        nobody = self.site.account()
        return await nobody.call(
            "POST", self.callback(interaction, "?with_response=1"), Json, {"type": kind, "data": data}
        )


@pytest.fixture
async def stage(site: RunningServer) -> AsyncIterator[Stage]:
    owner, member, bot, guild_id, channel_id = await team(site)
    made = Stage(site, owner, member, bot, guild_id, channel_id)
    async with contextlib.AsyncExitStack() as stack:
        made.at_member = await stack.enter_async_context(member.connect())
        made.session_id = made.at_member.seen[-1].d["session_id"]
        made.at_bot = await stack.enter_async_context(bot.connect(intents=1 << 9))
        yield made


async def test_a_slash_command_reaches_its_bot_and_the_answer_everybody(stage: Stage) -> None:
    command = await stage.register(options=[{"type": 3, "name": "text", "description": "What", "required": True}])
    seen = await stage.use(command, {"type": 3, "name": "text", "value": "hey"})
    assert (seen["type"], seen["application_id"]) == (2, stage.bot.user_id)
    assert (seen["guild_id"], seen["channel_id"], seen["channel"]["id"]) == (
        stage.guild_id,
        stage.channel_id,
        stage.channel_id,
    )
    assert seen["member"]["user"]["id"] == stage.member.user_id
    assert int(seen["member"]["permissions"]) > 0
    assert seen["data"]["options"] == [{"type": 3, "name": "text", "value": "hey"}]
    assert seen["authorizing_integration_owners"] == {"0": stage.guild_id}
    assert (await stage.at_member.wait_for("INTERACTION_CREATE"))["nonce"] == "n1"
    answered = await stage.respond(seen, 4, {"content": "pong", "components": [BUTTON]})
    assert answered["resource"]["message"]["content"] == "pong"
    message = await stage.at_member.wait_for("MESSAGE_CREATE")
    assert (message["type"], message["author"]["id"], message["content"]) == (20, stage.bot.user_id, "pong")
    assert message["interaction_metadata"]["user"]["id"] == stage.member.user_id
    assert message["interaction_metadata"]["name"] == "ping"
    assert message["application_id"] == stage.bot.user_id
    assert await stage.at_member.wait_for("INTERACTION_SUCCESS") == {"id": seen["id"], "nonce": "n1"}
    kept = await stage.owner.call("GET", f"/channels/{stage.channel_id}/messages/{message['id']}", Json)
    assert kept["content"] == "pong"
    assert await refusal(stage.site.account(), "POST", stage.callback(seen), {"type": 4, "data": {"content": "x"}}) == (
        400,
        40060,
    )


async def test_an_answer_without_response_is_nothing(stage: Stage) -> None:
    seen = await stage.use(await stage.register())
    status, data = await stage.site.account().raw("POST", stage.callback(seen), {"type": 4, "data": {"content": "x"}})
    assert (status, data) == (204, b"")


async def test_a_wrong_token_or_interaction_is_unknown(stage: Stage) -> None:
    seen = await stage.use(await stage.register())
    nobody = stage.site.account()
    body = {"type": 4, "data": {"content": "x"}}
    assert await refusal(nobody, "POST", f"/interactions/{seen['id']}/wrong/callback", body) == (404, 10062)
    assert await refusal(nobody, "POST", f"/interactions/1/{seen['token']}/callback", body) == (404, 10062)
    assert await refusal(nobody, "POST", f"/interactions/{seen['id']}/%ff%fe/callback", body) == (404, 10062)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (4, {}),
        (4, None),
        (9, {"title": "t"}),
        (6, None),
        (7, {"content": "x"}),
        (8, {"choices": []}),
        (1, None),
        (77, None),
    ],
)
async def test_a_bad_answer_is_refused_and_a_good_one_may_follow(stage: Stage, kind: int, data: object) -> None:
    seen = await stage.use(await stage.register())
    status, _ = await refusal(stage.site.account(), "POST", stage.callback(seen), {"type": kind, "data": data})
    assert status == 400
    await stage.respond(seen, 4, {"content": "now"})


async def test_after_three_seconds_nobody_may_answer_and_the_user_is_told(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = await stage.use(await stage.register())
    interactions.fail(stage.site.server.context, int(seen["id"]))
    assert (await stage.at_member.wait_for("INTERACTION_FAILURE"))["id"] == seen["id"]
    later_ms = Snowflake(int(seen["id"])).timestamp_ms + 3_001
    monkeypatch.setattr("tuichat.server.actions.interaction_responses.ANSWER_LIMIT_MS", -1)
    assert later_ms
    code = await refusal(stage.site.account(), "POST", stage.callback(seen), {"type": 4, "data": {"content": "x"}})
    assert code == (404, 10062)


async def test_a_deferred_answer_is_filled_in_later_even_over_a_restart(stage: Stage) -> None:
    seen = await stage.use(await stage.register())
    answered = await stage.respond(seen, 5)
    assert answered["interaction"]["response_message_loading"] is True
    loading = await stage.at_member.wait_for("MESSAGE_CREATE")
    assert (loading["flags"], loading["content"]) == (128, "")
    registry: InteractionRegistry = stage.site.server.context.interactions
    registry.close()
    registry.__init__()  # type: ignore[misc]  # what a restart leaves of it
    path = f"/webhooks/{stage.bot.user_id}/{seen['token']}/messages/@original"
    edited = await stage.site.account().call("PATCH", path, Json, {"content": "done"})
    assert (edited["content"], edited["flags"], edited["edited_timestamp"]) == ("done", 0, None)
    update = await stage.at_member.wait_for("MESSAGE_UPDATE")
    assert update["content"] == "done"
    assert (await stage.site.account().call("GET", path, Json))["id"] == loading["id"]
    await stage.site.account().do("DELETE", path)
    assert (await stage.at_member.wait_for("MESSAGE_DELETE"))["id"] == loading["id"]
    assert await refusal(stage.site.account(), "GET", path) == (404, 10008)


async def test_a_follow_up_after_a_deferred_answer_is_that_answer(stage: Stage) -> None:
    seen = await stage.use(await stage.register())
    await stage.respond(seen, 5)
    loading = await stage.at_member.wait_for("MESSAGE_CREATE")
    path = f"/webhooks/{stage.bot.user_id}/{seen['token']}"
    first = await stage.site.account().call("POST", path, Json, {"content": "first"})
    second = await stage.site.account().call("POST", path, Json, {"content": "second"})
    assert first["id"] == loading["id"]
    assert second["id"] != loading["id"]
    assert second["message_reference"]["message_id"] == loading["id"]
    changed = await stage.site.account().call("PATCH", f"{path}/messages/{second['id']}", Json, {"content": "third"})
    assert changed["content"] == "third"
    assert changed["edited_timestamp"] is not None


async def test_only_own_messages_are_reached_by_a_token(stage: Stage) -> None:
    seen = await stage.use(await stage.register())
    await stage.respond(seen, 4, {"content": "x"})
    foreign = await stage.owner.send(stage.channel_id, "mine")
    path = f"/webhooks/{stage.bot.user_id}/{seen['token']}/messages/{foreign.id}"
    nobody = stage.site.account()
    assert await refusal(nobody, "GET", path) == (404, 10008)
    assert await refusal(nobody, "PATCH", path, {"content": "y"}) == (404, 10008)
    assert await refusal(nobody, "DELETE", path) == (404, 10008)
    wrong = f"/webhooks/{stage.bot.user_id}/wrong/messages/@original"
    assert await refusal(nobody, "GET", wrong) == (401, 50027)


async def test_an_ephemeral_answer_is_seen_by_its_user_alone_and_stored_nowhere(stage: Stage) -> None:
    seen = await stage.use(await stage.register())
    async with stage.owner.connect() as at_owner:
        answered = await stage.respond(seen, 4, {"content": "psst", "flags": 64, "components": [BUTTON]})
        assert answered["interaction"]["response_message_ephemeral"] is True
        message = await stage.at_member.wait_for("MESSAGE_CREATE")
        assert (message["content"], message["flags"]) == ("psst", 64)
        path = f"/webhooks/{stage.bot.user_id}/{seen['token']}/messages/@original"
        assert (await stage.site.account().call("GET", path, Json))["content"] == "psst"
        await stage.site.account().do("PATCH", path, {"content": "hush"})
        assert (await stage.at_member.wait_for("MESSAGE_UPDATE"))["content"] == "hush"
        status, _ = await stage.interact(3, {"component_type": 2, "custom_id": "press"}, message_id=message["id"])
        assert status == 204
        pressed = await stage.told_bot()
        assert pressed["message"]["id"] == message["id"]
        await stage.respond(pressed, 7, {"content": "pressed", "components": []})
        assert (await stage.at_member.wait_for("MESSAGE_UPDATE"))["content"] == "pressed"
        pressed_path = f"/webhooks/{stage.bot.user_id}/{pressed['token']}/messages/@original"
        assert (await stage.site.account().call("GET", pressed_path, Json))["content"] == "pressed"
        await stage.site.account().do("DELETE", pressed_path)
        assert (await stage.at_member.wait_for("MESSAGE_DELETE"))["id"] == message["id"]
        assert await refusal(stage.site.account(), "GET", path) == (404, 10008)
        end = await stage.owner.send(stage.channel_id, "end")
        await at_owner.wait_for("MESSAGE_CREATE", lambda found: found["id"] == end.id)
        seen_by_owner = [payload.d for payload in at_owner.seen if payload.t and payload.t.startswith("MESSAGE_")]
        assert [found["id"] for found in seen_by_owner] == [end.id]
    assert [found.content for found in await stage.owner.history(stage.channel_id)][-1] == "end"
    assert message["id"] not in [found.id for found in await stage.member.history(stage.channel_id)]


async def test_options_of_every_type_arrive_resolved(stage: Stage) -> None:
    kinds = {"text": 3, "whole": 4, "flag": 5, "who": 6, "where": 7, "role": 8, "any": 9, "number": 10}
    command = await stage.register(
        options=[{"type": kind, "name": name, "description": "x"} for name, kind in kinds.items()]
    )
    values: Json = {
        "text": "a",
        "whole": 3,
        "flag": True,
        "who": stage.owner.user_id,
        "where": stage.channel_id,
        "role": stage.guild_id,
        "any": stage.guild_id,
        "number": 1.5,
    }
    given = [{"type": kind, "name": name, "value": values[name]} for name, kind in kinds.items()]
    seen = await stage.use(command, *given)
    assert seen["data"]["options"] == given
    resolved = seen["data"]["resolved"]
    assert resolved["users"][stage.owner.user_id]["username"] == "owner"
    assert "permissions" in resolved["members"][stage.owner.user_id]
    assert resolved["channels"][stage.channel_id]["type"] == 0
    assert resolved["roles"][stage.guild_id]["name"] == "@everyone"


@pytest.mark.slow
@pytest.mark.parametrize(
    "given",
    [
        [],
        [{"type": 3, "name": "text", "value": "toolong"}],
        [{"type": 3, "name": "text", "value": 5}],
        [{"type": 4, "name": "text", "value": 5}],
        [{"type": 3, "name": "text", "value": "a"}, {"type": 3, "name": "text", "value": "a"}],
        [{"type": 3, "name": "text", "value": "a"}, {"type": 3, "name": "unknown", "value": "a"}],
        [{"type": 3, "name": "text", "value": "a"}, {"type": 4, "name": "whole", "value": 11}],
        [{"type": 3, "name": "text", "value": "a"}, {"type": 4, "name": "whole", "value": True}],
        [{"type": 3, "name": "text", "value": "a"}, {"type": 3, "name": "pick", "value": "c"}],
        [{"type": 3, "name": "text", "value": "a"}, {"type": 6, "name": "who", "value": "1"}],
        [{"type": 3, "name": "text", "value": "a"}, {"type": 6, "name": "who", "value": "nobody"}],
        [{"type": 3, "name": "text"}],
    ],
)
async def test_what_does_not_fit_the_command_is_refused(stage: Stage, given: list[Json]) -> None:
    command = await stage.register(
        options=[
            {"type": 3, "name": "text", "description": "x", "required": True, "max_length": 3},
            {"type": 4, "name": "whole", "description": "x", "min_value": 1, "max_value": 10},
            {"type": 3, "name": "pick", "description": "x", "choices": [{"name": "A", "value": "a"}]},
            {"type": 6, "name": "who", "description": "x"},
        ]
    )
    status, data = await stage.interact(2, {"id": command["id"], "name": "ping", "type": 1, "options": given})
    assert (status, msgspec.json.decode(data)["code"]) == (400, 50035)


async def test_sub_commands_carry_their_own_options(stage: Stage) -> None:
    leaf = {"type": 1, "name": "add", "description": "x", "options": [{"type": 4, "name": "n", "description": "x"}]}
    command = await stage.register(options=[{"type": 2, "name": "list", "description": "x", "options": [leaf]}])
    given = {
        "type": 2,
        "name": "list",
        "options": [{"type": 1, "name": "add", "options": [{"type": 4, "name": "n", "value": 2}]}],
    }
    assert (await stage.use(command, given))["data"]["options"] == [given]
    status, _ = await stage.interact(2, {"id": command["id"], "name": "ping", "type": 1, "options": []})
    assert status == 400


async def test_autocomplete_asks_the_bot_while_the_user_types(stage: Stage) -> None:
    command = await stage.register(
        options=[
            {"type": 3, "name": "text", "description": "x", "required": True, "autocomplete": True},
            {"type": 4, "name": "other", "description": "x", "required": True},
        ]
    )
    typed = {"type": 3, "name": "text", "value": "he", "focused": True}
    seen = await stage.use(command, typed, kind=4)
    assert (seen["type"], seen["data"]["options"]) == (4, [typed])
    nobody = stage.site.account()
    bad = {"type": 8, "data": {"choices": [{"name": "x", "value": 5}]}}
    assert await refusal(nobody, "POST", stage.callback(seen), bad) == (400, 50035)
    await nobody.do(
        "POST", stage.callback(seen), {"type": 8, "data": {"choices": [{"name": "Hello", "value": "hello"}]}}
    )
    found = await stage.at_member.wait_for("APPLICATION_COMMAND_AUTOCOMPLETE_RESPONSE")
    assert found == {"choices": [{"name": "Hello", "value": "hello"}], "nonce": "n1"}
    names = [payload.t for payload in stage.at_member.seen]
    assert "INTERACTION_CREATE" not in names
    assert "INTERACTION_SUCCESS" not in names


async def test_user_and_message_commands_name_their_target(stage: Stage) -> None:
    menu = await stage.register(name="Wave At", type=2, description="")
    seen = await stage.use(menu, target_id=stage.owner.user_id)
    assert seen["data"]["target_id"] == stage.owner.user_id
    assert seen["data"]["resolved"]["users"][stage.owner.user_id]["username"] == "owner"
    assert (await stage.respond(seen, 4, {"content": "x"}))["resource"]["message"]["type"] == 23
    message = await stage.owner.send(stage.channel_id, "look")
    menu = await stage.register(name="Quote", type=3, description="")
    seen = await stage.use(menu, target_id=message.id)
    assert seen["data"]["resolved"]["messages"][message.id]["content"] == "look"
    status, data = await stage.interact(2, {"id": menu["id"], "name": "Quote", "type": 3, "target_id": "1"})
    assert (status, msgspec.json.decode(data)["code"]) == (404, 10008)


async def test_components_are_pressed_and_their_message_updated(stage: Stage) -> None:
    sent = await stage.bot.call(
        "POST", f"/channels/{stage.channel_id}/messages", Json, {"content": "pick", "components": [BUTTON, MENU]}
    )
    status, _ = await stage.interact(
        3, {"component_type": 3, "custom_id": "colour", "values": ["red", "blue"]}, message_id=sent["id"]
    )
    assert status == 204
    seen = await stage.told_bot()
    assert (seen["type"], seen["data"]["values"], seen["message"]["id"]) == (3, ["red", "blue"], sent["id"])
    answered = await stage.respond(seen, 7, {"content": "picked", "components": []})
    assert answered["resource"]["message"]["content"] == "picked"
    update = await stage.at_member.wait_for("MESSAGE_UPDATE")
    assert (update["id"], update["content"], update["components"]) == (sent["id"], "picked", [])


@pytest.mark.slow
@pytest.mark.parametrize(
    "data",
    [
        {"component_type": 2, "custom_id": "other"},
        {"component_type": 3, "custom_id": "press", "values": ["red"]},
        {"component_type": 3, "custom_id": "colour", "values": []},
        {"component_type": 3, "custom_id": "colour", "values": ["red", "green", "blue"]},
        {"component_type": 3, "custom_id": "colour", "values": ["purple"]},
        {},
    ],
)
async def test_what_the_message_does_not_offer_cannot_be_used(stage: Stage, data: Json) -> None:
    sent = await stage.bot.call(
        "POST", f"/channels/{stage.channel_id}/messages", Json, {"content": "pick", "components": [BUTTON, MENU]}
    )
    status, answer = await stage.interact(3, data, message_id=sent["id"])
    assert (status, msgspec.json.decode(answer)["code"]) == (400, 50035)


async def test_a_component_answer_replies_to_its_message_and_a_deferred_update_edits_it(stage: Stage) -> None:
    sent = await stage.bot.call(
        "POST", f"/channels/{stage.channel_id}/messages", Json, {"content": "pick", "components": [BUTTON]}
    )
    press = {"component_type": 2, "custom_id": "press"}
    await stage.interact(3, press, message_id=sent["id"])
    reply = (await stage.respond(await stage.told_bot(), 4, {"content": "ok"}))["resource"]["message"]
    assert (reply["type"], reply["message_reference"]["message_id"]) == (19, sent["id"])
    await stage.interact(3, press, message_id=sent["id"])
    seen = await stage.told_bot()
    await stage.respond(seen, 6)
    path = f"/webhooks/{stage.bot.user_id}/{seen['token']}/messages/@original"
    assert (await stage.site.account().call("PATCH", path, Json, {"content": "later"}))["id"] == sent["id"]
    assert (await stage.site.account().call("GET", path, Json))["content"] == "later"
    await stage.site.account().do("DELETE", path)
    assert (await stage.at_member.wait_for("MESSAGE_DELETE"))["id"] == sent["id"]


async def test_a_modal_is_shown_filled_in_and_handed_to_the_bot_once(stage: Stage) -> None:
    seen = await stage.use(await stage.register())
    field = {"type": 4, "custom_id": "name", "label": "Name", "style": 1, "min_length": 2, "max_length": 5}
    modal = {"custom_id": "form", "title": "Who", "components": [{"type": 1, "components": [field]}]}
    await stage.respond(seen, 9, modal)
    shown = await stage.at_member.wait_for("INTERACTION_MODAL_CREATE")
    assert (shown["custom_id"], shown["title"], shown["application"]["id"]) == ("form", "Who", stage.bot.user_id)
    assert shown["components"][0]["components"][0]["label"] == "Name"

    def filled(value: str) -> Json:
        inputs = [{"type": 1, "components": [{"type": 4, "custom_id": "name", "value": value}]}]
        return {"id": shown["id"], "custom_id": "form", "components": inputs}

    status, data = await stage.interact(5, filled("x"))
    assert (status, msgspec.json.decode(data)["code"]) == (400, 50035)
    assert (await stage.interact(5, filled("ada")))[0] == 204
    submitted = await stage.told_bot()
    assert submitted["type"] == 5
    assert submitted["data"]["custom_id"] == "form"
    assert submitted["data"]["components"][0]["components"][0]["value"] == "ada"
    answered = await stage.respond(submitted, 4, {"content": "hello ada"})
    assert answered["resource"]["message"]["content"] == "hello ada"
    status, data = await stage.interact(5, filled("bob"))
    assert (status, msgspec.json.decode(data)["code"]) == (404, 10062)


async def test_who_may_not_use_a_command_finds_none(stage: Stage) -> None:
    command = await stage.register(default_member_permissions="8")
    data = {"id": command["id"], "name": "ping", "type": 1}
    status, answer = await stage.interact(2, data)
    assert (status, msgspec.json.decode(answer)["code"]) == (404, 10063)
    stranger = await stage.site.register("stranger")
    body = {"type": 2, "application_id": stage.bot.user_id, "channel_id": stage.channel_id, "data": data}
    assert await refusal(stranger, "POST", "/interactions", body) == (403, 50001)
    assert await refusal(stage.bot, "POST", "/interactions", body) == (403, 20001)
    assert await refusal(stage.owner, "POST", "/interactions", body | {"application_id": "1"}) == (404, 10002)
    status, _ = await stage.owner.raw("POST", "/interactions", body | {"session_id": "x"})
    assert status == 204


async def test_an_interaction_is_told_to_the_session_that_made_it_alone(stage: Stage) -> None:
    command = await stage.register()
    async with stage.member.connect() as elsewhere:
        seen = await stage.use(command)
        await stage.respond(seen, 4, {"content": "x"})
        await stage.at_member.wait_for("INTERACTION_SUCCESS")
        await elsewhere.wait_for("MESSAGE_CREATE")
        assert not [payload.t for payload in elsewhere.seen if (payload.t or "").startswith("INTERACTION")]


async def test_many_at_once_answer_one_interaction_once(stage: Stage) -> None:
    seen = await stage.use(await stage.register())
    body = {"type": 4, "data": {"content": "x"}}
    tries = [stage.site.account().raw("POST", stage.callback(seen), body) for _ in range(8)]
    statuses = [status for status, _ in await asyncio.gather(*tries)]
    assert sorted(statuses) == [204] + [400] * 7
    assert [found.content for found in await stage.owner.history(stage.channel_id)].count("x") == 1


async def test_an_ephemeral_answer_may_have_files_which_stay_a_while(stage: Stage) -> None:
    seen = await stage.use(await stage.register())
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("payload_json", '{"type":4,"data":{"content":"psst","flags":64}}', content_type="application/json")
    form.add_field("files[0]", b"secret", filename="a.txt", content_type="text/plain")
    url = stage.bot.api_url + stage.callback(seen, "?with_response=1")
    async with stage.site.http.post(url, data=form) as response:
        assert response.status == 200, await response.read()
    message = await stage.at_member.wait_for("MESSAGE_CREATE")
    (attachment,) = message["attachments"]
    assert (attachment["filename"], attachment["ephemeral"]) == ("a.txt", True)
    await stored_files.collect(stage.site.server.context)
    async with stage.site.http.get(attachment["url"]) as response:
        assert await response.read() == b"secret"
    path = f"/webhooks/{stage.bot.user_id}/{seen['token']}/messages/@original"
    edited = await stage.site.account().call("PATCH", path, Json, {"attachments": []})
    assert edited["attachments"] == []


async def test_a_command_takes_files_sent_with_it_or_before(stage: Stage) -> None:
    option = {"type": 11, "name": "picture", "description": "x", "required": True}
    command = await stage.register(options=[option])
    body = {
        "type": 2,
        "application_id": stage.bot.user_id,
        "channel_id": stage.channel_id,
        "session_id": stage.session_id,
        "data": {
            "id": command["id"],
            "name": "ping",
            "type": 1,
            "options": [{"type": 11, "name": "picture", "value": 0}],
            "attachments": [{"id": "0", "filename": "a.txt"}],
        },
    }
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("payload_json", msgspec.json.encode(body).decode(), content_type="application/json")
    form.add_field("files[0]", b"content", filename="other.txt", content_type="text/plain")
    headers = {"Authorization": stage.member.authorization}
    async with stage.site.http.post(f"{stage.bot.api_url}/interactions", data=form, headers=headers) as response:
        assert response.status == 204, await response.read()
    seen = await stage.told_bot()
    (given,) = seen["data"]["options"]
    attachment = seen["data"]["resolved"]["attachments"][given["value"]]
    assert (attachment["id"], attachment["filename"], attachment["ephemeral"]) == (given["value"], "a.txt", True)
    async with stage.site.http.get(attachment["url"]) as response:
        assert await response.read() == b"content"
    wanted = {"files": [{"filename": "b.txt", "file_size": 6}]}
    made = await stage.member.call("POST", f"/channels/{stage.channel_id}/attachments", Json, wanted)
    (target,) = made["attachments"]
    async with stage.site.http.put(target["upload_url"], data=b"before") as response:
        assert response.status == 200
    seen = await stage.use(
        command,
        {"type": 11, "name": "picture", "value": "0"},
        attachments=[{"id": "0", "uploaded_filename": target["upload_filename"]}],
    )
    (attachment,) = seen["data"]["resolved"]["attachments"].values()
    assert (attachment["filename"], attachment["size"]) == ("b.txt", 6)
    for value in ("0", "x", 5, "9" * 5000, True):
        data = {**body["data"], "attachments": [], "options": [{"type": 11, "name": "picture", "value": value}]}  # type: ignore[dict-item]
        status, answer = await stage.interact(2, data)
        assert (status, msgspec.json.decode(answer)["code"]) == (400, 50035), value


async def test_a_modal_from_a_component_names_its_message_and_what_opened_it(stage: Stage) -> None:
    sent = await stage.bot.call(
        "POST", f"/channels/{stage.channel_id}/messages", Json, {"content": "pick", "components": [BUTTON]}
    )
    await stage.interact(3, {"component_type": 2, "custom_id": "press"}, message_id=sent["id"])
    pressed = await stage.told_bot()
    field = {"type": 4, "custom_id": "name", "label": "Name", "style": 1}
    await stage.respond(
        pressed, 9, {"custom_id": "form", "title": "Who", "components": [{"type": 1, "components": [field]}]}
    )
    filled = [{"type": 1, "components": [{"type": 4, "custom_id": "name", "value": "ada"}]}]
    status, _ = await stage.interact(5, {"id": pressed["id"], "custom_id": "form", "components": filled})
    assert status == 204
    submitted = await stage.told_bot()
    assert (submitted["message"]["id"], submitted["message"]["components"][0]["type"]) == (sent["id"], 1)
    answered = (await stage.respond(submitted, 4, {"content": "thanks"}))["resource"]["message"]
    metadata = answered["interaction_metadata"]
    assert metadata["type"] == 5
    assert "interacted_message_id" not in metadata
    opened = metadata["triggering_interaction_metadata"]
    assert (opened["id"], opened["type"], opened["interacted_message_id"]) == (pressed["id"], 3, sent["id"])
    assert "interaction" not in answered


async def test_an_answer_tells_of_the_command_and_what_it_was_used_on(stage: Stage) -> None:
    menu = await stage.register(name="Wave At", type=2, description="")
    seen = await stage.use(menu, target_id=stage.owner.user_id)
    shown = (await stage.respond(seen, 4, {"content": "x"}))["resource"]["message"]
    assert shown["interaction_metadata"]["target_user"]["id"] == stage.owner.user_id
    assert (shown["interaction"]["name"], shown["interaction"]["user"]["id"]) == ("Wave At", stage.member.user_id)
    message = await stage.owner.send(stage.channel_id, "look")
    seen = await stage.use(await stage.register(name="Quote", type=3, description=""), target_id=message.id)
    shown = (await stage.respond(seen, 4, {"content": "x"}))["resource"]["message"]
    assert shown["interaction_metadata"]["target_message_id"] == message.id
    assert (shown["type"], shown["referenced_message"]["id"], shown["mentions"]) == (23, message.id, [])
    follow_up = await stage.site.account().call(
        "POST", f"/webhooks/{stage.bot.user_id}/{seen['token']}", Json, {"content": "more"}
    )
    assert (follow_up["type"], follow_up["message_reference"]["message_id"]) == (19, shown["id"])


async def test_a_command_in_a_direct_message_names_its_people(stage: Stage) -> None:
    command = await stage.bot.call(
        "POST", f"/applications/{stage.bot.user_id}/commands", Json, {"name": "hello", "description": "Greets"}
    )
    direct = await stage.bot.call("POST", "/users/@me/channels", Json, {"recipient_id": stage.member.user_id})
    data = {"id": command["id"], "name": "hello", "type": 1}
    status, answer = await stage.interact(2, data, channel_id=direct["id"], guild_id=None)
    assert status == 204, answer
    seen = await stage.told_bot()
    assert [user["id"] for user in seen["channel"]["recipients"]] == [stage.member.user_id]
