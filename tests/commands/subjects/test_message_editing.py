"""Commands about one message, over a real server: its text, pins, copies, reactions, votes and files."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.client.site import Site
from tests.client.waiting import until
from tests.commands.fake_client import FakeScreen
from tests.commands.typing_people import Team, Typist, team
from tuichat.protocol.message import Message

pytestmark = pytest.mark.slow  # real clients on a real server


@pytest.fixture
async def people(site: Site, tmp_path: Path) -> AsyncIterator[Team]:
    async with team(site, tmp_path) as made:
        yield made


def newest(typist: Typist, channel_id: int | None = None) -> Message:
    return typist.client.state.timeline(channel_id or typist.channel_id)[-1].message


def counts(typist: Typist) -> list[int]:
    known = newest(typist).reactions
    return [each.count for each in known] if isinstance(known, list) else []


async def said(typist: Typist, text: str) -> int:
    await typist.do(text)
    return int(newest(typist).id)


async def test_a_message_is_edited_by_id_by_link_and_as_the_last(people: Team) -> None:
    member = people.member
    number = await said(member, "helo")
    await member.do(f"/edit {number} hello")
    await until(lambda: newest(member).content == "hello")
    link = await member.do("/link last")
    assert link.endswith(f"/{member.channel_id}/{number}")
    await member.do(f"/edit {link} hello there")
    await until(lambda: newest(member).content == "hello there")
    await member.do("/edit last hello again")
    await until(lambda: newest(member).content == "hello again")
    refused = await people.owner.fail(f"/edit {number} mine")
    assert "is not yours to edit" in refused.text
    assert not refused.is_mistake


@pytest.mark.parametrize("name", ["first", "12", "999999999999999999", "https://example.org/channels/1/2/3", "²"])
async def test_a_name_of_no_message_is_a_mistake(people: Team, name: str) -> None:
    await said(people.member, "hello")
    assert (await people.member.fail(f"/delete {name}")).is_mistake


async def test_a_message_is_deleted_by_who_may(people: Team) -> None:
    number = await said(people.owner, "secret")
    assert "not yours to delete" in (await people.member.fail(f"/delete {number}")).text
    screen = FakeScreen()
    screen.is_sure = False
    assert await people.owner.do(f"/delete {number}", screen) == "Nothing was done."
    assert screen.questions[0][1] == "other: secret"
    await people.owner.do(f"/delete {number}")
    assert people.owner.client.state.timeline(people.owner.channel_id).find(number) is None


async def test_a_message_is_pinned_listed_and_no_more(people: Team) -> None:
    number = await said(people.owner, "the rules")
    assert "Pin messages" in (await people.member.fail(f"/pin {number}")).text
    await people.owner.do(f"/pin {number}")
    found = await people.member.type("/pins")
    assert [each.message.content for each in found.found] == ["the rules"]
    await people.owner.do(f"/unpin {number}")
    assert (await people.member.type("/pins")).found == ()


async def test_a_copy_goes_elsewhere_with_a_comment(people: Team) -> None:
    owner = people.owner
    number = await said(owner, "news")
    other = await owner.client.places.create_channel(int(owner.guild.guild.id), "elsewhere")
    await until(lambda: int(other.id) in owner.client.state.channels)
    assert await owner.do(f"/forward {number} #elsewhere have a look") == "Forwarded to #elsewhere."
    await owner.client.open_channel(int(other.id))
    copied, comment = [each.message for each in owner.client.state.timeline(int(other.id))][-2:]
    assert comment.content == "have a look"
    assert copied.message_reference
    assert copied.content == ""
    assert await owner.do(f"/forward {number} @me") == "Forwarded to @me."


async def test_reactions_are_told_and_taken_away(people: Team) -> None:
    owner, member = people.owner, people.member
    number = await said(member, "done")
    await owner.client.open_channel(owner.channel_id)
    assert await member.do(f"/reactions {number}") == "Nobody has reacted to it yet."
    await member.do(f"/react {number} tada")
    await owner.do(f"/react {number} tada")
    await until(lambda: counts(member) == [2])
    assert sorted((await member.do(f"/reactions {number}")).split(": ")[1].split(", ")) == ["@me", "@other"]
    assert "Manage messages" in (await member.fail(f"/unreact {number} tada @other")).text
    await member.do(f"/unreact {number} tada")
    await until(lambda: counts(owner) == [1])
    assert "not reacted so" in (await member.fail(f"/unreact {number} tada")).text
    await member.do(f"/react {number} eyes")
    await until(lambda: counts(owner) == [1, 1])
    await owner.do(f"/unreact {number} eyes @me")
    await until(lambda: counts(owner) == [1])
    await owner.do(f"/unreact {number} all")
    await until(lambda: not counts(owner))


async def test_a_poll_is_asked_voted_in_and_ended(people: Team) -> None:
    owner, member = people.owner, people.member
    told = await owner.do('/poll lasts=4h "Lunch today?" Pizza "Thai food"')
    number = int(told.split("/vote ")[1].split()[0])
    await member.do(f"/vote {number} 2")
    assert await owner.do(f"/voters {number}") == "1. Pizza: nobody\n2. Thai food: @me"
    await member.do(f"/vote {number}")
    assert await owner.do(f"/voters {number}") == "1. Pizza: nobody\n2. Thai food: nobody"
    assert "is not yours" in (await member.fail(f"/endpoll {number}")).text
    await owner.do(f"/endpoll {number}")
    assert "no poll" in (await owner.fail(f"/vote {await said(owner, 'hello')} 1")).text
    for wrong in (
        '/poll lasts=33d "What?" one two',
        '/poll "What?" one',
        "/poll",
        f'/poll "What?" one {"x" * 56}',
        f"/poll {'x' * 301} one two",
    ):
        assert (await owner.fail(wrong)).is_mistake


async def test_files_are_saved_and_nothing_is_overwritten(people: Team, tmp_path: Path) -> None:
    (tmp_path / "build.log").write_text("all is well")
    folder = tmp_path / "saved"
    folder.mkdir()
    await people.owner.do(f"/upload {tmp_path}/build.log")
    assert await people.member.do(f"/download last {folder}") == str(folder / "build.log")
    assert (folder / "build.log").read_text() == "all is well"
    assert await people.member.do(f"/download last {folder}/") == str(folder / "build (1).log")
    assert await people.member.do(f"/download last {folder}/mine.log") == str(folder / "mine.log")
    assert (folder / "mine.log").read_text() == "all is well"
    taken = await people.member.fail(f"/download last {folder}/mine.log")
    assert "is not overwritten" in taken.text
    assert not taken.is_mistake
    assert "cannot be called" in (await people.member.fail(f"/download last {folder}/.bashrc")).text
    screen = FakeScreen()
    assert await people.member.do(f"/download last {folder}/new/", screen) == f"Saved: {folder}/new/build.log"
    await said(people.owner, "no file")
    assert "no files" in (await people.member.fail("/download last")).text


async def test_what_was_said_is_told_and_marked(people: Team) -> None:
    owner, member = people.owner, people.member
    first = await said(owner, "one")
    await said(owner, "two")
    found = await member.type("/history 2")
    assert [each.message.content for each in found.found] == ["one", "two"]
    assert (await member.fail("/history 0")).is_mistake
    await until(lambda: member.client.state.is_unread(member.channel_id))
    assert "unread" in await member.do("/unread")
    assert "marked as read" in await member.do("/read")
    assert await member.do("/unread") == "Nothing is new anywhere."
    await member.do(f"/unread {first}")
    assert "unread" in await member.do("/unread")
    assert "1 channel" in await member.do("/read #general")


async def test_a_screen_jumps_and_copies(people: Team) -> None:
    number = await said(people.owner, "look here")
    screen = FakeScreen()
    await people.owner.do(f"/jump {number}", screen)
    assert screen.events == [(people.owner.client.key, people.owner.channel_id, number)]
    assert await people.owner.do(f"/copy {number}", screen) == "Copied."
    assert screen.texts == [("copied", "look here")]
    assert "needs a screen" in (await people.owner.fail(f"/jump {number}")).text
    assert await people.owner.do(f"/copy {number}") == "look here"  # a script is told what a clipboard would get
    assert "no code block" in (await people.owner.fail(f"/copy {number} code")).text
    number = await said(people.owner, "run\n```sh\nmake\n```")
    assert await people.owner.do(f"/copy {number} what=code") == "make"


async def test_a_message_is_reported_to_the_owner(people: Team) -> None:
    number = await said(people.owner, "buy now")
    assert "This server is yours" in (await people.owner.fail(f"/report {number}")).text
    assert await people.member.do(f"/report {number} it is spam") == "Reported to other."
    await until(lambda: any("it is spam" in each.content for each in private_messages(people.member)))


def private_messages(typist: Typist) -> list[Message]:
    state = typist.client.state
    return [entry.message for each in state.private_channel_ids for entry in state.timeline(int(each))]
