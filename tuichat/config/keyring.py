"""Finds out whether this machine has a keyring that works without asking anybody."""

import os
import sys
from collections.abc import Mapping

from tuichat.config.credentials import Keyring, KeyringTooSlow, within_time_limit

# macOS unlocks the login keychain with the desktop session; Secret Service is asked whether it is unlocked.
# Every other backend may open a dialogue, or keeps what it is given in the clear.
_QUIET_BACKENDS = frozenset({"keyring.backends.SecretService", "keyring.backends.macOS"})


def find_quiet_keyring(environ: Mapping[str, str] = os.environ) -> Keyring | None:
    """Return the system's keyring, or None when using it could ask, wait or fail.

    Takes up to a second; call it after the first paint, in a thread.
    """
    if not _has_desktop(environ):
        return None
    try:
        return within_time_limit(_probe)
    except KeyringTooSlow:
        return None
    except Exception:  # whatever a keyring backend fails with, the private file works
        return None


def _has_desktop(environ: Mapping[str, str]) -> bool:
    """Say whether a desktop session is there, without which a keyring would only prompt into the void."""
    if sys.platform == "darwin":
        return "SSH_CONNECTION" not in environ
    has_display = bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))
    return has_display and bool(environ.get("DBUS_SESSION_BUS_ADDRESS"))


def _probe() -> Keyring | None:
    import keyring

    backend = keyring.get_keyring()
    module = type(backend).__module__
    if module == "keyring.backends.chainer":
        # The chainer asks its backends in order of priority; we need to know which one answers.
        backends = getattr(backend, "backends", ())
        backend = next(iter(backends), backend)
        module = type(backend).__module__
    if module not in _QUIET_BACKENDS:
        return None
    if module == "keyring.backends.SecretService" and not _is_secret_service_unlocked():
        return None
    backend.get_password("tuichat", "probe")
    return backend


def _is_secret_service_unlocked() -> bool:
    import secretstorage
    from secretstorage.exceptions import SecretStorageException

    connection = secretstorage.dbus_init()
    try:
        # get_default_collection() would create a missing one, and ask for a password to do so.
        default = secretstorage.Collection(connection, "/org/freedesktop/secrets/aliases/default")
        return not default.is_locked()
    except SecretStorageException:
        return False
    finally:
        connection.close()
