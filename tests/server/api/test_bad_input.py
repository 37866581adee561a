"""Whatever a client sends to whatever route: it is told in the errors' JSON, and it is never our fault."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import msgspec
import pytest
import pytest_asyncio
import yarl
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from docs.route_table import routes_by_name
from tests.server.api.mutations import Attempt, attempts
from tests.server.api.route_rows import all_rows
from tests.server.api.route_rows.row import Row
from tests.server.api.town import Things, Town, build_town
from tests.server.running import RunningServer, running_server
from tests.system.rest_account import RefusedError
from tuichat.protocol.rest.error import ErrorBody
from tuichat.server.api.routes import ROOT_ROUTES

ROWS = sorted(
    {(row.method, row.template): row for row in all_rows()}.values(), key=lambda row: (row.template, row.method)
)
ANSWER_LIMIT_S = 20.0
FEW = settings(
    max_examples=20,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
MANY = settings(FEW, max_examples=60, phases=[Phase.generate, Phase.shrink])


class Site:
    """A town that is built anew when a bad request turned out to be a good one, and broke it."""

    def __init__(self, server: RunningServer, town: Town) -> None:
        self.server = server
        self.town = town

    async def send(self, row: Row, attempt: Attempt) -> None:
        try:
            path, body, things = await self._fill(attempt)
        except RefusedError:
            self.town = await build_town(self.server)
            path, body, things = await self._fill(attempt)
        authorization = things.me.authorization
        if row.is_alone:
            authorization = (await self.server.register(await things("new_name"))).authorization
        headers = {"Authorization": authorization, **row.headers, **attempt.headers}
        data = attempt.raw
        if data is None and body is not None:
            data = msgspec.json.encode(body)
            data = attempt.form(data) if attempt.files else data
        if data is not None and attempt.content_type:
            headers["Content-Type"] = attempt.content_type
        if row.is_local:
            async with aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(self.server.socket_path))) as http:
                await exchange(http, row, f"http://localhost/api/v10{path}", data, headers)
            return
        root = self.server.base_url if row.template in ROOT_ROUTES else self.server.api_url
        await exchange(self.server.http, row, root + path, data, headers)

    async def _fill(self, attempt: Attempt) -> tuple[str, object, Things]:
        things = Things(self.town, "owner")
        return await things.fill(attempt.path), await things.fill(attempt.body), things


async def exchange(
    http: aiohttp.ClientSession, row: Row, url: str, data: bytes | None, headers: dict[str, str]
) -> None:
    async with (
        asyncio.timeout(ANSWER_LIMIT_S),  # one that waits for ever has lost a lock
        http.request(row.method, yarl.URL(url, encoded=True), data=data, headers=headers) as response,
    ):
        content = await response.read()
        shown = f"{row.method} {url} {data!r} {headers} -> {response.status} {content[:300]!r}"
        assert response.status < 500, shown
        if response.status >= 400:
            if response.headers["Content-Type"] == row.error_type != "application/json":
                assert content, shown
                return
            assert response.headers["Content-Type"] == "application/json", shown
            error = msgspec.json.decode(content, type=ErrorBody)
            assert error.message, shown
        elif response.status == 204:
            assert content == b"", shown


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site() -> AsyncIterator[Site]:
    async with running_server() as server:
        yield Site(server, await build_town(server))


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("row", ROWS[::12], ids=lambda row: f"{row.method} {row.template}")
@FEW
@given(data=st.data())
async def test_bad_input_is_never_our_fault(row: Row, site: Site, data: st.DataObject) -> None:
    route = routes_by_name()[row.method, row.template]
    await site.send(row, data.draw(attempts(row, route)))


@pytest.mark.slow
@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.method} {row.template}")
@MANY
@given(data=st.data())
async def test_a_great_deal_of_bad_input_is_never_our_fault(row: Row, site: Site, data: st.DataObject) -> None:
    route = routes_by_name()[row.method, row.template]
    await site.send(row, data.draw(attempts(row, route)))
