"""Unmodified discord.py talks with a real server."""

import asyncio
import sys

import pytest

from tests.conformance.environment import Environment
from tests.conformance.other_account import post_as_other
from tests.conformance.program import HERE, check_program
from tests.conformance.report import Report
from tests.conformance.text_run import TextRun


@pytest.mark.usefixtures("restored_addresses")
async def test_discord_py_talks_and_resumes_after_its_socket_is_cut(environment: Environment) -> None:
    run = TextRun(environment, Report("talk"))
    async with run.connected():
        await _talk(run)
        await _resume(run)


async def _talk(run: TextRun) -> None:
    first = await run.channel.send("hello", nonce="n-1")
    assert (first.content, first.nonce) == ("hello", "n-1")
    assert (await run.message(lambda seen: seen.id == first.id)).author == run.guild.me

    await post_as_other(run.environment, "from another account")
    foreign = await run.message(lambda seen: seen.content == "from another account")
    assert foreign.author.id != run.user.id

    edition = asyncio.create_task(run.client.wait_for("message_edit", timeout=10))
    edited = await first.edit(content="hello again")
    assert edited.content == "hello again"
    assert edited.edited_at is not None
    assert (await edition)[1].content == "hello again"

    doomed = await run.channel.send("doomed")
    deletion = asyncio.create_task(run.client.wait_for("raw_message_delete", timeout=10))
    await doomed.delete()
    assert (await deletion).message_id == doomed.id

    history = await run.history(limit=10)
    assert [message.content for message in history][:2] == ["from another account", "hello again"]
    assert [message.content for message in await run.history(limit=10, after=first)] == ["from another account"]


async def _resume(run: TextRun) -> None:
    session_id = run.client.ws.session_id
    run.cut_cable()
    await post_as_other(run.environment, "while away")
    await asyncio.wait_for(run.resumed.wait(), 30)
    assert run.client.ws.session_id == session_id
    await run.message(lambda seen: seen.content == "while away")
    after = await run.channel.send("after resume")
    await run.message(lambda seen: seen.id == after.id)
    assert [seen.content for seen in run.seen].count("while away") == 1


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_the_text_conformance_fails_only_where_expected(environment: Environment) -> None:
    command = [sys.executable, "-m", "tests.conformance.dpy_text"]
    await check_program(command, environment, HERE / "expected_failures.txt")


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_interactions_of_every_kind_work(environment: Environment) -> None:
    command = [sys.executable, "-m", "tests.conformance.dpy_interactions"]
    await check_program(command, environment, HERE / "interactions_expected_failures.txt")
