"""What `tuichat doctor audio` tells of the way to each server, over real ones."""

from pathlib import Path

import pytest

from tests.server.running import RunningServer, running_server
from tuichat.config.accounts import AccountBook, AccountRecord, PersonalAddress, UrlAddress
from tuichat.config.credentials import CredentialStore
from tuichat.config.paths import Profile
from tuichat.config.secret import Token
from tuichat.doctor.voice_ways import examine_ways
from tuichat.server import server as server_module
from tuichat.voice import udp_trial
from tuichat.voice.place_protocol import TryWays, WaysTried


async def signed_in(server: RunningServer, *, server_id: str | None = None, with_token: bool = True) -> Profile:
    """A profile with an account of a server."""
    account = await server.register("ada")
    profile = Profile()
    known = server_id or server.server.server_id
    AccountBook(profile).put(
        AccountRecord(known, account.user_id, "ada", "Ada", UrlAddress(server.base_url, None)),
    )
    if with_token:
        CredentialStore(profile).put(known, account.user_id, Token(account.token))
    return profile


@pytest.mark.slow
async def test_a_server_is_told_with_its_port_and_the_time_there_and_back() -> None:
    async with running_server() as server:
        (sentence,) = await examine_ways(await signed_in(server))
        port = server.server.voice.media.port
    assert sentence.startswith(f"{server.base_url}: Voice would go by UDP to 127.0.0.1:{port}, ")
    assert sentence.endswith(" ms there and back.")


async def test_udp_that_is_blocked_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(udp_trial, "WAIT_S", 0.02)
    async with running_server() as server:
        profile = await signed_in(server)
        server.server.voice.media.close()
        (sentence,) = await examine_ways(profile)
    assert "UDP is blocked: voice goes through the voice WebSocket." in sentence


async def test_a_server_that_gives_no_probes_is_not_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "FEATURES", ["recovery", "voice"])
    async with running_server() as server:
        assert await examine_ways(await signed_in(server)) == []


async def test_without_a_token_nothing_is_asked() -> None:
    async with running_server() as server:
        assert await examine_ways(await signed_in(server, with_token=False)) == []
        assert len(server.server.voice.rooms.probes) == 0


async def test_another_server_at_the_place_is_sent_no_token() -> None:
    async with running_server() as server:
        (sentence,) = await examine_ways(await signed_in(server, server_id="f" * 32))
        assert len(server.server.voice.rooms.probes) == 0
    assert "is another server now" in sentence


async def test_one_that_is_gone_is_told() -> None:
    async with running_server() as server:
        profile = await signed_in(server)
    (sentence,) = await examine_ways(profile)
    assert sentence.startswith(f"{server.base_url}: ")


async def test_the_server_of_this_machine_is_not_started(tmp_path: Path) -> None:
    profile = Profile()
    AccountBook(profile).put(AccountRecord("sid", "1", "ada", "Ada", PersonalAddress()))
    CredentialStore(profile).put("sid", "1", Token("x"))
    assert await examine_ways(profile) == []


async def test_a_profile_without_accounts_has_no_ways() -> None:
    assert await examine_ways(Profile()) == []


async def test_a_laptop_tries_by_a_probe_of_its_own() -> None:
    asked: list[TryWays] = []

    async def tries(request: TryWays) -> WaysTried:
        asked.append(request)
        return WaysTried(
            ssh_ms=20.0, direct_ms=await udp_trial.udp_round_trip_ms(request.ip, request.port, request.ssrc)
        )

    async with running_server() as server:
        (sentence,) = await examine_ways(await signed_in(server), tries)
        port = server.server.voice.media.port
    assert [request.port for request in asked] == [port]
    assert f"Voice would go directly from your laptop, through UDP to 127.0.0.1:{port}, " in sentence
    assert "through ssh: 2" in sentence
