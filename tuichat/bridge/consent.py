"""Which machines may use this laptop's microphone and speakers, as its owner said; asked once for each.

What makes a machine another one, so that it asks again:

- another user, hostname or port, as ssh's configuration has them, whatever the machine is called on the command line;
- another way to it, by ProxyJump or ProxyCommand: behind another jump host the same address may be another machine;
- another host key: none of those that ssh knows it by (in known_hosts, under HostKeyAlias where there is one) is among
  those by which it was known when its owner answered. ssh itself sees to it that who is there has such a key. One key in
  common is enough, since ssh learns further keys of a machine when it has logged in. What is known of a name alone is of its
  port 22, and counts at another port only as long as nothing is known of that.

The key of an authority that signs host keys (@cert-authority) counts as the machine's: whatever machine such an authority signs
for this name is the same one here, as it is for ssh.

Where ssh keeps no keys (UserKnownHostsFile /dev/null), has them from elsewhere (KnownHostsCommand) or heeds none
(StrictHostKeyChecking no), the answer holds for whatever machine ssh takes at that address, and the question says so; an answer
for a key does not hold there. What was said
before ssh knew a key, by `tuichat bridge allow`, holds for the first one it finds.
"""

import logging
import time
from collections.abc import Callable
from enum import Enum, auto
from pathlib import Path

import msgspec

from tuichat.config.paths import state_dir
from tuichat.config.private_files import locked, make_private_dir, write_private
from tuichat.errors import TuichatError
from tuichat.translation import _

log = logging.getLogger(__name__)

MAX_FILE_BYTES = 1024 * 1024
NO_KEYS: frozenset[str] = frozenset()


class ConsentError(TuichatError):
    """What the owner of this laptop said cannot be kept; the text says why."""


class Again(Enum):
    """Why a machine asks although its owner has answered."""

    KEPT_WITHOUT_KEY = auto()  # by a tuichat that knew no keys
    OTHER_KEY = auto()


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What was said of one machine, and when, in Unix time.

    `keys` are those that ssh knew it by then. With `is_for_first` it holds for the machine that ssh finds next.
    """

    is_allowed: bool
    said_s: float
    is_stopped: bool = False  # by `tuichat bridge stop`, until `allow`
    keys: tuple[str, ...] | None = None
    is_for_first: bool = False
    was_heard: bool = False  # whether a tuichat there has ever asked for the sound
    may_be_unseen: bool = False  # also where nothing here shows an open microphone

    def is_of(self, keys: frozenset[str]) -> bool:
        """Return whether it was said of the machine that ssh knows by these keys."""
        if self.is_for_first:
            return True
        if self.keys is None:
            return False
        return bool(keys & set(self.keys)) or not (keys or self.keys)


class ConsentFile(msgspec.Struct, frozen=True, kw_only=True):
    """What the file holds: JSON, the answers by destination. Unknown fields are ignored."""

    hosts: dict[str, Answer] = {}
    v: int = 1


class Consent:
    """The answers, kept in a private file that every bridge of this user reads anew each time it needs one.

    A destination is `SshConfiguration.destination`; `keys` are those of `host_key.known_keys`. What cannot be read counts
    as never said.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or state_dir() / "bridge" / "consent.json"

    def of(self, destination: str, keys: frozenset[str] = NO_KEYS) -> bool | None:
        """Return whether this machine may have the sound, None where its owner was not asked yet."""
        answer = self.all().get(destination)
        if answer is None or (answer.is_stopped and not answer.is_allowed) or not answer.is_of(keys):
            return None
        return answer.is_allowed

    def why_again(self, destination: str, keys: frozenset[str] = NO_KEYS) -> Again | None:
        """Return why its owner is asked although they answered, None where they never did or need not be asked."""
        answer = self.all().get(destination)
        if answer is None or (answer.is_stopped and not answer.is_allowed) or answer.is_of(keys):
            return None
        return Again.KEPT_WITHOUT_KEY if answer.keys is None else Again.OTHER_KEY

    def is_stopped(self, destination: str) -> bool:
        """Return whether the sound of this machine was stopped, and not allowed since."""
        answer = self.all().get(destination)
        return answer is not None and answer.is_stopped

    def was_heard(self, destination: str) -> bool:
        """Return whether a tuichat of this machine has ever asked for the sound."""
        answer = self.all().get(destination)
        return answer is not None and answer.was_heard

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

    def may_be_unseen(self, destination: str) -> bool:
        """Whether this machine may have the microphone also where nothing here shows that it is open."""
        answer = self.all().get(destination)
        return answer is not None and answer.may_be_unseen

    def allow(self, destination: str, keys: frozenset[str] = NO_KEYS, *, unseen: bool = False) -> None:
        """Let this machine have the sound from now on. Raises TuichatError where that cannot be kept."""
        self._say(destination, lambda before: _answered(before, keys, is_allowed=True, may_be_unseen=unseen))

    def allow_first(self, destination: str, *, unseen: bool = False) -> None:
        """Let the machine have the sound that ssh finds there the next time. Raises TuichatError."""

        def answer(before: Answer | None) -> Answer:
            answered = _answered(before, NO_KEYS, is_allowed=True, may_be_unseen=unseen)
            return msgspec.structs.replace(answered, is_for_first=True)

        self._say(destination, answer)

    def found(self, destination: str, keys: frozenset[str]) -> None:
        """Take an answer that holds for the first machine found for one of this, which is there. Raises TuichatError."""
        answer = self.all().get(destination)
        if answer is not None and answer.is_for_first:
            self._say(destination, lambda before: before and _bound(before, keys))

    def heard(self, destination: str) -> None:
        """Note that a tuichat there has asked for the sound. Raises TuichatError."""
        if not self.was_heard(destination):
            self._say(destination, lambda before: before and msgspec.structs.replace(before, was_heard=True))

    def stop(self, destination: str) -> None:
        """Let this machine have no sound until `allow`, also in sessions that begin later; what was said of it else is kept."""

        def answer(before: Answer | None) -> Answer:
            return msgspec.structs.replace(
                before or _answered(None, NO_KEYS, is_allowed=False), said_s=time.time(), is_stopped=True
            )

        self._say(destination, answer)

    def refuse(self, destination: str, keys: frozenset[str] = NO_KEYS) -> None:
        """Never let this machine have the sound, until `allow` or `forget`."""
        self._say(destination, lambda before: _answered(before, keys, is_allowed=False))

    def forget(self, destination: str) -> bool:
        """Ask again the next time; return whether anything had been said."""
        return self._say(destination, lambda _before: None)

    def _say(self, destination: str, change: Callable[[Answer | None], Answer | None]) -> bool:
        try:
            make_private_dir(self.path.parent)
            with locked(self.path.with_name(self.path.name + ".lock")):
                hosts = self.all()
                before = hosts.pop(destination, None)
                answer = change(before)
                if answer is not None:
                    hosts[destination] = answer
                write_private(self.path, msgspec.json.encode(ConsentFile(hosts=hosts)))
        except OSError as error:
            raise ConsentError(
                _("{path} cannot be written: {reason}.").format(path=self.path, reason=error.strerror)
            ) from error
        return before is not None


def _answered(before: Answer | None, keys: frozenset[str], *, is_allowed: bool, may_be_unseen: bool = False) -> Answer:
    return Answer(
        is_allowed=is_allowed,
        said_s=time.time(),
        keys=tuple(sorted(keys)),
        was_heard=before is not None and before.was_heard,
        may_be_unseen=may_be_unseen,
    )


def _bound(answer: Answer, keys: frozenset[str]) -> Answer:
    return msgspec.structs.replace(answer, keys=tuple(sorted(keys)), is_for_first=False)
