"""Gathers what the doctor tells: asks the terminal, tmux, the settings and this machine."""

import locale
import os
import shutil
import subprocess
import sys
import termios

from tuichat.config.accounts import AccountBook, UrlAddress
from tuichat.config.keyring import find_quiet_keyring
from tuichat.config.loader import ConfigError, load
from tuichat.config.paths import Profile, config_file, data_dir, state_dir
from tuichat.doctor.findings import Finding, locale_finding, terminal_findings, tmux_findings
from tuichat.doctor.network import proxy_findings
from tuichat.errors import TuichatError
from tuichat.local.server_record import ServerRecord
from tuichat.text.safe_text import safe_line
from tuichat.translation import _
from tuichat.tui.drawn_widths import SAMPLES, DrawnWidths, WidthBook
from tuichat.tui.terminal_queries import Answers, ask

_TMUX_TIMEOUT_S = 2
_SPELL_PROGRAMS = ("hunspell", "aspell", "enchant-2")


def examine(profile: Profile) -> list[Finding]:
    """Return everything found; takes up to a few seconds. What the terminal says of widths is kept for the screen."""
    answers = _ask_terminal()
    if answers is not None and (widths := DrawnWidths.of(answers.columns)) is not None:
        WidthBook(state_dir(), os.environ).keep(widths)
    found = terminal_findings(answers, os.environ)
    if answers is not None:
        size = os.get_terminal_size(sys.stdout.fileno())
        found.append(
            Finding("size", _("It has {columns} columns and {rows} rows.").format(columns=size[0], rows=size[1]))
        )
    if os.environ.get("TMUX"):
        found += _tmux()
    return [*found, locale_finding(locale.getpreferredencoding(do_setlocale=False)), *_machine(profile)]


def _ask_terminal() -> Answers | None:
    if not (sys.stdin.isatty() and sys.stdout.isatty()) or os.environ.get("TERM") in ("dumb", "linux"):
        return None  # these two show the queries they do not know
    try:
        return ask(sys.stdin.fileno(), sys.stdout.fileno(), SAMPLES)
    except (OSError, termios.error):
        return None


def _tmux() -> list[Finding]:
    options = ""
    for scope in ("-s", "-g", "-gw"):
        try:
            shown = subprocess.run(  # noqa: S603  # constant words, no shell
                ["tmux", "show-options", scope],  # noqa: S607  # the tmux of the PATH is the one in use
                capture_output=True,
                text=True,
                timeout=_TMUX_TIMEOUT_S,
                check=True,
            )
        except (OSError, subprocess.SubprocessError):
            return [Finding("tmux", _("tmux is around this terminal, and did not tell its options."))]
        options += shown.stdout
    return tmux_findings(options)


def _machine(profile: Profile) -> list[Finding]:
    found = []
    try:
        load()
        found.append(Finding("settings", _("The settings are fine: {path}").format(path=config_file())))
    except ConfigError as error:
        found.append(Finding("settings", safe_line(str(error)), ("tuichat config edit",)))
    found.append(Finding("log", _("The log is in {path}; `tuichat logs` shows it.").format(path=profile.state_dir)))
    record = ServerRecord.read(data_dir())
    found.append(
        Finding("server", _("No background server has left a record."))
        if record is None
        else Finding(
            "server",
            _("The background server's record says: {state}, process {pid}, {url}").format(
                state=record.state.value, pid=record.pid, url=safe_line(record.url)
            ),
        )
    )
    found += proxy_findings(_servers(profile), os.environ)
    has_keyring = find_quiet_keyring() is not None
    keyring = (
        _("Tokens are kept in the system's keyring.")
        if has_keyring
        else _("No keyring works without asking; tokens are kept in a file that only you can read.")
    )
    speller = next((name for name in _SPELL_PROGRAMS if shutil.which(name)), None)
    spelling = (
        _("Spelling is checked by {program}.").format(program=speller)
        if speller
        else _("No program checks spelling; install hunspell, aspell or enchant for it.")
    )
    return [*found, Finding("keyring", keyring), Finding("spelling", spelling)]


def _servers(profile: Profile) -> list[str]:
    """Return the URLs of the servers that the profile's accounts are on; the personal server has none."""
    try:
        addresses = [record.address for record in AccountBook(profile).list()]
    except TuichatError:
        return []
    return list(dict.fromkeys(address.url for address in addresses if isinstance(address, UrlAddress)))
