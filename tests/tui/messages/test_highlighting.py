"""Tests of `tuichat.tui.messages.highlighting`."""

import time

import pytest

from tuichat.tui.messages.highlighting import LANGUAGES, MAX_CHARACTERS, PLAIN, Highlighter


def loaded(name: str = "python") -> Highlighter:
    highlighter = Highlighter()
    highlighter.load(name)
    return highlighter


def text_of(highlighter: Highlighter, language: str, lines: tuple[str, ...]) -> list[str]:
    return ["".join(text for text, _ in runs) for runs in highlighter.lines(language, lines)]


def test_what_stands_out_has_a_style_of_its_own() -> None:
    (runs,) = loaded().lines("py", ('def mix(frames): return "x"  # why',))
    styles = dict(runs)
    assert styles["def"] == "code-keyword"
    assert styles["mix"] == "code-name"
    assert styles["# why"] == "code-comment"


def test_a_language_is_asked_for_once_and_plain_until_it_is_there() -> None:
    highlighter = Highlighter()
    wanted: list[str] = []
    highlighter.on_wanted = wanted.append
    for _ in range(2):
        assert highlighter.lines("py", ("def x",)) == [[("def x", PLAIN)]]
    assert wanted == ["python"]
    highlighter.load("python")
    assert highlighter.lines("py", ("def x",))[0][0] == ("def", "code-keyword")


def test_a_language_that_is_not_known_is_plain_and_not_asked_for() -> None:
    highlighter = Highlighter()
    wanted: list[str] = []
    highlighter.on_wanted = wanted.append
    assert highlighter.lines("brainf*ck", ("+++",)) == [[("+++", PLAIN)]]
    assert wanted == []


@pytest.mark.parametrize("name", sorted(set(LANGUAGES.values())))
def test_every_language_loads_and_keeps_every_sign(name: str) -> None:
    lines = ("  if (a < 'b') {", "", '<x y="1"> # $z {{ \\n', "\t} // end")
    highlighter = loaded(name)
    assert text_of(highlighter, name, lines) == list(lines)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(set(LANGUAGES.values())))
def test_hostile_code_takes_no_time(name: str) -> None:
    highlighter = loaded(name)
    for sign in ("{", "(", "'", '"', "/*", "<", "\\", "[[", "${", "a:", "#", "-"):
        lines = (sign * (MAX_CHARACTERS // len(sign)),)
        began = time.process_time()
        assert text_of(highlighter, name, lines) == list(lines)
        assert time.process_time() - began < 1.0


def test_what_is_beyond_the_limit_is_plain_and_there() -> None:
    lines = ("x = 1",) * 2000
    assert text_of(loaded(), "python", lines) == list(lines)
    assert loaded().lines("python", lines)[-1] == [("x = 1", PLAIN)]
