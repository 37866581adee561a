"""When the system's keyring is used at all."""

import sys

import pytest

from tuichat.config import keyring as ours
from tuichat.config.keyring import find_quiet_keyring

DESKTOP = {"DISPLAY": ":0", "DBUS_SESSION_BUS_ADDRESS": "unix:path=/run/user/1/bus"}


class QuietBackend:
    def get_password(self, service: str, username: str) -> str | None:
        return None

    def set_password(self, service: str, username: str, password: str) -> None: ...

    def delete_password(self, service: str, username: str) -> None: ...


@pytest.fixture
def no_probe(monkeypatch: pytest.MonkeyPatch) -> None:
    def probe() -> None:
        raise AssertionError("the keyring was asked")

    monkeypatch.setattr(ours, "within_time_limit", lambda _call: probe())


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS has no display variable")
@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"DISPLAY": ":0"},
        {"DBUS_SESSION_BUS_ADDRESS": "unix:path=/x"},
        {"DISPLAY": "", "DBUS_SESSION_BUS_ADDRESS": "unix:path=/x"},
    ],
)
def test_headless_machine_is_not_asked(environ: dict[str, str], no_probe: None) -> None:
    assert find_quiet_keyring(environ) is None


def backend_of(module: str) -> QuietBackend:
    class Keyring(QuietBackend):
        __module__ = module

    return Keyring()


@pytest.mark.parametrize(
    ("module", "is_unlocked", "is_used"),
    [
        ("keyring.backends.SecretService", True, True),
        ("keyring.backends.SecretService", False, False),
        ("keyring.backends.kwallet", True, False),
        ("keyring.backends.fail", True, False),
        ("keyrings.alt.file", True, False),
        ("keyring.backends.null", True, False),
    ],
)
def test_only_unlocked_known_backends_are_used(
    module: str, is_unlocked: bool, is_used: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    import keyring

    backend = backend_of(module)
    monkeypatch.setattr(keyring, "get_keyring", lambda: backend)
    monkeypatch.setattr(ours, "_is_secret_service_unlocked", lambda: is_unlocked)
    monkeypatch.setattr(ours, "_has_desktop", lambda _environ: True)
    assert find_quiet_keyring(DESKTOP) is (backend if is_used else None)


def test_bus_that_nobody_listens_on_means_no_keyring() -> None:
    environ = {**DESKTOP, "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent/bus"}
    assert find_quiet_keyring(environ) is None
