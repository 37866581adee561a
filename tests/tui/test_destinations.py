"""Tests of `tuichat.tui.destinations`: which places are offered for what is typed, and in which order."""

from tests.tui.samples import GENERAL, GRACE, GUILD, VOICE_ENGINE, sample_state
from tuichat.tui.destinations import Destination, Kind, destinations, matching, use_of
from tuichat.tui.rows import Chosen

KEY = "s1/101"
SHOWN = Chosen(KEY, GUILD, GENERAL)


def place(name: str, where: str = "Home", kind: Kind = Kind.CHANNEL, sign: str = "#") -> Destination:
    return Destination(kind, KEY, hash(name), sign, name, where)


def names(found: list[Destination]) -> list[str]:
    return [each.name for each in found]


def everywhere(uses: dict[str, float] | None = None) -> list[Destination]:
    return destinations(
        {KEY: sample_state()}, SHOWN, {}, [("join", "Join a server")], lambda name: (uses or {}).get(name, 0)
    )


def test_names_that_begin_so_come_before_those_that_hold_it_and_those_with_its_letters() -> None:
    found = [place("great-engine"), place("my-gen"), place("general"), place("random")]
    assert names(matching(found, "gen")) == ["general", "my-gen", "great-engine"]


def test_letters_are_not_picked_together_from_name_guild_and_account() -> None:
    assert matching([place("Lounge", "Home · eve on this computer")], "gener") == []


def test_a_guild_s_name_leads_to_its_channels_after_all_others() -> None:
    found = [place("general", "Team"), place("teamwork")]
    assert names(matching(found, "team")) == ["teamwork", "general"]


def test_the_channel_shown_is_listed_last() -> None:
    assert everywhere()[-1].id == GENERAL


def test_servers_channels_people_and_commands_are_offered() -> None:
    kinds = {each.kind for each in everywhere()}
    assert kinds == set(Kind)


def test_mentions_come_first_then_what_is_used_most() -> None:
    found = everywhere({use_of(Kind.PERSON, KEY, GRACE): 3.0})
    assert found[0].id == VOICE_ENGINE
    assert (found[1].kind, found[1].id) == (Kind.PERSON, GRACE)


def test_without_a_query_people_and_commands_show_where_they_are_used() -> None:
    assert {each.kind for each in matching(everywhere(), "")} == {Kind.GUILD, Kind.CHANNEL}
    used = matching(everywhere({use_of(Kind.PERSON, KEY, GRACE): 1.0}), "")
    assert Kind.PERSON in {each.kind for each in used}


def test_a_sign_narrows_the_kind() -> None:
    assert {each.kind for each in matching(everywhere(), "@")} == {Kind.PERSON}
    assert names(matching(everywhere(), "/jo")) == ["join"]
    assert {each.kind for each in matching(everywhere(), "*")} == {Kind.GUILD}


def test_the_user_is_not_offered_to_herself() -> None:
    assert 101 not in [each.id for each in everywhere() if each.kind is Kind.PERSON]
