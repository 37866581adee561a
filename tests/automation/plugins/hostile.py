"""A plugin that tries to get what nobody granted it, and says how each attempt went; run by test_hostile.py."""

import ctypes
import fcntl
import json
import os
import pathlib
import resource
import socket
import struct
import sys
import termios
from collections.abc import Callable

TARGETS = json.loads(pathlib.Path(__file__).with_name("targets.json").read_text())
PARENT = int(TARGETS["tuichat_pid"])
HERE = pathlib.Path(__file__).parent
HOME = pathlib.Path(os.environ["HOME"])
libc = ctypes.CDLL(None, use_errno=True)


def read(name: str) -> Callable[[], object]:
    return lambda: pathlib.Path(TARGETS[name]).read_bytes()


def connect(family: int, kind: int, address: object) -> Callable[[], object]:
    def attempt() -> object:
        with socket.socket(family, kind) as attempted:
            attempted.settimeout(2)
            attempted.connect(address)  # type: ignore[arg-type]
            return attempted.send(b"x")

    return attempt


def datagram_pair() -> object:
    one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with one, other:
        return one.sendto(b"x", TARGETS["datagram_socket"])


def call(function: str, *arguments: object) -> int:
    result = int(getattr(libc, function)(*arguments))
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def attach() -> object:
    seize = 0x4206  # it does not stop tuichat, and ends with the plugin
    return call("ptrace", ctypes.c_long(seize), ctypes.c_long(PARENT), None, None)


def read_memory() -> object:
    buffer = ctypes.create_string_buffer(8)
    address = int(TARGETS["address_in_memory"])
    ours = struct.pack("QQ", ctypes.addressof(buffer), 8)
    theirs = struct.pack("QQ", address, 8)
    call("process_vm_readv", PARENT, ours, ctypes.c_ulong(1), theirs, ctypes.c_ulong(1), ctypes.c_ulong(0))
    return buffer.raw


def type_into_terminal() -> object:
    terminal = os.open(TARGETS["terminal"], os.O_RDWR | os.O_NOCTTY)
    return os.write(terminal, b"x")


def steal_descriptor() -> object:
    pidfd = os.pidfd_open(PARENT)
    return call("syscall", ctypes.c_long(438), pidfd, 0, 0)  # pidfd_getfd


def watch() -> object:
    watcher = call("inotify_init1", 0)
    return call("inotify_add_watch", watcher, TARGETS["state"].encode(), 0x100)


def link_to_it() -> object:
    stolen = HOME / "stolen"
    stolen.unlink(missing_ok=True)
    os.link(TARGETS["credentials"], stolen)
    return stolen.read_bytes()


def point_to_it() -> object:
    pointer = HOME / "pointer"
    pointer.unlink(missing_ok=True)
    pointer.symlink_to(TARGETS["credentials"])
    return pointer.read_bytes()


def change_its_own_manifest() -> object:
    with open(HERE / "plugin.toml", "a") as manifest:
        return manifest.write("\n")


ATTEMPTS: dict[str, Callable[[], object]] = {
    "read the credentials": read("credentials"),
    "read the credentials through a link": point_to_it,
    "have the credentials in its home": link_to_it,
    "open the credentials to others": lambda: os.chmod(TARGETS["credentials"], 0o644),
    "read the accounts": read("accounts"),
    "read the settings": read("settings"),
    "write the settings": lambda: os.close(os.open(TARGETS["settings"], os.O_WRONLY | os.O_APPEND)),
    "list the state": lambda: os.listdir(TARGETS["state"]),
    "watch the state": watch,
    "read the grants": read("grants"),
    "change its own manifest": change_its_own_manifest,
    "read another plugin": read("other_plugin"),
    "read another plugin's home": read("other_home"),
    "read a file of its user": read("diary"),
    "connect to the ctl socket": connect(socket.AF_UNIX, socket.SOCK_STREAM, TARGETS["ctl_socket"]),
    "connect to the server's socket": connect(socket.AF_UNIX, socket.SOCK_STREAM, TARGETS["server_socket"]),
    "connect to an abstract socket": connect(socket.AF_UNIX, socket.SOCK_STREAM, "\0" + TARGETS["abstract_socket"]),
    "send to a socket from one of a pair": datagram_pair,
    "connect over TCP": connect(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", TARGETS["tcp_port"])),
    "send over UDP": connect(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", TARGETS["tcp_port"])),
    "read tuichat's environment": lambda: pathlib.Path(f"/proc/{PARENT}/environ").read_bytes(),
    "read tuichat's descriptors": lambda: os.readlink(f"/proc/{PARENT}/fd/0"),
    "open tuichat's memory": lambda: os.close(os.open(f"/proc/{PARENT}/mem", os.O_RDWR)),
    "read tuichat's memory": read_memory,
    "attach to tuichat": attach,
    "take a descriptor of tuichat": steal_descriptor,
    "signal tuichat": lambda: os.kill(PARENT, 0),
    "limit tuichat": lambda: resource.prlimit(PARENT, resource.RLIMIT_NOFILE),
    "slow tuichat down": lambda: os.setpriority(os.PRIO_PROCESS, PARENT, os.getpriority(os.PRIO_PROCESS, PARENT)),
    "bind tuichat to a core": lambda: os.sched_setaffinity(PARENT, os.sched_getaffinity(PARENT)),
    "write to a terminal": type_into_terminal,
}


def inherited() -> list[int]:
    found = []
    for descriptor in range(3, 256):
        try:
            os.fstat(descriptor)
        except OSError:
            continue
        found.append(descriptor)
    return found


def has_terminal() -> bool:
    try:
        with open("/dev/tty", "rb") as terminal:
            fcntl.ioctl(terminal, termios.TIOCSTI, b"x")
    except OSError:
        return any(os.isatty(descriptor) for descriptor in (0, 1, 2))
    return True


def main() -> None:
    told: dict[str, object] = {
        "descriptors": inherited(),  # first: what follows opens some
        "environment": sorted(os.environ),
        "has_terminal": has_terminal(),
        "leads_session": os.getsid(0) in (0, PARENT),
        "cores": resource.getrlimit(resource.RLIMIT_CORE)[1],
        "files": resource.getrlimit(resource.RLIMIT_NOFILE)[1],
        "memory": resource.getrlimit(resource.RLIMIT_DATA)[1],
    }
    attempts = {}
    for name, attempt in ATTEMPTS.items():
        try:
            attempt()
        except Exception as error:
            attempts[name] = f"refused: {error}"
        else:
            attempts[name] = "done"
    told["attempts"] = attempts
    sys.stdout.write(json.dumps(told) + "\n")


main()
