"""Tests of `tuichat.text.bot_commands`, and of what `tuichat.tui.bot_offers` offers of them."""

from pathlib import Path

import msgspec
import pytest

from tests.tui.hostile import FORBIDDEN, HOSTILE
from tests.tui.samples import BOT, GENERAL, GRACE, REVIEWS, sample_state
from tuichat.protocol.application_command import ApplicationCommand, CommandOption, OptionChoice
from tuichat.protocol.interaction import CommandIndex, InteractionOption, ModalApplication
from tuichat.protocol.snowflake import Snowflake
from tuichat.text import bot_commands
from tuichat.text.bot_commands import LineError
from tuichat.tui import bot_offers, completion

STATE = sample_state()


def command(name: str, *options: CommandOption) -> ApplicationCommand:
    number = Snowflake(1)
    return ApplicationCommand(
        id=number,
        application_id=Snowflake(BOT),
        version=number,
        type=1,
        name=name,
        description="Does it",
        options=list(options),
        integration_types=[0],
    )


DEPLOY = command(
    "deploy",
    CommandOption(type=3, name="what", required=True),
    CommandOption(type=3, name="where", choices=[OptionChoice(name="The lab", value="lab")]),
    CommandOption(type=4, name="count"),
    CommandOption(type=5, name="fast"),
    CommandOption(type=6, name="by"),
    CommandOption(type=7, name="to"),
)
CONFIG = command("config", CommandOption(type=1, name="set", options=[CommandOption(type=3, name="key")]))
SEARCH = command("search", CommandOption(type=3, name="in"), CommandOption(type=3, name="page", autocomplete=True))
INDEX = CommandIndex(
    applications=[ModalApplication(id=Snowflake(BOT), name="buildbot")],
    application_commands=[DEPLOY, CONFIG, SEARCH],
    version=Snowflake(1),
)


def values(line: str) -> dict[str, object]:
    return {option.name: option.value for option in bot_commands.read(DEPLOY, line, STATE, GENERAL).options}


def offered(before: str) -> list[str]:
    about = completion.asked(before, STATE, GENERAL)
    assert about is not None
    return [offer.text for offer in bot_offers.offers(about, INDEX)]


def test_options_are_read_by_their_names() -> None:
    line = f"/deploy what:the new mixer where:the lab count:3 fast:yes by:@grace to:<#{REVIEWS}>"
    assert values(line) == {
        "what": "the new mixer",
        "where": "lab",
        "count": 3,
        "fast": True,
        "by": str(GRACE),
        "to": str(REVIEWS),
    }


def test_what_has_no_name_is_the_first_option() -> None:
    assert values("/deploy the lab") == {"what": "the lab"}
    assert values("/deploy http://x count:2") == {"what": "http://x", "count": 2}


def test_a_sub_command_holds_its_options() -> None:
    (option,) = bot_commands.read(CONFIG, "/config set key:a b", STATE, GENERAL).options
    assert (option.name, option.options) == ("set", [InteractionOption(type=3, name="key", value="a b")])


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("/deploy", "It needs what"),
        ("/deploy x count:many", "count is a whole number."),
        ("/deploy x where:mars", "where is one of The lab."),
        ("/deploy x fast:perhaps", "true or false"),
        ("/deploy x by:nobody", "nobody and nothing"),
    ],
)
def test_what_is_wrong_is_said(line: str, words: str) -> None:
    with pytest.raises(LineError, match=words):
        bot_commands.read(DEPLOY, line, STATE, GENERAL)


def test_files_are_numbered_and_what_is_none_is_said(tmp_path: Path) -> None:
    (tmp_path / "a b.log").write_text("fine")
    (tmp_path / "c.log").write_text("fine, too")
    check = command("check", CommandOption(type=11, name="file"), CommandOption(type=11, name="other"))
    line = f'/check file:"{tmp_path}/a b.log" other:{tmp_path}/c.log'
    given = bot_commands.read(check, line, STATE, GENERAL)
    assert [(option.name, option.value) for option in given.options] == [("file", "0"), ("other", "1")]
    assert [(file.name, file.size_bytes) for file in given.files] == [("a b.log", 4), ("c.log", 9)]
    index = msgspec.structs.replace(INDEX, application_commands=[check])
    about = completion.asked(f"/check file:{tmp_path}/c", STATE, GENERAL)
    assert about is not None
    assert [offer.text for offer in bot_offers.offers(about, index)] == [f"{tmp_path}/c.log "]
    for path in (tmp_path, tmp_path / "missing"):
        with pytest.raises(LineError, match=str(path)):
            bot_commands.read(check, f"/check file:{path}", STATE, GENERAL)


def test_commands_options_and_values_are_offered() -> None:
    assert offered("/de") == ["/deploy "]
    assert offered("/deploy x c") == ["count:"]
    assert offered("/deploy what:x ")[0] == "where:"
    assert offered("/deploy x where:l") == ["The lab "]
    assert offered("/deploy x by:gra") == ["grace "]
    assert offered("/config ") == ["set "]
    assert offered("/config set ") == ["key:"]


def test_a_name_that_is_ours_too_is_offered_and_found_with_its_bot() -> None:
    about = completion.asked("/de", STATE, GENERAL)
    assert about is not None
    assert [offer.text for offer in bot_offers.offers(about, INDEX, {"deploy"})] == ["/buildbot:deploy "]
    assert bot_commands.find("/buildbot:deploy x", INDEX) is DEPLOY
    assert bot_commands.find("/otherbot:deploy x", INDEX) is None
    assert values("/buildbot:deploy x") == {"what": "x"}


def test_a_bot_is_asked_for_what_may_stand_in_an_option_and_its_words_are_offered() -> None:
    line = "/search in:the wiki page:two wo"
    asked = bot_commands.asked_of_bot(SEARCH, line, STATE, GENERAL)
    assert asked == [
        InteractionOption(type=3, name="in", value="the wiki"),
        InteractionOption(type=3, name="page", value="two wo", focused=True),
    ]
    assert bot_commands.asked_of_bot(SEARCH, "/search in:x", STATE, GENERAL) is None
    about = completion.asked(line, STATE, GENERAL)
    assert about is not None
    (offer,) = bot_offers.offers(about, INDEX, (), [OptionChoice(name="Two words", value="p2")])
    assert (offer.text, offer.count) == ("Two words ", len("two wo"))
    learned = {(int(SEARCH.id), "page", "two words"): "p2"}
    read = bot_commands.read(SEARCH, "/search page:Two words", STATE, GENERAL, learned).options
    assert read[0].value == "p2"


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_names_are_text(kind: str) -> None:
    text = HOSTILE[kind]
    index = CommandIndex(
        applications=[ModalApplication(id=Snowflake(BOT), name=text)],
        application_commands=[command("x" + text, CommandOption(type=3, name=text, description=text))],
        version=Snowflake(1),
    )
    for before in ("/x", f"/x{text} "):
        about = completion.asked(before, STATE, GENERAL)
        for offer in bot_offers.offers(about, index) if about is not None else ():
            assert not FORBIDDEN & set(offer.label + offer.detail)
