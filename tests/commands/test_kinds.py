"""Each kind of argument says what is wrong with what was written for it, and offers what fits."""

from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import Annotated, Literal

import pytest

from tests.commands.fake_client import NOTES, FakeClient, context
from tuichat.commands.command import Registry, Text
from tuichat.commands.context import CommandContext, Outcome
from tuichat.commands.engine import Engine
from tuichat.commands.kinds import Between, Length, Offered, kind_of, said
from tuichat.commands.offers import Value
from tuichat.protocol.channel import Channel
from tuichat.protocol.user import User


class Pace(Enum):
    SLOW = "slow"
    FAST = "fast"


def make() -> tuple[Engine, list[dict[str, object]]]:
    commands, seen = Registry(), list[dict[str, object]]()

    @commands.command
    async def take(
        context: CommandContext,
        number: Annotated[int, Between(0, 200), "how many"] = 1,
        span: Annotated[timedelta, Between(timedelta(seconds=1), timedelta(days=28)), "how long"] = timedelta(hours=1),
        is_on: Annotated[bool, "whether"] = True,
        pace: Annotated[Pace, "how fast"] = Pace.SLOW,
        side: Annotated[Literal["left", "right"], "where"] = "left",
        file: Annotated[Path | None, "which file"] = None,
        in_: Annotated[Channel | None, "which channel"] = None,
        who: Annotated[User | None, "which person"] = None,
        word: Annotated[str, Offered(lambda begun, context: [Value("two words")]), "a word"] = "",
        text: Annotated[Text | None, Length(5), "the rest"] = None,
    ) -> Outcome:
        """Take everything."""
        seen.append({"number": number, "span": span, "is_on": is_on, "pace": pace, "side": side, "file": file})
        seen[-1] |= {"in": in_ and int(in_.id), "who": who and who.username, "word": word, "text": text}
        return Outcome()

    return Engine(commands), seen


async def test_values_are_of_their_types() -> None:
    engine, seen = make()
    line = "/take 7 1h30m off fast RIGHT ~/x in=#notes who=@bob word=w text=a b"
    assert (await engine.submit(line, context(FakeClient()))).is_done
    assert seen == [
        {
            "number": 7,
            "span": timedelta(minutes=90),
            "is_on": False,
            "pace": Pace.FAST,
            "side": "right",
            "file": Path("~/x").expanduser(),
            "in": NOTES,
            "who": "bob",
            "word": "w",
            "text": "a b",
        }
    ]


@pytest.mark.parametrize(
    ("arguments", "sentence", "wrong"),
    [
        ("201", "NUMBER: 201 is out of bounds: it is 0 to 200.", "201"),
        ("number=many", "NUMBER: “many” is no whole number.", "many"),
        ("span=soon", "SPAN: soon is no span of time", "soon"),
        ("span=29d", "SPAN: 29d is out of bounds: it is 1s to 28d.", "29d"),
        ("is_on=maybe", "IS_ON: “maybe” is neither on nor off.", "maybe"),
        ("pace=quick", "PACE: “quick” is none of these: slow, fast.", "quick"),
        ("side=up", "SIDE: “up” is none of these: left, right.", "up"),
        ("in=#nots", "IN: There is no channel #nots. Did you mean #notes?", "#nots"),
        ("who=@bbo", "WHO: There is nobody named @bbo", "@bbo"),
        ("text=sixsix", "TEXT: It has at most 5 characters, this one has 6.", "sixsix"),
    ],
)
async def test_a_wrong_argument_says_which_and_why(arguments: str, sentence: str, wrong: str) -> None:
    engine, seen = make()
    line = f"/take {arguments}"
    outcome = await engine.submit(line, context(FakeClient()))
    assert outcome.text.startswith(sentence)
    assert outcome.is_mistake
    assert outcome.argument is not None
    assert line[slice(*outcome.argument)] == wrong
    assert not seen


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("/take in=#no", ["/take in=#notes "]),
        ("/take in=#", ["/take in=#general ", "/take in=#notes ", "/take in=#lounge "]),
        ("/take who=@bo", ["/take who=@bob "]),
        ("/take pace=", ["/take pace=slow ", "/take pace=fast "]),
        ("/take side=L", ["/take side=left "]),
        ("/take is_on=o", ["/take is_on=on ", "/take is_on=off "]),
        ("/take word=two", ['/take word="two words" ']),
        ('/take word="two', ['/take word="two words" ']),
        ("/take pa", ["/take pace="]),
        ("/take number=1 si", ["/take number=1 side="]),
        ("/tak", ["/take "]),
        ("/take text=x", []),
    ],
)
def test_values_are_offered(line: str, offered: list[str]) -> None:
    engine, _seen = make()
    assert [each.text for each in engine.suggest(line, context(FakeClient()))] == offered


def test_files_are_offered_folder_by_folder(tmp_path: Path) -> None:
    (tmp_path / "my logs").mkdir()
    (tmp_path / "my logs" / "build.log").touch()
    (tmp_path / ".hidden").touch()
    engine, _seen = make()

    def suggest(written: str) -> list[str]:
        return [each.text for each in engine.suggest(f"/take file={written}", CommandContext())]

    (inside,) = suggest(f"{tmp_path}/")
    assert inside == f'/take file="{tmp_path}/my logs/'
    assert suggest(f'"{tmp_path}/my logs/') == [f'/take file="{tmp_path}/my logs/build.log" ']


def test_a_signature_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(ValueError, match="no argument can be"):
        kind_of(Annotated[float, "x"])
    with pytest.raises(ValueError, match="marks no argument"):
        kind_of(Annotated[int, "odd", "x"])


def test_values_are_said_as_they_are_typed() -> None:
    assert [said(each) for each in (True, Pace.FAST, timedelta(minutes=90), timedelta(), 7)] == [
        "on",
        "fast",
        "1h30m",
        "0s",
        "7",
    ]
