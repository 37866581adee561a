"""Tokens at rest: in the system keyring when it works without asking, else in a private file."""

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol, TypeVar

import msgspec

from tuichat.config.paths import Profile
from tuichat.config.private_files import PrivateFileError, check_private, locked, write_private
from tuichat.config.secret import Token
from tuichat.errors import TuichatError
from tuichat.translation import _

KEYRING_SERVICE = "tuichat"
KEYRING_TIME_LIMIT_S = 1.0  # taste: a keyring that needs longer is waiting for somebody

T = TypeVar("T")


class CredentialError(TuichatError):
    """The tokens of a profile cannot be read or kept."""


class Keyring(Protocol):
    """What we need of a system keyring; `keyring`'s backends have it."""

    def get_password(self, service: str, username: str) -> str | None: ...
    def set_password(self, service: str, username: str, password: str) -> None: ...
    def delete_password(self, service: str, username: str) -> None: ...


class KeyringTooSlow(Exception):
    """The keyring did not answer within KEYRING_TIME_LIMIT_S: most likely it is asking somebody."""


class CredentialStore:
    """The tokens of one profile, by (server_id, user_id). Calls may block; use `asyncio.to_thread`."""

    def __init__(self, profile: Profile, *, keyring: Keyring | None = None) -> None:
        """Use `keyring`, or none: pass `find_quiet_keyring()` to have the system's."""
        self._profile = profile
        self._keyring = keyring

    @property
    def path(self) -> Path:
        return self._profile.state_dir / "credentials.json"

    def get(self, server_id: str, user_id: str) -> Token | None:
        """Return the token, or None when this profile has none (or only in a keyring that is shut)."""
        text = self._read().get(_key(server_id, user_id))
        if text is None and self._keyring is not None:
            keyring = self._keyring
            text = self._ask(lambda: keyring.get_password(KEYRING_SERVICE, self._keyring_name(server_id, user_id)))
        return None if text is None else Token(text)

    def put(self, server_id: str, user_id: str, token: Token) -> None:
        if self._keyring is not None and self._put_in_keyring(server_id, user_id, token):
            self._change(_key(server_id, user_id), None)
        else:
            self._change(_key(server_id, user_id), token)

    def delete(self, server_id: str, user_id: str) -> None:
        self._change(_key(server_id, user_id), None)
        if self._keyring is not None:
            keyring = self._keyring
            self._ask(lambda: keyring.delete_password(KEYRING_SERVICE, self._keyring_name(server_id, user_id)))

    def _put_in_keyring(self, server_id: str, user_id: str, token: Token) -> bool:
        keyring = self._keyring
        assert keyring is not None
        name = self._keyring_name(server_id, user_id)

        def write_and_read_back() -> bool:
            keyring.set_password(KEYRING_SERVICE, name, token.reveal())
            return keyring.get_password(KEYRING_SERVICE, name) == token.reveal()

        return self._ask(write_and_read_back) is True

    def _ask(self, call: Callable[[], T]) -> T | None:
        try:
            return within_time_limit(call)
        except KeyringTooSlow:
            self._keyring = None  # do not make the user wait a second time
            return None
        except Exception:  # each keyring backend has its own errors, and all mean the same: use the file
            return None

    def _keyring_name(self, server_id: str, user_id: str) -> str:
        return f"{self._profile.name}/{_key(server_id, user_id)}"

    def _read(self) -> Mapping[str, str]:
        try:
            check_private(self.path)
            content = self.path.read_bytes()
        except FileNotFoundError:
            return {}
        except PrivateFileError as error:
            raise CredentialError(_("Not reading your tokens: {error}").format(error=error)) from error
        except OSError as error:
            raise CredentialError(
                _("Cannot read {path}: {reason}.").format(path=self.path, reason=error.strerror)
            ) from error
        try:
            return msgspec.json.decode(content, type=dict[str, str])
        except msgspec.MsgspecError:
            # The cause is dropped: its text could quote the file.
            raise CredentialError(
                _("{path} is damaged; move it away and sign in again.").format(path=self.path)
            ) from None

    def _change(self, key: str, token: Token | None) -> None:
        with locked(self.path.with_suffix(".lock")):
            tokens = dict(self._read())
            if token is None:
                if tokens.pop(key, None) is None:
                    return
            else:
                tokens[key] = token.reveal()
            write_private(self.path, msgspec.json.encode(tokens))


def within_time_limit(call: Callable[[], T], limit_s: float = KEYRING_TIME_LIMIT_S) -> T:
    """Run `call` in a thread that may be left behind; raise KeyringTooSlow when it takes longer."""
    outcome: list[T] = []
    failure: list[BaseException] = []

    def run() -> None:
        try:
            outcome.append(call())
        except BaseException as error:
            failure.append(error)

    thread = threading.Thread(target=run, name="keyring", daemon=True)
    thread.start()
    thread.join(limit_s)
    if thread.is_alive():
        raise KeyringTooSlow
    if failure:
        raise failure[0]
    return outcome[0]


def _key(server_id: str, user_id: str) -> str:
    return f"{server_id}/{user_id}"
