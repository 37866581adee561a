"""Recovery codes: good once, for their account alone, and not to be guessed."""

from collections.abc import AsyncIterator

import pytest

from tests.server.running import Account, RunningServer, running_server
from tests.system.rest_account import PASSWORD, RefusedError, RestAccount, TokenObject
from tuichat.protocol.profile import RecoveryCodes, RecoveryState
from tuichat.server.accounts import LOGIN_BURST
from tuichat.server.actions.recovery import CODES

NEW_PASSWORD = "another horse, another battery"


@pytest.fixture
async def site() -> AsyncIterator[RunningServer]:
    async with running_server() as server:
        yield server


async def make_codes(account: Account) -> list[str]:
    return (await account.call("POST", "/tuichat/recovery/codes", RecoveryCodes, {"password": PASSWORD})).codes


async def left(account: RestAccount) -> int:
    return (await account.call("GET", "/tuichat/recovery/codes", RecoveryState)).left


async def recover(site: RunningServer, login: str, code: str, password: str = NEW_PASSWORD) -> tuple[int, bytes]:
    body = {"login": login, "code": code, "password": password}
    return await RestAccount(site.http, site.api_url).raw("POST", "/tuichat/recovery", body)


async def test_code_sets_a_new_password_and_signs_out_everywhere_else(site: RunningServer) -> None:
    ada = await site.register("ada")
    codes = await make_codes(ada)
    assert len(set(codes)) == CODES == await left(ada)
    anonymous = RestAccount(site.http, site.api_url)
    body = {"login": "ADA", "code": codes[3].upper().replace("-", " "), "password": NEW_PASSWORD}
    answer = await anonymous.call("POST", "/tuichat/recovery", TokenObject, body)
    assert (await ada.raw("GET", "/users/@me"))[0] == 401
    again = RestAccount(site.http, site.api_url, answer.token)
    assert (await again.me()).username == "ada"
    assert await left(again) == CODES - 1
    for password, status in ((PASSWORD, 400), (NEW_PASSWORD, 200)):
        assert (await anonymous.raw("POST", "/auth/login", {"login": "ada", "password": password}))[0] == status


async def test_code_is_good_once(site: RunningServer) -> None:
    code = (await make_codes(await site.register("ada")))[0]
    assert (await recover(site, "ada", code))[0] == 200
    status, words = await recover(site, "ada", code)
    assert status == 400
    assert b"INVALID_RECOVERY_CODE" in words


async def test_new_codes_end_those_before(site: RunningServer) -> None:
    ada = await site.register("ada")
    first = await make_codes(ada)
    second = await make_codes(ada)
    assert await left(ada) == CODES
    assert (await recover(site, "ada", first[0]))[0] == 400
    assert (await recover(site, "ada", second[0]))[0] == 200


async def test_code_is_for_its_account_alone_and_unknown_names_are_answered_alike(site: RunningServer) -> None:
    code = (await make_codes(await site.register("ada")))[0]
    await site.register("bob")
    answers = [await recover(site, name, code) for name in ("bob", "nobody", "tuichat", "")]
    assert {status for status, _ in answers} == {400}
    assert len({words for _, words in answers}) == 1


@pytest.mark.parametrize("code", ["", "----", "a", "x" * 10_000])
async def test_no_code_is_no_code(site: RunningServer, code: str) -> None:
    await make_codes(await site.register("ada"))
    assert (await recover(site, "ada", code))[0] == 400


async def test_codes_are_not_to_be_guessed(site: RunningServer) -> None:
    ada = await site.register("ada")
    code = (await make_codes(ada))[0]
    for _ in range(LOGIN_BURST):
        assert (await recover(site, "ada", "wrong"))[0] == 400
    assert (await recover(site, "ada", code))[0] == 429
    assert (await ada.me()).username == "ada", "who is signed in stays so"


async def test_weak_password_costs_no_code(site: RunningServer) -> None:
    ada = await site.register("ada")
    code = (await make_codes(ada))[0]
    assert (await recover(site, "ada", code, "short"))[0] == 400
    assert await left(ada) == CODES


async def test_codes_need_the_password_and_are_kept_as_hashes_alone(site: RunningServer) -> None:
    ada = await site.register("ada")
    with pytest.raises(RefusedError):
        await ada.do("POST", "/tuichat/recovery/codes", {"password": "wrong"})
    codes = await make_codes(ada)
    stored = await site.server.context.store.read_recovery_codes(int(ada.user_id))
    assert len(stored) == CODES
    assert all(len(each) == 32 for each in stored)
    assert not set(stored) & {code.encode() for code in codes}
