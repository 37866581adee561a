"""A binding that does not go together is refused with its number, its field and what fits."""

from pathlib import Path

import pytest

from tuichat.config.binding import FIELDS, Binding, find_problem
from tuichat.config.choices import Choices
from tuichat.config.example import BINDING_EXAMPLES, example_text
from tuichat.config.loader import ConfigError, parse
from tuichat.config.paths import Profile

PATH = Path("config.toml")
GOOD = '[[on]]\nevent = "message"\nrun = "hello"\n'


def refusal(table: str) -> str:
    with pytest.raises(ConfigError) as raised:
        parse(f"{GOOD}[[on]]\n{table}\n", PATH)
    return str(raised.value)


def test_a_binding_reads_as_it_is_written() -> None:
    (read,) = parse(
        '[[on]]\nevent = "reaction"\nfrom = ["Ada", "@bob", "7"]\nin = "dev/#general"\nemoji = "👀"\nwhat = "added"\n'
        'limit = "2/10s"\nprogram = ["true"]\n',
        PATH,
    ).on
    assert (read.senders, read.places, read.emojis, read.kinds) == (
        ("ada", "bob", "7"),
        ("dev/#general",),
        ("👀",),
        ("added",),
    )
    assert read.rate == (2, 10)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ('event = "reply"\nrun = "x"', ["[[on]] 2: event", '"reply"', '"mention"']),
        ('run = "x"', ["[[on]] 2 has no event"]),
        ('event = "message"\nrun = "x"\nfrm = "ada"', ["[[on]] 2: frm", "from"]),
        ('event = "message"\nrun = "x"\nlimit = "often"', ["[[on]] 2: limit", '"often"', "5/1m"]),
        ('event = "message"', ["[[on]] 2: run", "exactly one"]),
        ('event = "message"\nrun = "x"\nprogram = ["y"]', ["[[on]] 2: run", "exactly one"]),
        ('event = "message"\nrun = "x"\nmatch = "("', ["[[on]] 2: match", "regular expression"]),
        ('event = "message"\nrun = "{nothing}"', ["[[on]] 2: run", "{nothing}", "{text}"]),
        ('event = "message"\nrun = "/{text} x"', ["[[on]] 2: run", "name of the command"]),
        ('event = "message"\nprogram = ["echo", "a{text}"]', ["[[on]] 2: program", "TUICHAT_TEXT"]),
        ('event = "message"\nrun = "x"\nemoji = "👀"', ["[[on]] 2: emoji", "reaction"]),
        ('event = "call"\nrun = "x"\nwhat = "left_over"', ["[[on]] 2: what", "left_over", "joined"]),
        ('event = "schedule"\nrun = "x"', ["[[on]] 2: at", "exactly one"]),
        ('event = "schedule"\nrun = "x"\nevery = "1s"', ["[[on]] 2: every", '"1s"', "5s"]),
        ('event = "schedule"\nrun = "x"\nat = "25:00"', ["[[on]] 2: at", '"25:00"', "09:00"]),
        ('event = "schedule"\nrun = "x"\nat = "09:00"\ndays = "monday"', ["[[on]] 2: days", "mon-fri"]),
        ('event = "message"\nrun = 7', ["[[on]] 2: run is 7", "a text"]),
        (f'event = "message"\nrun = "{"x" * 2001}"', ["[[on]] 2: run is", "at most 2000 characters"]),
    ],
)
def test_what_is_wrong_is_told_with_its_place(table: str, words: list[str]) -> None:
    told = refusal(table)
    assert all(each in told for each in words), told


@pytest.mark.parametrize("text", ["on = 7\n", "on = [7]\n", '[on]\nevent = "message"\n', GOOD * 101])
def test_what_is_no_list_of_tables_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match=r"\[\[on\]\]"):
        parse(text, PATH)


def test_examples_are_right_when_their_comments_are_taken_away() -> None:
    assert BINDING_EXAMPLES in example_text()
    lines = [line.removeprefix("# ") for line in BINDING_EXAMPLES.splitlines() if "=" in line or "[[" in line]
    assert len(parse("\n".join(lines), PATH).on) == 3


def test_choices_leave_bindings_as_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    settings = parse(GOOD + '[[on]]\nevent = "schedule"\nevery = "1h"\nrun = "x"\n', PATH)
    choices = Choices(Profile())
    choices.put("ui", "compact", True)
    chosen = choices.over(settings)
    assert chosen.ui.compact
    assert chosen.on == settings.on


def test_days_go_around_the_week() -> None:
    assert Binding(event="schedule", days="sat-mon,wed").weekdays == {5, 6, 0, 2}


def test_every_field_that_is_offered_may_stand_in_a_line() -> None:
    for event, fields in FIELDS.items():
        line = " ".join(f"{{{each}}}" for each in fields)
        every = "1h" if event == "schedule" else ""
        made = Binding(event=event, run=line, every=every)  # type: ignore[arg-type]  # the names are those of the schema
        assert find_problem(made) is None
