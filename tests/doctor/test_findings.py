"""What the doctor says of given facts, and that it works without a terminal."""

import json

import pytest

from tuichat.cli import main
from tuichat.doctor.findings import as_text, locale_finding, terminal_findings, tmux_findings
from tuichat.tui.drawn_widths import SAMPLES
from tuichat.tui.terminal_queries import Answers

BARE_TMUX = 'focus-events off\nset-clipboard external\ndefault-terminal "xterm"\nallow-passthrough off\n'
GOOD_TMUX = (
    "focus-events on\nextended-keys on\nset-clipboard on\nallow-passthrough on\n"
    'default-terminal "tmux-256color"\nterminal-features[0] *:RGB\n'
)


def test_tmux_that_holds_everything_back_gets_every_line() -> None:
    (finding,) = tmux_findings(BARE_TMUX)
    assert finding.advice == (
        "set -g focus-events on",
        "set -g extended-keys on",
        "set -g allow-passthrough on",
        "set -g set-clipboard on",
        'set -g default-terminal "tmux-256color"',
        'set -as terminal-features ",*:RGB"',
    )


def test_tmux_that_passes_everything_gets_no_advice() -> None:
    assert tmux_findings(GOOD_TMUX)[0].advice == ()


def test_emoji_of_another_width_are_named() -> None:
    columns = [2] * len(SAMPLES)
    columns[SAMPLES.index("\U0001f1eb\U0001f1f7")] = 4
    told = as_text(terminal_findings(Answers(attributes=frozenset({62}), columns=tuple(columns)), {}))
    assert "names or plain signs for: flags, skin tones on plain signs." in told
    assert "as wide as it should: families and professions, " in told


def test_a_terminal_that_does_not_tell_widths_is_shown_names() -> None:
    told = as_text(terminal_findings(Answers(attributes=frozenset({62}), columns=(2,)), {}))
    assert "did not tell how wide" in told


def test_what_the_terminal_calls_itself_is_made_safe() -> None:
    answers = Answers(attributes=frozenset(), version="bad\x07\x9bname")
    assert not {"\x07", "\x9b"} & set(as_text(terminal_findings(answers, {})))


def test_locale_that_is_not_utf_8_gets_advice() -> None:
    assert locale_finding("ANSI_X3.4-1968").advice
    assert not locale_finding("UTF-8").advice


def test_doctor_works_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert "There is no terminal here" in next(each["sentence"] for each in found if each["topic"] == "queries")
    assert {"locale", "settings", "log", "server", "keyring", "spelling"} <= {each["topic"] for each in found}
