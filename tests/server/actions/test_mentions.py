"""Finding mentions in what strangers write."""

from hypothesis import given
from hypothesis import strategies as st

from tuichat.protocol.rest.message import AllowedMentions
from tuichat.protocol.snowflake import MAX_SNOWFLAKE, Snowflake
from tuichat.server.actions import mentions
from tuichat.server.actions.mentions import Mentions

PIECES = st.sampled_from(
    [
        "<@",
        "<@!",
        "<@&",
        ">",
        "@everyone",
        "@here",
        "`",
        "``",
        "```",
        "1",
        "42",
        "9" * 19,
        "9" * 20,
        " ",
        "\n",
        "@",
        "é",
        "<",
        "٣",
    ]
)
TEXTS = st.lists(PIECES | st.text(max_size=5), max_size=60).map("".join)


@given(TEXTS)
def test_any_text_parses_and_names_valid_ids_once(text: str) -> None:
    found = mentions.parse(text)
    for ids in (found.user_ids, found.role_ids):
        assert len(ids) == len(set(ids)) <= mentions.MAX_MENTIONS
        assert all(0 <= mentioned <= MAX_SNOWFLAKE and f"{mentioned}>" in text for mentioned in ids)
        assert all(type(mentioned) is Snowflake for mentioned in ids)
    if found.crowd is not None:
        assert f"@{found.crowd}" in text


@given(TEXTS, st.lists(st.integers(0, 100).map(Snowflake), max_size=3))
def test_restricting_only_takes_away(text: str, users: list[Snowflake]) -> None:
    found = mentions.parse(text)
    kept = mentions.restrict(found, AllowedMentions(users=users))
    assert set(kept.user_ids) <= set(found.user_ids) & set(users)
    assert kept.role_ids == ()
    assert kept.crowd is None
    assert mentions.restrict(found, None) == found


@given(st.text(alphabet="ab<@!&>0123456789 ", max_size=80))
def test_nothing_within_code_is_a_mention(text: str) -> None:
    assert mentions.parse(f"```{text}```") == Mentions()
    assert mentions.parse(f"`{text}x`") == Mentions()


def test_each_kind_is_found_in_its_place() -> None:
    found = mentions.parse("<@1> <@!2><@&3> <@1> <#4> <:a:5> hi@here.com @everyone <@99999999999999999999>")
    assert found == Mentions((Snowflake(1), Snowflake(2)), (Snowflake(3),), "everyone")


def test_everyone_is_wider_than_here_and_words_are_whole() -> None:
    assert mentions.parse("@here @everyone @here").crowd == "everyone"
    assert mentions.parse("@here").crowd == "here"
    assert mentions.parse("@hereabouts @everyones").crowd is None


def test_no_more_than_a_hundred_people() -> None:
    assert len(mentions.parse("".join(f"<@{number}>" for number in range(150))).user_ids) == 100
