"""Every route, called over a real socket by everybody: it works for whom it should, and refuses the others in its words."""

import secrets
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import msgspec
import pytest
import pytest_asyncio

from docs.route_table import routes_by_name
from tests.server.api.route_rows import all_rows
from tests.server.api.route_rows.row import Row
from tests.server.api.town import ROLES, Things, Town, build_town
from tests.server.running import running_server
from tuichat.server.api.routes import ROOT_ROUTES

ROWS = sorted(all_rows(), key=lambda row: (row.template, row.method))
OUT_OF_REACH = ("50001", "20001", "20002")  # not seen, not for bots, for bots alone
FORGETTING = ("DELETE", "/channels/{channel_id}/messages/ack")  # one's own read state, also of what was seen once


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town() -> AsyncIterator[Town]:
    async with running_server() as site:
        yield await build_town(site)


async def call(town: Town, things: Things, row: Row, authorization: str) -> tuple[str, bytes]:
    """Return the answer as a row writes it, and the whole of its body."""
    path, body = await things.fill(row.path), await things.fill(row.body)
    root = town.site.base_url if row.template in ROOT_ROUTES else town.site.api_url
    headers = row.headers | ({"Authorization": authorization} if authorization else {})
    if body is not None:
        headers["Content-Type"] = "application/json"
    data = None if body is None else msgspec.json.encode(body)
    if row.is_local:
        async with aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(town.site.socket_path))) as http:
            return await exchange(http, row.method, f"http://localhost/api/v10{path}", data, headers)
    return await exchange(town.site.http, row.method, root + path, data, headers)


async def exchange(
    http: aiohttp.ClientSession, method: str, url: str, data: bytes | None, headers: dict[str, str]
) -> tuple[str, bytes]:
    async with http.request(method, url, data=data, headers=headers) as response:
        content = await response.read()
        if response.status < 300:
            return str(response.status), content
        assert response.headers["Content-Type"] == "application/json"
        error: dict[str, Any] = msgspec.json.decode(content)
        return str(error["code"] or response.status), content


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
async def test_everybody_is_answered_as_the_table_says(row: Row, town: Town) -> None:
    got, bodies = {}, []
    for role in ROLES:
        things = Things(town, role)
        asker = await town.site.register(f"alone_{role}_{secrets.token_hex(3)}") if row.is_alone else town.people[role]
        got[role], content = await call(town, things, row, asker.authorization)
        if got[role] != row.expected[role]:
            bodies.append(f"{role}: {content[:300]!r}")
    assert got == row.expected, "\n".join(
        [
            f"{row.name} answers otherwise than its row says.",
            " ".join(f"{role:>9}" for role in ROLES),
            " ".join(f"{row.expected[role]:>9}" for role in ROLES) + "  says the row",
            " ".join(f"{got[role]:>9}" for role in ROLES) + "  is answered",
            *bodies,
        ]
    )


@pytest.mark.asyncio(loop_scope="module")
async def test_nobody_does_anything_without_a_token(town: Town) -> None:
    routes = routes_by_name()
    for row in ROWS:
        route = routes.get((row.method, row.template))
        if route is not None and route.needs == "a token":
            answer, _ = await call(town, Things(town, "owner"), row, "")
            assert answer == "401", row.name


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("role", ["moderator", "member", "bot"])
async def test_a_channel_that_one_does_not_see_is_out_of_reach(town: Town, role: str) -> None:
    """Whatever the route: permissions in the guild, or the ids of messages elsewhere, lead nowhere."""
    hidden = await Things(town, "owner")("hidden_channel")
    reached = []
    for row in ROWS:
        things = Things(town, role)
        for name in ("channel_id", "new_channel"):
            things.note(name, hidden)
        is_of_channel = row.path.startswith(("/channels/{channel_id}", "/channels/{new_channel}"))
        if is_of_channel and (row.method, row.template) != FORGETTING:
            answer, content = await call(town, things, row, town.people[role].authorization)
            if answer not in OUT_OF_REACH:
                reached.append(f"{row.name}: {answer} {content[:200]!r}")
    assert not reached, "\n".join(reached)


def test_every_route_has_a_row() -> None:
    known = {(row.method, row.template) for row in ROWS}
    missing = [
        f'    row("{method}", "{path}", "? ? ? ? ? ? ?"),'
        for method, path in routes_by_name()
        if (method, path) not in known
    ]
    assert not missing, "\n".join(
        [
            "Routes have no row in the table that says how they answer each role. Add these to a module of",
            f"tests/server/api/route_rows, with the answers to {', '.join(ROLES)} for the question marks (a success's",
            "status, or the error's code), and a body where the route takes one:",
            *missing,
        ]
    )


def test_every_row_is_of_a_route() -> None:
    gone = [row.name for row in ROWS if (row.method, row.template) not in routes_by_name()]
    assert not gone, f"no route is what these rows of tests/server/api/route_rows say: {', '.join(gone)}"


def test_every_route_works_for_somebody() -> None:
    working = {
        (row.method, row.template)
        for row in ROWS
        if row.never or any(len(answer) == 3 and answer < "300" for answer in row.expected.values())
    }
    idle = [f"{method} {path}" for method, path in routes_by_name() if (method, path) not in working]
    assert not idle, f"no row of these routes is a call that works: {', '.join(idle)}"
