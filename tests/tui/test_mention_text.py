"""Mentions are typed as names and carried as ids; Tab completes them."""

import pytest

from tests.tui.samples import ADA_NICK, GENERAL, GRACE, GUILD, LINUS, ME, RANDOM, member, sample_state
from tuichat.client.state import State
from tuichat.tui.completion import offers
from tuichat.tui.mention_text import decode, encode, word_for


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


def test_tab_offers_people_channels_and_commands(state: State) -> None:
    assert offers("ask @gr", state, GENERAL, []) == [(3, "@grace ")]
    assert offers("#ra", state, GENERAL, []) == [(3, "#random ")]
    assert offers("/he", state, GENERAL, ["/help"]) == [(3, "/help ")]
    assert offers("mail me@gr", state, GENERAL, []) == []


def test_those_who_wrote_last_are_offered_first(state: State) -> None:
    names = [text for _, text in offers("@", state, GENERAL, [])]
    assert names[0] == "@ada "
    assert names.index("@linus ") < names.index("@barbara ")
