"""What ssh's configuration says of a host, as `ssh -G` tells it with every Match, Include and option considered."""

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tuichat.errors import TuichatError
from tuichat.translation import _

LIMIT_S = 60.0  # taste: `Match exec` may ask somebody
EXIT_SSH = 255  # of ssh itself, where no session came about
IN_SESSION = "TUICHAT_SSH"
"""Set for each ssh that tuichat runs: what the lines of `tuichat bridge config` have it run does nothing then."""

_YES = ("yes", "true")
_MASTER_BEGINS = ("yes", "true", "ask", "auto", "autoask")


class SshMissing(TuichatError):
    """There is no ssh here."""


class SshConfigurationError(TuichatError):
    """ssh does not understand its configuration or its arguments; the text is what it says."""

    def __init__(self, sentence: str, exit_code: int) -> None:
        super().__init__(sentence)
        self.exit_code = exit_code


@dataclass(frozen=True)
class SshConfiguration:
    """The values of `ssh -G` by their names in lower case, the first of each."""

    values: Mapping[str, str]

    @property
    def destination(self) -> str:
        """`user@hostname:port`, and ` via ` what else than the network: one machine, however it is named."""
        there = f"{self.values.get('user', '')}@{self.values.get('hostname', '')}:{self.values.get('port', '22')}"
        way = self._way
        return f"{there} via {way}" if way else there

    @property
    def _way(self) -> str:
        jump = self.values.get("proxyjump", "none")
        if jump.lower() != "none":
            return jump
        command = self.values.get("proxycommand", "none")
        if command.lower() == "none":
            return ""
        # It may be long and have anything in it: it need only be told from another one.
        return f"ProxyCommand-{hashlib.sha256(command.encode(errors='surrogateescape')).hexdigest()[:8]}"

    @property
    def control_path(self) -> str:
        """The socket of the connection that the user's own sessions share, "" where they share none."""
        path = self.values.get("controlpath", "none")
        return "" if path.lower() == "none" else path

    @property
    def begins_master(self) -> bool:
        """Whether a session of the user's makes a shared connection where there is none."""
        return self.values.get("controlmaster", "no").lower() in _MASTER_BEGINS

    @property
    def joins_master(self) -> bool:
        """Whether a session joins a shared connection that is there without a word (`auto`)."""
        return self.values.get("controlmaster", "no").lower() not in ("yes", "true", "ask")

    @property
    def persists(self) -> bool:
        return self.values.get("controlpersist", "no").lower() not in ("no", "false")

    @property
    def without_session(self) -> str:
        """Return the setting by which ssh opens no ordinary session, "" where it opens one."""
        if self.values.get("sessiontype", "default").lower() != "default":
            return "SessionType"
        if self.values.get("forkafterauthentication", "no").lower() in _YES:
            return "ForkAfterAuthentication"
        if self.values.get("tunnel", "no").lower() not in ("no", "false"):
            return "Tunnel"
        return ""

    @property
    def has_forwardings(self) -> bool:
        """Whether something else than the session may use the connection, for which ssh waits at the end."""
        if self.values.get("forwardx11", "no").lower() in _YES:
            return True
        return any(f"{kind}forward" in self.values for kind in ("local", "remote", "dynamic"))

    @property
    def remote_command(self) -> str:
        command = self.values.get("remotecommand", "none")
        return "" if command.lower() == "none" else command

    def wants_terminal(self, *, has_command: bool) -> bool:
        """Whether ssh asks the host for a terminal, where it has one itself."""
        wish = self.values.get("requesttty", "auto").lower()
        if wish in ("yes", "true", "force"):
            return True
        return wish == "auto" and not has_command and not self.remote_command

    @property
    def has_no_input(self) -> bool:
        return self.values.get("stdinnull", "no").lower() in _YES

    @property
    def interactive_class(self) -> str:
        """The class of service of a session with a terminal."""
        return self.values.get("ipqos", "").split(" ")[0]


def parse(text: str) -> SshConfiguration:
    values: dict[str, str] = {}
    for line in text.splitlines():
        name, _blank, value = line.partition(" ")
        values.setdefault(name.lower(), value.strip())
    return SshConfiguration(values)


def find_ssh() -> str:
    """Return the path of ssh. Raises SshMissing."""
    program = shutil.which("ssh")
    if program is None:
        raise SshMissing(_("ssh is not installed here: install OpenSSH's client, and try again."))
    return program


def read_configuration(options: Sequence[str], host: str) -> SshConfiguration:
    """Ask ssh what it would do for `host`. Raises SshMissing, SshConfigurationError."""
    try:
        answer = subprocess.run(  # noqa: S603  # the user's own ssh and words
            [find_ssh(), "-G", *options, host],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=LIMIT_S,
            check=False,
            env={**os.environ, IN_SESSION: "-G"},
        )
    except subprocess.TimeoutExpired:
        raise SshConfigurationError(
            _("`ssh -G {host}` did not end within {seconds:g} s: look at Match exec in your configuration.").format(
                host=host, seconds=LIMIT_S
            ),
            EXIT_SSH,
        ) from None
    if answer.returncode:
        said = re.sub(r"\s+", " ", answer.stderr.decode(errors="replace")).strip()
        raise SshConfigurationError(_("ssh says: {said}").format(said=said), answer.returncode)
    return parse(answer.stdout.decode(errors="surrogateescape"))


def canonical_destination(host: str) -> str:
    """Return `SshConfiguration.destination` of a host as one names it to ssh. Raises TuichatError."""
    return read_configuration((), host).destination
