"""The ssh commands of one login: which connection they share, and what each is given."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

from tuichat.bridge import keeper_script
from tuichat.bridge.ssh_arguments import SshArguments
from tuichat.bridge.ssh_configuration import SshConfiguration
from tuichat.errors import TuichatError
from tuichat.translation import _

# What --run has a login shell do: interactive and of the login, so that PATH is what the user has there.
RUN = 'exec "$SHELL" -ilc tuichat'


class PathError(TuichatError):
    """A path that ssh cannot be given."""


class Sharing(Enum):
    """Whose connection the commands of a login share."""

    USERS = auto()  # the user's own ControlPath
    PRIVATE = auto()  # one that is made for this login
    NONE = auto()  # the user's session has one of its own, and the keeper another


@dataclass(frozen=True)
class ConnectionPlan:
    """The commands, without a shell between. `control_path` is the socket of the connection that the keeper is in."""

    ssh: str
    arguments: SshArguments
    configuration: SshConfiguration
    sharing: Sharing
    control_path: str
    runs_tuichat: bool = False

    def keeper(self) -> list[str]:
        """Return the command of the session that keeps the files, which makes the connection where there is none."""
        settings = {"PermitLocalCommand": "no", "ClearAllForwardings": "yes"}
        if self.configuration.remote_command:
            settings["RemoteCommand"] = "none"
        if self.configuration.has_no_input:
            settings["StdinNull"] = "no"
        # The first session gives the whole connection its class of service, and this one has no terminal.
        service = self.configuration.interactive_class
        if service and service != "none":
            settings["IPQoS"] = f"{service} {service}"
        if self.sharing is not Sharing.USERS:
            settings |= {"ControlMaster": "yes", "ControlPersist": "no"}
        options = self.arguments.options_without("nM" if self.sharing is not Sharing.USERS else "n")
        # The first value of a setting counts, and of -S and -T the last.
        return [
            self.ssh,
            *(f"-o{name}={value}" for name, value in settings.items()),
            *options,
            *(() if self.sharing is Sharing.USERS else ("-S", escaped(self.control_path))),
            "-T",
            self.arguments.host,
            keeper_script.COMMAND,
        ]

    def session(self) -> list[str]:
        """Return the command of the user's own session."""
        arguments = self.arguments
        settings: list[str] = []
        options: Sequence[str] = arguments.options
        if self.sharing is Sharing.PRIVATE or (self.sharing is Sharing.USERS and not self.configuration.joins_master):
            settings.append("-oControlMaster=no")  # the keeper's is there
            options = arguments.options_without("M")
        if self.runs_tuichat and self.configuration.remote_command:
            settings.append("-oRemoteCommand=none")
        command: Sequence[str] = ("-t", arguments.host, RUN) if self.runs_tuichat else (arguments.host,)
        if arguments.command:
            command = (arguments.host, "--", *arguments.command)
        return [self.ssh, *settings, *options, *self._shared(), *command]

    def probe(self) -> list[str]:
        """Return the command of a session that does nothing, in the connection which is there or not at all."""
        settings = ("-oBatchMode=yes", "-oControlMaster=no", "-oProxyCommand=false")
        path = escaped(self.control_path)
        return [self.ssh, "-F", "none", "-S", path, *settings, "-T", self.arguments.host, "true"]

    def control(self, order: str, *options: str) -> list[str]:
        """Return the command by which the connection's master is told something: it needs no configuration for that."""
        return [self.ssh, "-F", "none", "-S", escaped(self.control_path), "-O", order, *options, self.arguments.host]

    @property
    def wants_terminal(self) -> bool:
        """Whether the session has a terminal at the other end, if it has one here."""
        has_command = bool(self.arguments.command)
        return self.runs_tuichat or self.configuration.wants_terminal(has_command=has_command)

    def _shared(self) -> tuple[str, ...]:
        match self.sharing:
            case Sharing.PRIVATE:
                return ("-S", escaped(self.control_path))
            case Sharing.NONE if not self.arguments.is_unshared:
                return ("-S", "none")
        return ()


def choose_sharing(arguments: SshArguments, configuration: SshConfiguration, *, has_master: bool) -> Sharing:
    """Say whose connection to take. `has_master` is whether the user's own socket is answered at."""
    if arguments.is_unshared:
        return Sharing.NONE
    if configuration.control_path and (has_master or configuration.begins_master):
        return Sharing.USERS
    return Sharing.PRIVATE


def private_control_path(folder: Path, key: str) -> str:
    """Return where the master of a login listens, 12 bytes below `folder`: ssh adds 17 for a moment."""
    return str(folder / f"m-{key[:9]}")


def forwarding(remote: str, local: Path) -> str:
    """Return what -R is given for two sockets. Raises PathError for a path that ssh would read otherwise."""
    return f"{_in_forwarding(remote)}:{_in_forwarding(str(local))}"


def _in_forwarding(path: str) -> str:
    if not path.startswith("/") or re.search(r"[\0-\x1f\x7f]", path):
        raise PathError(_("A socket at {path} cannot be forwarded by ssh.").format(path=ascii(path)))
    return escaped(re.sub(r"([\\:])", r"\\\1", path))


def escaped(path: str) -> str:
    """Keep ssh from filling in the tokens and variables of a path. Raises PathError where that cannot be."""
    if "${" in path:
        raise PathError(_("ssh would take a part of {path} for a variable.").format(path=ascii(path)))
    return path.replace("%", "%%")
