"""Profiles, what is done from them, folded messages of those one blocked, and reports, on the running screen."""

import msgspec
import pytest

from tests.tui.hostile import FORBIDDEN, HOSTILE
from tests.tui.samples import GENERAL, GRACE, GUILD, LINUS, MARGARET, ME, FakeClient, message, sample_state, user
from tests.tui.screens import Shown, running
from tuichat.client.change import RelationChanged
from tuichat.protocol.follow import FEATURE as FOLLOWING
from tuichat.protocol.profile import MutualGuild, Profile, ProfileMetadata, ProfileUser
from tuichat.protocol.relationship import PutRelationshipRequest, RelationshipType
from tuichat.protocol.rest.member import EditMemberRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.user_settings import EditNoteRequest, Note

pytestmark = pytest.mark.slow  # whole screens by their keys


def client_with(bio: str = "measures first", remark: str = "owes me a tea") -> FakeClient:
    client = FakeClient(sample_state([message(GRACE, 5, "before"), message(LINUS, 1, "hello <@102>")]))
    client.rest.answers["GET /users/{}/profile"] = Profile(
        user=ProfileUser(id=Snowflake(LINUS), username="linus"),
        user_profile=ProfileMetadata(bio=bio, pronouns="he"),
        mutual_guilds=[MutualGuild(id=Snowflake(GUILD))],
        mutual_friends_count=2,
    )
    client.rest.answers["GET /users/@me/notes/{}"] = Note(
        note=remark, note_user_id=Snowflake(LINUS), user_id=Snowflake(101)
    )
    return client


async def open_profile(shown: Shown) -> None:
    await shown.press("shift+f6", "up", "n")
    await shown.until("2 friends in common")


@pytest.mark.parametrize("size", [(120, 36), (60, 20)])
async def test_a_profile_tells_who_somebody_is(size: tuple[int, int]) -> None:
    async with running(client_with(), size=size) as shown:
        await open_profile(shown)
        for words in ("● online · linus", "hacking on the mixer", "measures first", "servers in common: Textual Labs"):
            assert words in shown.text
        assert "your note: owes me a tea" in shown.text


async def test_a_click_on_a_name_or_a_mention_shows_the_profile() -> None:
    async with running(client_with()) as shown:
        await shown.click("@grace")
        assert "○ offline" in shown.text or "● online · grace" in shown.text
        await shown.press("escape")
        await shown.click("linus  09:57")
        await shown.until("hacking on the mixer")


async def test_a_member_is_mentioned_from_the_profile() -> None:
    async with running(client_with()) as shown:
        await open_profile(shown)
        await shown.click("Mention")
        assert shown.chat.composer.text == "@linus "


async def test_a_member_of_the_list_shows_the_profile() -> None:
    async with running(client_with()) as shown:
        await shown.click("linus      ")  # the list's, not a message's
        await shown.until("2 friends in common")


async def test_somebody_is_followed_and_no_more() -> None:
    client = client_with()
    client.state.features |= {FOLLOWING}
    async with running(client) as shown:
        await open_profile(shown)
        await shown.click("Follow: hear of their rooms")
        assert client.rest.asked[-1] == ("PUT", f"/tuichat/follows/users/{LINUS}")
        await shown.press("n")
        await shown.until("Follow no more")
        await shown.click("Follow no more")
        assert client.rest.asked[-1] == ("DELETE", f"/tuichat/follows/users/{LINUS}")


async def test_a_note_is_written() -> None:
    client = client_with()
    async with running(client) as shown:
        await open_profile(shown)
        await shown.click("Write a note")
        await shown.until("Your note about linus")
        await shown.press("ctrl+u", *"met", "enter")
        assert client.rest.bodies[-1] == EditNoteRequest(note="met")


async def test_somebody_is_blocked_after_a_question_and_what_they_wrote_folds() -> None:
    client = client_with()
    async with running(client) as shown:
        await open_profile(shown)
        await shown.click("Block")
        assert "Block linus?" in shown.text
        await shown.press("y")
        assert client.rest.bodies[-1] == PutRelationshipRequest(type=RelationshipType.BLOCKED)
        client.state.relations[LINUS] = RelationshipType.BLOCKED
        client.emit(RelationChanged(LINUS))
        await shown.settle()
        assert not any("hello" in line for line in shown.messages())
        await shown.click("from somebody you blocked")
        assert any("hello" in line for line in shown.messages())


async def test_a_moderator_times_out_renames_kicks_and_bans() -> None:
    client = client_with()
    guild = client.state.guilds[GUILD]
    guild.guild = msgspec.structs.replace(guild.guild, owner_id=Snowflake(ME))
    path = f"/guilds/{GUILD}/members/{LINUS}"
    async with running(client) as shown:
        await open_profile(shown)
        await shown.click("Time out")
        await shown.press("enter")
        body = client.rest.bodies[-1]
        assert isinstance(body, EditMemberRequest)
        assert body.communication_disabled_until == "2026-11-19T10:03:00+00:00"
        for deed, words in (("Kick", ("DELETE", path)), ("Ban", ("PUT", f"/guilds/{GUILD}/bans/{LINUS}"))):
            await shown.press("n")
            await shown.until("2 friends in common")
            await shown.click(f"{deed} from")
            await shown.press(*"spam", "enter")
            assert client.rest.asked[-1] == words
            assert client.rest.reasons[-1] == "spam"


async def test_who_is_not_below_oneself_is_not_kicked_from_a_profile() -> None:
    async with running(client_with()) as shown:
        await open_profile(shown)
        assert "Kick" not in shown.text


async def test_without_the_right_nothing_of_a_moderator_is_offered() -> None:
    client = client_with()
    guild = client.state.guilds[GUILD]
    role = guild.roles[GUILD]
    guild.roles[GUILD] = msgspec.structs.replace(role, permissions=type(role.permissions)(1 << 10))
    async with running(client) as shown:
        await open_profile(shown)
        assert "Kick" not in shown.text
        assert "Block" in shown.text


async def test_a_report_goes_to_the_owner_in_a_private_message() -> None:
    client = client_with()
    async with running(client) as shown:
        await shown.press("shift+f6", "up", "exclamation_mark")
        assert "margaret, the owner of this server, gets a private message" in shown.text
        await shown.press(*"rude", "enter")
        await shown.until("Reported to margaret.")
        assert ("private", MARGARET) in client.asked
        sent = next(each for each in client.asked if each[0] == "send")
        assert f"/channels/{GUILD}/{GENERAL}/" in str(sent[2])
        assert str(sent[2]).endswith("> hello @grace\nrude")


@pytest.mark.parametrize("kind", HOSTILE)
async def test_hostile_text_in_a_profile_is_text(kind: str) -> None:
    client = client_with(HOSTILE[kind].encode("utf-8", "replace").decode(), HOSTILE[kind][:200])
    client.state.users[LINUS] = msgspec.structs.replace(user(LINUS), username=HOSTILE[kind][:60])
    async with running(client) as shown:
        await open_profile(shown)
        assert not FORBIDDEN & set(shown.text.replace("\n", ""))
