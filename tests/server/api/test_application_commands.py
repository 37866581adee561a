"""Application commands over REST: registering, replacing, permissions, and what is refused."""

import msgspec
import pytest

from tests.server.api.team import Json, refusal, team
from tests.server.bots import add_bot
from tests.server.running import Account, RunningServer

PING = {"name": "ping", "description": "Answers"}


@pytest.mark.parametrize("is_global", [True, False])
async def test_a_command_lives_from_its_creation_to_its_deletion(site: RunningServer, is_global: bool) -> None:
    _, _, bot, guild_id, _ = await team(site)
    path = f"/applications/{bot.user_id}" + ("" if is_global else f"/guilds/{guild_id}") + "/commands"
    status, data = await bot.raw("POST", path, PING)
    assert status == 201
    made: Json = msgspec.json.decode(data)
    assert made["name"] == "ping"
    assert made["type"] == 1
    assert made.get("guild_id") == (None if is_global else guild_id)
    status, data = await bot.raw("POST", path, PING | {"description": "Answers again"})
    again: Json = msgspec.json.decode(data)
    assert (status, again["id"]) == (200, made["id"])
    assert int(again["version"]) > int(made["version"])
    assert [found["description"] for found in await bot.call("GET", path, list[Json])] == ["Answers again"]
    changed = await bot.call("PATCH", f"{path}/{made['id']}", Json, {"name": "pong"})
    assert (await bot.call("GET", f"{path}/{made['id']}", Json)) == changed
    await bot.do("DELETE", f"{path}/{made['id']}")
    assert await bot.call("GET", path, list[Json]) == []
    assert await refusal(bot, "GET", f"{path}/{made['id']}") == (404, 10063)


async def test_replacing_all_keeps_the_ids_of_names_that_stay(site: RunningServer) -> None:
    _, _, bot, guild_id, _ = await team(site)
    path = f"/applications/{bot.user_id}/guilds/{guild_id}/commands"
    first = await bot.call("PUT", path, list[Json], [PING, {"name": "echo", "description": "Echoes"}])
    second = await bot.call("PUT", path, list[Json], [PING, {"name": "High Five", "type": 2}])
    assert second[0]["id"] == first[0]["id"]
    assert second[0]["version"] == first[0]["version"]
    assert [found["name"] for found in await bot.call("GET", path, list[Json])] == ["ping", "High Five"]
    assert await refusal(bot, "PUT", path, [PING, PING]) == (400, 50035)
    assert len(await bot.call("GET", path, list[Json])) == 2


async def test_commands_outlive_a_restart(site: RunningServer) -> None:
    _, _, bot, guild_id, _ = await team(site)
    options = [{"type": 3, "name": "text", "description": "What", "required": True, "max_length": 20}]
    body = PING | {"options": options, "default_member_permissions": "8192", "name_localizations": {"de": "klingel"}}
    path = f"/applications/{bot.user_id}/guilds/{guild_id}/commands"
    made = await bot.call("POST", path, Json, body)
    (row,) = (await site.server.context.store.load()).commands
    assert row == site.server.context.commands.get(int(bot.user_id), int(made["id"]))
    found = await bot.call("GET", f"{path}?with_localizations=true", list[Json])
    assert found[0]["name_localizations"] == {"de": "klingel"}
    assert "name_localizations" not in (await bot.call("GET", path, list[Json]))[0]


async def test_only_the_bot_itself_registers_commands_and_only_where_it_is(site: RunningServer) -> None:
    owner, _, bot, guild_id, _ = await team(site)
    other_guild = await owner.create_guild("Elsewhere")
    other = await add_bot(site, owner, guild_id, "other")
    assert await refusal(owner, "POST", f"/applications/{bot.user_id}/commands", PING) == (403, 20002)
    assert await refusal(other, "POST", f"/applications/{bot.user_id}/commands", PING) == (403, 20012)
    path = f"/applications/{bot.user_id}/guilds/{other_guild.id}/commands"
    assert await refusal(bot, "POST", path, PING) == (403, 50001)
    assert await refusal(bot, "POST", f"/applications/{bot.user_id}/guilds/1/commands", PING) == (404, 10004)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "Ping", "description": "x"}, "name"),
        ({"name": "has space", "description": "x"}, "name"),
        ({"name": "x" * 33, "description": "x"}, "name"),
        ({"name": "ping"}, "description"),
        ({"name": "ping", "description": "x" * 101}, "description"),
        ({"name": "ping", "description": "x", "type": 9}, "type"),
        ({"name": "ping", "description": "x", "contexts": [7]}, "contexts"),
        ({"name": "Look", "type": 2, "description": "x"}, "description"),
        ({"name": "ping", "description": "x", "name_localizations": {"xx": "y"}}, "name_localizations"),
        ({"name": "p", "description": "x", "options": [{"type": 99, "name": "a", "description": "x"}]}, "options"),
        (
            {
                "name": "p",
                "description": "x",
                "options": [
                    {"type": 3, "name": "a", "description": "x"},
                    {"type": 3, "name": "b", "description": "x", "required": True},
                ],
            },
            "options",
        ),
        (
            {"name": "p", "description": "x", "options": [{"type": 3, "name": "a", "description": "x"}] * 2},
            "options",
        ),
        (
            {
                "name": "p",
                "description": "x",
                "options": [{"type": 4, "name": "a", "description": "x", "choices": [{"name": "one", "value": "one"}]}],
            },
            "options",
        ),
        (
            {
                "name": "p",
                "description": "x",
                "options": [{"type": 4, "name": "a", "description": "x", "min_value": 5, "max_value": 4}],
            },
            "options",
        ),
    ],
)
async def test_what_is_no_command_is_refused_with_its_field(site: RunningServer, body: Json, field: str) -> None:
    _, _, bot, guild_id, _ = await team(site)
    status, data = await bot.raw("POST", f"/applications/{bot.user_id}/guilds/{guild_id}/commands", body)
    answer: Json = msgspec.json.decode(data)
    assert (status, answer["code"]) == (400, 50035)
    assert list(answer["errors"]) == [field]


async def test_there_is_a_limit_for_each_kind(site: RunningServer) -> None:
    _, _, bot, guild_id, _ = await team(site)
    path = f"/applications/{bot.user_id}/guilds/{guild_id}/commands"
    menus = [{"name": f"Menu {number}", "type": 2} for number in range(16)]
    assert await refusal(bot, "PUT", path, menus) == (400, 30032)
    await bot.do("PUT", path, menus[:15])
    assert await refusal(bot, "POST", path, {"name": "One more", "type": 2}) == (400, 30032)
    await bot.do("POST", path, {"name": "One more", "type": 3})


async def index(account: Account, channel_id: str) -> list[str]:
    found = await account.call("GET", f"/channels/{channel_id}/application-command-index", Json)
    return [command["name"] for command in found["application_commands"]]


async def test_the_index_shows_what_somebody_may_use(site: RunningServer) -> None:
    owner, member, bot, guild_id, channel_id = await team(site)
    path = f"/applications/{bot.user_id}/guilds/{guild_id}/commands"
    commands = await bot.call(
        "PUT",
        path,
        list[Json],
        [
            PING,
            {"name": "admin", "description": "x", "default_member_permissions": "0"},
            {"name": "kick", "description": "x", "default_member_permissions": "2"},
        ],
    )
    assert await index(owner, channel_id) == ["ping", "admin", "kick"]
    assert await index(member, channel_id) == ["ping"]
    ping, admin, _ = (command["id"] for command in commands)

    async def override(command_id: str, *overrides: Json) -> None:
        await owner.do("PUT", f"{path}/{command_id}/permissions", {"permissions": list(overrides)})

    await override(admin, {"id": member.user_id, "type": 2, "permission": True})
    assert await index(member, channel_id) == ["ping", "admin"]
    await override(ping, {"id": guild_id, "type": 1, "permission": False})
    assert await index(member, channel_id) == ["admin"]
    await override(ping, {"id": member.user_id, "type": 2, "permission": True})
    assert await index(member, channel_id) == ["ping", "admin"]
    await override(ping, {"id": channel_id, "type": 3, "permission": False})
    assert await index(member, channel_id) == ["admin"]
    found = await member.call("GET", f"/guilds/{guild_id}/application-command-index", Json)
    assert "admin" in [command["name"] for command in found["application_commands"]]
    assert [application["id"] for application in found["applications"]] == [bot.user_id]


async def test_who_may_set_permissions_and_what_they_say(site: RunningServer) -> None:
    owner, member, bot, guild_id, channel_id = await team(site)
    path = f"/applications/{bot.user_id}/guilds/{guild_id}/commands"
    command = await bot.call("POST", path, Json, PING)
    one = f"{path}/{command['id']}/permissions"
    wanted = {"permissions": [{"id": member.user_id, "type": 2, "permission": False}]}
    assert await refusal(bot, "PUT", one, wanted) == (403, 20001)
    assert await refusal(member, "PUT", one, wanted) == (403, 50013)
    assert await refusal(owner, "GET", one) == (404, 10066)
    set_to = await owner.call("PUT", one, Json, wanted)
    assert set_to["permissions"] == wanted["permissions"]
    assert await bot.call("GET", f"{path}/permissions", list[Json]) == [set_to]
    assert await bot.call("GET", one, Json) == set_to
    unknown = {"permissions": [{"id": "1", "type": 1, "permission": True}]}
    assert await refusal(owner, "PUT", one, unknown) == (400, 50035)
    assert await refusal(owner, "PUT", f"{path}/1/permissions", wanted) == (404, 10063)
    (entry,) = [row for row in await audit_rows(site, guild_id) if row["action_type"] == 121]
    assert entry["target_id"] == command["id"]
    assert entry["changes"][0]["key"] == member.user_id
    assert channel_id


async def audit_rows(site: RunningServer, guild_id: str) -> list[Json]:
    events = await site.server.context.store.read_events(int(guild_id), 0)
    return [msgspec.json.decode(event.body) for event in events if event.name == "GUILD_AUDIT_LOG_ENTRY_CREATE"]


async def test_a_deleted_guild_takes_its_commands_along(site: RunningServer) -> None:
    owner, _, bot, guild_id, _ = await team(site)
    await bot.do("POST", f"/applications/{bot.user_id}/guilds/{guild_id}/commands", PING)
    await bot.do("POST", f"/applications/{bot.user_id}/commands", PING)
    await owner.do("DELETE", f"/guilds/{guild_id}")
    commands = site.server.context.commands
    assert commands.of(int(bot.user_id), int(guild_id)) == []
    assert [row.name for row in commands.of(int(bot.user_id), None)] == ["ping"]
    assert [row.guild_id for row in (await site.server.context.store.load()).commands] == [None]
