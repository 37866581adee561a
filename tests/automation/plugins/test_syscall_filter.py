"""What the filter of a confined plugin refuses, by running it as a kernel would."""

import errno
import platform
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuichat.automation.plugins.syscall_filter import (
    ALWAYS,
    BESIDE_LANDLOCK,
    CALLS,
    LAST_CALL,
    ON_ITSELF_ALONE,
    SIGNALS,
    build,
)

ALLOWED = 0
KILLED = -1
MACHINES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, AF_PACKET = 1, 2, 10, 16, 17
MAX_INSTRUCTIONS = 4096  # BPF_MAXINSNS


@pytest.fixture(params=sorted(MACHINES))
def machine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    name = str(request.param)
    monkeypatch.setattr(platform, "machine", lambda: name)
    return name


def outcome(program: bytes, machine: str, number: int, *arguments: int, architecture: int | None = None) -> int:
    """Return ALLOWED or the errno with which a call is refused: the interpreter of classic BPF, as far as the filter uses it."""
    data = struct.pack("=IIQ", number & 0xFFFFFFFF, MACHINES[machine] if architecture is None else architecture, 0)
    data += struct.pack("=6Q", *(*arguments, *[0] * (6 - len(arguments))))
    steps = list(struct.iter_unpack("=HBBI", program))
    assert len(steps) <= MAX_INSTRUCTIONS
    position = accumulator = 0
    while True:
        code, if_true, if_false, operand = steps[position]
        position += 1
        match code:
            case 0x20:
                (accumulator,) = struct.unpack_from("=I", data, operand)
            case 0x54:
                accumulator &= operand
            case 0x15 | 0x25 | 0x45:
                holds = {0x15: accumulator == operand, 0x25: accumulator > operand, 0x45: bool(accumulator & operand)}
                position += if_true if holds[code] else if_false
            case 0x06:
                return ALLOWED if operand == 0x7FFF0000 else operand & 0xFFFF if operand >> 16 == 5 else KILLED
            case _:
                raise AssertionError(f"no such instruction: {code:#x}")


class Kernel:
    """A machine with a filter, which is called by the names of calls."""

    def __init__(self, machine: str, *, network: bool = False, landlock_abi: int | None = None) -> None:
        self.machine = machine
        self.program = build(network=network, landlock_abi=landlock_abi)

    def call(self, name: str, *arguments: int) -> int | None:
        """Return what becomes of a call, None where this machine has none of this name."""
        number = CALLS[name][0 if self.machine == "x86_64" else 1]
        return None if number is None else outcome(self.program, self.machine, number, *arguments)


def test_what_reaches_others_is_always_refused(machine: str) -> None:
    kernel = Kernel(machine, network=True)
    assert {kernel.call(name) for name in ALWAYS} <= {errno.EPERM, None}
    assert kernel.call("clone3") == errno.ENOSYS
    assert kernel.call("clone", 0x10000000 | 17) == errno.EPERM  # a namespace of users
    assert kernel.call("clone", 17) == ALLOWED  # a child
    assert kernel.call("ioctl", 0, 0x5412) == errno.EPERM  # TIOCSTI
    assert kernel.call("ioctl", 0, 0x5401) == ALLOWED  # TCGETS


def test_no_socket_of_unix_ever_and_others_with_the_network(machine: str) -> None:
    closed, opened = Kernel(machine), Kernel(machine, network=True)
    for family in (AF_INET, AF_INET6, AF_NETLINK):
        assert (closed.call("socket", family), opened.call("socket", family)) == (errno.EACCES, ALLOWED)
    for family in (AF_UNIX, AF_PACKET):
        assert closed.call("socket", family) == opened.call("socket", family) == errno.EACCES
    stream, datagram, close_on_exec = 1, 2, 0o2000000
    assert closed.call("socketpair", AF_UNIX, stream | close_on_exec) == ALLOWED
    assert closed.call("socketpair", AF_UNIX, datagram | close_on_exec) == errno.EACCES


def test_beside_landlock_more_is_refused(machine: str) -> None:
    kernel, hidden = Kernel(machine, landlock_abi=7), Kernel(machine)
    assert {kernel.call(name) for name in BESIDE_LANDLOCK} <= {errno.EPERM, None}
    assert {hidden.call(name) for name in BESIDE_LANDLOCK} <= {ALLOWED, None}
    for name in ON_ITSELF_ALONE:
        assert (kernel.call(name, 0), kernel.call(name, 1234)) == (ALLOWED, errno.EPERM)


@pytest.mark.parametrize(("abi", "refused"), [(5, errno.EPERM), (6, ALLOWED)])
def test_signals_are_refused_where_landlock_cannot_scope_them(machine: str, abi: int, refused: int) -> None:
    kernel = Kernel(machine, landlock_abi=abi)
    assert {kernel.call(name) for name in SIGNALS} == {refused}


@pytest.mark.parametrize(("abi", "refused"), [(2, errno.EPERM), (3, ALLOWED)])
def test_truncating_is_refused_where_landlock_does_not_know_it(machine: str, abi: int, refused: int) -> None:
    assert Kernel(machine, landlock_abi=abi).call("truncate") == refused


def test_another_machines_calls_are_refused(machine: str) -> None:
    program = build(network=False, landlock_abi=7)
    i386, x32 = 0x40000003, 0x40000000
    assert outcome(program, machine, 0, architecture=i386) == errno.EPERM
    assert outcome(program, machine, x32 | 41, AF_UNIX) == errno.ENOSYS
    assert outcome(program, machine, LAST_CALL + 1) == errno.ENOSYS


@given(number=st.integers(0, 2**32 - 1), argument=st.integers(0, 2**64 - 1))
def test_every_call_has_an_outcome(number: int, argument: int) -> None:
    for abi in (None, 1, 7):
        if platform.machine() in MACHINES:
            program = build(network=False, landlock_abi=abi)
            assert outcome(program, platform.machine(), number, argument, argument) in (
                ALLOWED,
                errno.EPERM,
                errno.EACCES,
                errno.ENOSYS,
            )
