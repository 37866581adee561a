"""What the doctor tells: findings made of plain facts, without I/O."""

from collections.abc import Mapping

import msgspec

from tuichat.text.safe_text import safe_line
from tuichat.text.signs import Kind
from tuichat.translation import N_, _
from tuichat.tui.drawn_widths import DrawnWidths
from tuichat.tui.terminal_queries import FOCUS_EVENTS, GRAPHEME_CLUSTERS, SYNCHRONIZED_OUTPUT, Answers

SIXEL = 4  # of DA1

# Programs read a finding's topic in English.
TOPICS = (
    N_("terminal"),
    N_("colours"),
    N_("queries"),
    N_("keys"),
    N_("pictures"),
    N_("focus"),
    N_("drawing"),
    N_("widths"),
    N_("clipboard"),
    N_("tmux"),
    N_("locale"),
    N_("size"),
    N_("settings"),
    N_("log"),
    N_("server"),
    N_("keyring"),
    N_("spelling"),
    N_("audio engine"),
    N_("microphones"),
    N_("speakers"),
    N_("media path"),
    N_("audio test"),
)

_KINDS: Mapping[Kind, str] = {
    Kind.JOINED: N_("families and professions"),
    Kind.JOINED_LONG: N_("large families"),
    Kind.JOINED_TONED: N_("professions with a skin tone"),
    Kind.JOINED_SELECTED: N_("joined emoji such as the rainbow flag"),
    Kind.FLAG: N_("flags"),
    Kind.TAGGED: N_("flags of England, Scotland and Wales"),
    Kind.TONED: N_("skin tones"),
    Kind.TONED_NARROW: N_("skin tones on plain signs"),
    Kind.SELECTED: N_("coloured forms of plain signs"),
    Kind.KEYCAP: N_("keycaps"),
    Kind.YOUNG: N_("emoji new since 2022"),
}


class Finding(msgspec.Struct, frozen=True):
    """One thing the doctor found; with advice where something can be better."""

    topic: str
    sentence: str
    advice: tuple[str, ...] = ()


def terminal_findings(answers: Answers | None, environment: Mapping[str, str]) -> list[Finding]:
    """Tell what the terminal said; None where there was no terminal to ask."""
    name = safe_line(environment.get("TERM", "")) or _("not set")
    colours = environment.get("COLORTERM", "").lower() in ("truecolor", "24bit")
    found = [
        Finding("terminal", _("TERM is {name}.").format(name=name)),
        Finding("colours", _("COLORTERM promises 16 million colours."))
        if colours
        else Finding(
            "colours",
            _("COLORTERM promises no 16 million colours."),
            (_("If the terminal has them, set COLORTERM=truecolor; SSH has to be told to pass it on."),),
        ),
    ]
    if "NO_COLOR" in environment:
        found.append(Finding("colours", _("NO_COLOR is set: nothing is told by colour.")))
    if answers is None:
        return [*found, Finding("queries", _("There is no terminal here that could be asked what it can do."))]
    if answers.attributes is None:
        return [*found, Finding("queries", _("The terminal did not answer in time; what it can do is not known."))]
    if answers.version:
        found.append(Finding("terminal", _("It calls itself {name}.").format(name=safe_line(answers.version))))
    abilities = (
        ("keys", _("all key combinations (kitty's keyboard protocol)"), answers.kitty_keys),
        ("pictures", _("pictures by kitty's protocol"), answers.kitty_graphics),
        ("pictures", _("pictures by sixel"), SIXEL in answers.attributes),
        ("focus", _("focus events, by which notices know that you look"), answers.knows(FOCUS_EVENTS)),
        ("drawing", _("synchronized output, against flicker"), answers.knows(SYNCHRONIZED_OUTPUT)),
        ("widths", _("grapheme clusters (mode 2027)"), answers.knows(GRAPHEME_CLUSTERS)),
    )
    found += [
        Finding(
            topic,
            (_("It says it has {ability}.") if has else _("It does not say it has {ability}.")).format(ability=it),
        )
        for topic, it, has in abilities
    ]
    return [
        *found,
        *_widths(answers),
        Finding("clipboard", _("Whether it takes copied text (OSC 52) cannot be asked.")),
    ]


def _widths(answers: Answers) -> list[Finding]:
    widths = DrawnWidths.of(answers.columns)
    if widths is None:
        return [Finding("widths", _("It did not tell how wide it draws emoji: they are shown by their names."))]
    shown = [_(words) for kind, words in _KINDS.items() if kind in widths.shown]
    named = [_(words) for kind, words in _KINDS.items() if kind not in widths.shown]
    found = []
    if shown:
        found.append(Finding("widths", _("It draws as wide as it should: {list}.").format(list=", ".join(shown))))
    if named:
        words = _("It draws in another width, so tuichat shows names or plain signs for: {list}.")
        found.append(Finding("widths", words.format(list=", ".join(named))))
    if widths.marks_take_a_cell:
        found.append(
            Finding("widths", _("Vowels that stand beside their letter, as in Hindi, take a cell of their own."))
        )
    return found


def tmux_findings(options: str) -> list[Finding]:
    """Tell which lines ~/.tmux.conf lacks, from what `tmux show-options` prints."""
    pairs = [line.split(" ", 1) for line in options.splitlines() if " " in line]
    values = {name: value.strip('"') for name, value in pairs}
    has_rgb = any(
        name.startswith(("terminal-features", "terminal-overrides")) and ("RGB" in value or "Tc" in value)
        for name, value in pairs
    )
    wanted = (
        (values.get("focus-events") == "on", _("focus events"), "set -g focus-events on"),
        (values.get("extended-keys") in ("on", "always"), _("all key combinations"), "set -g extended-keys on"),
        (values.get("allow-passthrough") in ("on", "all"), _("pictures"), "set -g allow-passthrough on"),
        (values.get("set-clipboard") == "on", _("copying"), "set -g set-clipboard on"),
        (
            values.get("default-terminal", "").startswith(("tmux", "screen-256")),
            _("its own name as TERM"),
            'set -g default-terminal "tmux-256color"',
        ),
        (has_rgb, _("16 million colours"), 'set -as terminal-features ",*:RGB"'),
    )
    missing = [(what, line) for is_there, what, line in wanted if not is_there]
    if not missing:
        return [Finding("tmux", _("tmux passes on everything that tuichat uses."))]
    sentence = _("tmux holds back: {list}. Lines for ~/.tmux.conf:").format(
        list=", ".join(what for what, _line in missing)
    )
    return [Finding("tmux", sentence, tuple(line for _what, line in missing))]


def locale_finding(encoding: str) -> Finding:
    """Tell whether the locale's encoding can write what people write."""
    if encoding.lower().replace("-", "") == "utf8":
        return Finding("locale", _("The locale is UTF-8."))
    advice = _("Set LANG to a UTF-8 locale, for example LANG=C.UTF-8.")
    return Finding(
        "locale", _("The locale's encoding is {name}, not UTF-8.").format(name=safe_line(encoding)), (advice,)
    )


def as_text(findings: list[Finding]) -> str:
    lines = []
    for finding in findings:
        lines.append(_("{topic}: {sentence}").format(topic=_(finding.topic), sentence=finding.sentence))
        lines += ["    " + line for line in finding.advice]
    return "\n".join(lines)
