"""Mentions are typed as names and carried as ids."""

import msgspec
import pytest

from tests.tui.samples import ADA_NICK, GENERAL, GRACE, GUILD, LINUS, ME, RANDOM, member, sample_state
from tuichat.client.state import State
from tuichat.protocol.emoji import Emoji
from tuichat.protocol.snowflake import Snowflake
from tuichat.text.mention_text import decode, encode, word_for


@pytest.fixture
def state() -> State:
    return sample_state()


def test_a_known_name_becomes_an_id(state: State) -> None:
    assert encode("hi @grace, see #random", state, GENERAL) == f"hi <@{GRACE}>, see <#{RANDOM}>"


def test_an_unknown_name_stays_text(state: State) -> None:
    assert encode("mail me@grace.org or @nobody, #42", state, GENERAL) == "mail me@grace.org or @nobody, #42"


def test_a_longer_name_wins(state: State) -> None:
    assert encode("@gracehopper", state, GENERAL) == "@gracehopper"


def test_code_is_left_alone(state: State) -> None:
    assert encode("`@grace` ```\n@linus\n``` @linus", state, GENERAL) == f"`@grace` ```\n@linus\n``` <@{LINUS}>"


def test_a_shown_name_works_unless_two_people_show_it(state: State) -> None:
    members = state.guilds[GUILD].members
    members[GRACE] = member(GRACE, nick=ADA_NICK)
    assert encode(f"@{ADA_NICK}!", state, GENERAL) == f"<@{GRACE}>!"
    members[LINUS] = member(LINUS, nick=ADA_NICK)
    assert encode(f"@{ADA_NICK}!", state, GENERAL) == f"@{ADA_NICK}!"


def test_decoding_gives_back_what_was_typed(state: State) -> None:
    text = "hi @grace, see #random `@linus`"
    assert decode(encode(text, state, GENERAL), state, GENERAL) == text
    assert decode("<@999> <#998>", state, GENERAL) == "<@999> <#998>"


def test_the_word_for_a_member_mentions_that_member(state: State) -> None:
    assert encode(word_for(state, GENERAL, ME), state, GENERAL) == f"<@{ME}>"


def test_emojis_are_typed_by_name_outside_of_code(state: State) -> None:
    guild = state.guilds[GUILD]
    own = Emoji(id=Snowflake(77), name="ferris")
    guild.guild = msgspec.structs.replace(guild.guild, emojis=[own])
    assert encode("hi :tada: :ferris: `:tada:` 10:30:00", state, GENERAL) == "hi 🎉 <:ferris:77> `:tada:` 10:30:00"
    assert decode("<:ferris:77> <:gone:78>", state, GENERAL) == ":ferris: <:gone:78>"
