"""The lines of ~/.ssh/config by which plain `ssh HOST` has this machine's sound, and how they get there."""

import re
import shlex
import shutil
import sys
import time
from pathlib import Path

from tuichat.bridge.ssh_configuration import SshConfiguration
from tuichat.config.private_files import replace_file
from tuichat.errors import TuichatError
from tuichat.translation import _

MAX_FILE_BYTES = 1024 * 1024
PERSIST_S = 10  # taste: `exit` gives the prompt back at once, and what waits for the last session's end sees it
_BEGIN = "# tuichat bridge config {host}: plain ssh takes this machine's sound along"
_END = "# end of tuichat bridge config {host}"
_APART = "</dev/null >/dev/null 2>&1 &"
_HOST = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._:-]*")


class ConfigLinesError(TuichatError):
    """The lines cannot be written, or would do harm; the text says why."""


def lines(host: str, configuration: SshConfiguration, *, before: str = "", folder: str = "~/.ssh") -> str:
    """Return the lines for a host, given what ssh's configuration says of it now, also by `before`, the file that it has.

    `folder` is where the socket of its connection goes. Raises ConfigLinesError.
    """
    if not _HOST.fullmatch(host):
        raise ConfigLinesError(
            _(
                "HOST is one name, as a Host line of ssh's configuration has it, got {host}. Name the machine alone; its user "
                "and port go into ~/.ssh/config."
            ).format(host=ascii(host))
        )
    settings: dict[str, str] = {}
    match = _block(host).search(before)
    ours = match[0] if match else ""
    if not configuration.begins_master or "ControlMaster" in ours:
        settings["ControlMaster"] = "auto"
    if not configuration.control_path or "ControlPath" in ours:
        settings["ControlPath"] = f"{folder}/tuichat-%C"
    if not configuration.persists or "ControlPersist" in ours:
        settings["ControlPersist"] = str(PERSIST_S)
    settings["PermitLocalCommand"] = "yes"
    # %C is a hash. Of what the user or a link typed nothing goes to the shell that runs this.
    settings["LocalCommand"] = f"{_program()} bridge attach {host} %C {_APART}"
    written = [f"    {name} {value}" for name, value in settings.items()]
    # LocalCommand runs when a connection begins; this at each login, also at those that join one which lives on.
    # Up here ssh does not know yet what %C will be.
    joining = f'Match originalhost {host} exec "{_program()} bridge attach {host} {_APART}"'
    return "\n".join([_BEGIN.format(host=host), f"Host {host}", *written, joining, _END.format(host=host)]) + "\n"


def other_command(configuration: SshConfiguration) -> str:
    """Return the LocalCommand that the host has already, "" where it has none or ours."""
    command = configuration.values.get("localcommand", "none")
    return "" if command.lower() == "none" or " bridge attach " in command else command


def with_lines(text: str, host: str, block: str) -> str:
    """Return a configuration with the lines of a host at its top, in place of those of before.

    The first value of a setting counts, so they are first; what followed, also without a Host line, is for all as before.
    """
    rest = _block(host).sub("", text)
    return f"{block}Host *\n\n{rest}" if rest.strip() else block


def _block(host: str) -> re.Pattern[str]:
    """Match the lines of a host as they were written before."""
    begin, end = re.escape(_BEGIN.format(host=host)), re.escape(_END.format(host=host))
    return re.compile(rf"^{begin}\n.*?^{end}\n(?:Host \*\n\n)?", re.MULTILINE | re.DOTALL)


def read(path: Path) -> str:
    """Return the configuration at `path`, "" where there is none. Raises ConfigLinesError."""
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise ConfigLinesError(_("{path} is too long to be a configuration.").format(path=path))
        return path.read_text("utf-8", "surrogateescape")
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise ConfigLinesError(
            _("{path} cannot be read: {reason}.").format(path=path, reason=error.strerror)
        ) from error


def write(host: str, block: str, path: Path) -> Path | None:
    """Write the lines; return where the copy of the file before is, None where there was none. Raises ConfigLinesError."""
    target = path.resolve()  # of dotfiles that are kept elsewhere and linked
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept = None
        mode = 0o600
        if target.exists():
            mode = target.stat().st_mode & 0o777
            kept = path.with_name(f"{path.name}.before-tuichat-{time.strftime('%Y%m%d-%H%M%S')}")
            shutil.copy2(target, kept)
        content = with_lines(read(target), host, block).encode("utf-8", "surrogateescape")
        replace_file(target, content, mode)
    except OSError as error:
        raise ConfigLinesError(
            _("{path} cannot be written: {reason}.").format(path=path, reason=error.strerror)
        ) from error
    return kept


def _program() -> str:
    """Return the command that is this program, wherever a shell looks for it."""
    program = shutil.which("tuichat")
    words = [program] if program else [sys.executable, "-P", "-m", "tuichat"]
    return " ".join(shlex.quote(word) for word in words).replace("%", "%%")
