"""Which machines may use this laptop's microphone and speakers, as its owner said; asked once for each."""

import logging
import time
from pathlib import Path

import msgspec

from tuichat.config.paths import bridge_state_dir
from tuichat.config.private_files import locked, make_private_dir, write_private
from tuichat.errors import TuichatError
from tuichat.translation import _

log = logging.getLogger(__name__)

MAX_FILE_BYTES = 1024 * 1024


class ConsentError(TuichatError):
    """What the owner of this laptop said cannot be kept; the text says why."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What was said of one machine, and when, in Unix time."""

    is_allowed: bool
    said_s: float
    is_stopped: bool = False  # by `tuichat bridge stop`, until `allow`


class ConsentFile(msgspec.Struct, frozen=True, kw_only=True):
    """What the file holds: JSON, the answers by destination. Unknown fields are ignored."""

    hosts: dict[str, Answer] = {}
    v: int = 1


class Consent:
    """The answers, kept in a private file that every bridge of this user reads anew each time it needs one.

    A destination is `user@hostname:port`, as ssh's configuration has them. What cannot be read counts as never said.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or bridge_state_dir() / "consent.json"

    def of(self, destination: str) -> bool | None:
        """Return whether this machine may have the sound, None where its owner was not asked yet."""
        answer = self.all().get(destination)
        return None if answer is None or (answer.is_stopped and not answer.is_allowed) else answer.is_allowed

    def is_stopped(self, destination: str) -> bool:
        """Return whether the sound of this machine was stopped, and not allowed since."""
        answer = self.all().get(destination)
        return answer is not None and answer.is_stopped

    def all(self) -> dict[str, Answer]:
        """Return every answer there is, by destination."""
        try:
            with self.path.open("rb") as file:
                return msgspec.json.decode(file.read(MAX_FILE_BYTES), type=ConsentFile).hosts
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:  # msgspec's errors are ValueErrors
            log.warning("the file of consent %s cannot be read: %s", self.path, error)
            return {}

    def allow(self, destination: str) -> None:
        """Let this machine have the sound from now on. Raises TuichatError where that cannot be kept."""
        self._say(destination, Answer(is_allowed=True, said_s=time.time()))

    def stop(self, destination: str) -> None:
        """Let this machine have no sound until `allow`, also in sessions that begin later; what was said of it else is kept."""
        answer = self.all().get(destination)
        is_allowed = answer is not None and answer.is_allowed
        self._say(destination, Answer(is_allowed=is_allowed, said_s=time.time(), is_stopped=True))

    def refuse(self, destination: str) -> None:
        """Never let this machine have the sound, until `allow` or `forget`."""
        self._say(destination, Answer(is_allowed=False, said_s=time.time()))

    def forget(self, destination: str) -> bool:
        """Ask again the next time; return whether anything had been said."""
        return self._say(destination, None)

    def _say(self, destination: str, answer: Answer | None) -> bool:
        try:
            make_private_dir(self.path.parent)
            with locked(self.path.with_name(self.path.name + ".lock")):
                hosts = self.all()
                was_known = hosts.pop(destination, None) is not None
                if answer is not None:
                    hosts[destination] = answer
                write_private(self.path, msgspec.json.encode(ConsentFile(hosts=hosts)))
        except OSError as error:
            raise ConsentError(
                _("{path} cannot be written: {reason}.").format(path=self.path, reason=error.strerror)
            ) from error
        return was_known
