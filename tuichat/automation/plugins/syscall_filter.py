"""The calls that a confined plugin cannot make of a Linux kernel, as a seccomp filter: what neither namespaces nor Landlock close."""

import errno
import platform
import struct
from collections.abc import Sequence

# Numbers of Linux 6.18 <asm/unistd_64.h> and <asm-generic/unistd.h>: x86-64, and 64-bit ARM, which lacks some.
CALLS: dict[str, tuple[int, int | None]] = {
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "kcmp": (312, 272),
    "pidfd_getfd": (438, 438),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "keyctl": (250, 219),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "move_mount": (429, 429),
    "open_tree": (428, 428),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "reboot": (169, 142),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "acct": (163, 89),
    "quotactl": (179, 60),
    "open_by_handle_at": (304, 265),
    "syslog": (103, 116),
    "clone": (56, 220),
    "clone3": (435, 435),
    "socket": (41, 198),
    "socketpair": (53, 199),
    "ioctl": (16, 29),
    "fcntl": (72, 25),
    "chmod": (90, None),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "chown": (92, None),
    "fchown": (93, 55),
    "lchown": (94, None),
    "fchownat": (260, 54),
    "utime": (132, None),
    "utimes": (235, None),
    "utimensat": (280, 88),
    "futimesat": (261, None),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "setxattrat": (463, 463),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
    "fremovexattr": (199, 16),
    "removexattrat": (466, 466),
    "file_setattr": (469, 469),
    "inotify_add_watch": (254, 27),
    "fanotify_init": (300, 262),
    "fanotify_mark": (301, 263),
    "shmget": (29, 194),
    "shmat": (30, 196),
    "semget": (64, 190),
    "msgget": (68, 186),
    "setpriority": (141, 140),
    "ioprio_set": (251, 30),
    "prlimit64": (302, 261),
    "sched_setaffinity": (203, 122),
    "sched_setscheduler": (144, 119),
    "sched_setparam": (142, 118),
    "sched_setattr": (314, 274),
    "migrate_pages": (256, 238),
    "move_pages": (279, 239),
    "truncate": (76, 45),
    "kill": (62, 129),
    "tkill": (200, 130),
    "tgkill": (234, 131),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "pidfd_send_signal": (424, 424),
    "process_mrelease": (448, 448),
    "mq_open": (240, 180),
}
LAST_CALL = 469  # what came later nobody has judged yet

# Other processes and their memory; io_uring, which makes calls that a filter does not see; the kernel's own matters.
ALWAYS = (
    "ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "kcmp", "pidfd_getfd",
    "io_uring_setup", "io_uring_enter", "io_uring_register", "bpf", "perf_event_open", "userfaultfd", "keyctl",
    "add_key", "request_key", "unshare", "setns", "mount", "umount2", "pivot_root", "chroot", "move_mount",
    "open_tree", "fsopen", "fsconfig", "fsmount", "fspick", "mount_setattr", "init_module", "finit_module",
    "delete_module", "kexec_load", "kexec_file_load", "reboot", "swapon", "swapoff", "acct", "quotactl",
    "open_by_handle_at", "syslog",
)  # fmt: skip
# What Landlock leaves open: modes, owners, times and attributes of files anywhere; being told of changes to them; memory and
# queues that processes of one user share; and the priority of others.
BESIDE_LANDLOCK = (
    "chmod", "fchmod", "fchmodat", "fchmodat2", "chown", "fchown", "lchown", "fchownat", "utime", "utimes",
    "utimensat", "futimesat", "setxattr", "lsetxattr", "fsetxattr", "setxattrat", "removexattr", "lremovexattr",
    "fremovexattr", "removexattrat", "file_setattr", "inotify_add_watch", "fanotify_init", "fanotify_mark",
    "shmget", "shmat", "semget", "msgget", "mq_open", "setpriority", "ioprio_set", "migrate_pages",
    "move_pages", "process_mrelease",
)  # fmt: skip
ON_ITSELF_ALONE = ("prlimit64", "sched_setaffinity", "sched_setscheduler", "sched_setparam", "sched_setattr")
SIGNALS = ("kill", "tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "pidfd_send_signal")

SIGNALS_SCOPED_SINCE = 6  # of Landlock's ABI
TRUNCATE_SINCE = 3

_MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}  # column above, AUDIT_ARCH of <linux/audit.h>

_AF_UNIX, _AF_INET, _AF_INET6, _AF_NETLINK = 1, 2, 10, 16
_SOCK_STREAM, _SOCK_SEQPACKET, _SOCK_TYPE_MASK = 1, 5, 0xF
_CLONE_NEWUSER = 0x10000000
_TERMINAL_INPUT = (0x5412, 0x541C)  # TIOCSTI, TIOCLINUX: they type for the person
_OWNER_IOCTLS = (0x8901, 0x8902)  # FIOSETOWN, SIOCSPGRP: who gets SIGIO
_OWNER_FCNTLS = (8, 15)  # F_SETOWN, F_SETOWN_EX

_LOAD, _JUMP_EQUAL, _JUMP_ABOVE, _JUMP_SET, _AND, _RETURN = 0x20, 0x15, 0x25, 0x45, 0x54, 0x06  # <linux/bpf_common.h>
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_NUMBER_AT, _ARCHITECTURE_AT, _ARGUMENTS_AT = 0, 4, 16  # struct seccomp_data

_Instruction = tuple[int, int, int, int]  # code, jump if true, jump if false, operand


def is_known_machine() -> bool:
    return platform.machine() in _MACHINES


def build(*, network: bool, landlock_abi: int | None) -> bytes:
    """Return the filter for this machine. `landlock_abi` is None where namespaces hide the rest."""
    column, architecture = _MACHINES[platform.machine()]
    program: list[_Instruction] = [
        (_LOAD, 0, 0, _ARCHITECTURE_AT),
        (_JUMP_EQUAL, 1, 0, architecture),
        _refuse(errno.EPERM),
        (_LOAD, 0, 0, _NUMBER_AT),
        (_JUMP_ABOVE, 0, 1, LAST_CALL),
        _refuse(errno.ENOSYS),  # x32 is above, too
    ]

    def on(name: str, *body: _Instruction) -> None:
        number = CALLS[name][column]
        if number is not None:
            program.extend([(_JUMP_EQUAL, 0, len(body), number), *body])

    refused = list(ALWAYS)
    if landlock_abi is not None:
        refused += BESIDE_LANDLOCK
        if landlock_abi < SIGNALS_SCOPED_SINCE:
            refused += SIGNALS
        if landlock_abi < TRUNCATE_SINCE:
            refused.append("truncate")
        for name in ON_ITSELF_ALONE:
            on(name, *_only(0, (0,), errno.EPERM))
    for name in refused:
        on(name, _refuse(errno.EPERM))
    on("clone3", _refuse(errno.ENOSYS))  # its flags are behind a pointer; libraries take clone then
    on("clone", _argument(0), (_JUMP_SET, 0, 1, _CLONE_NEWUSER), _refuse(errno.EPERM), _allow())
    families = (_AF_INET, _AF_INET6, _AF_NETLINK) if network else ()  # never AF_UNIX: the sockets of tuichat are such
    on("socket", *_only(0, families, errno.EACCES))
    # A pair of datagram sockets could be connected elsewhere; of the others, neither end can.
    on("socketpair", *_only(1, (_SOCK_STREAM, _SOCK_SEQPACKET), errno.EACCES, mask=_SOCK_TYPE_MASK))
    on("ioctl", *_all_but(1, (*_TERMINAL_INPUT, *_OWNER_IOCTLS), errno.EPERM))
    on("fcntl", *_all_but(1, _OWNER_FCNTLS, errno.EPERM))
    program.append(_allow())
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in program)


def _argument(number: int) -> _Instruction:
    return (_LOAD, 0, 0, _ARGUMENTS_AT + 8 * number)  # the lower half: both machines are little-endian


def _allow() -> _Instruction:
    return (_RETURN, 0, 0, _ALLOW)


def _refuse(number: int) -> _Instruction:
    return (_RETURN, 0, 0, _ERRNO | number)


def _only(argument: int, values: Sequence[int], refusal: int, *, mask: int | None = None) -> list[_Instruction]:
    masked = [] if mask is None else [(_AND, 0, 0, mask)]
    allowed = [step for value in values for step in ((_JUMP_EQUAL, 0, 1, value), _allow())]
    return [_argument(argument), *masked, *allowed, _refuse(refusal)]


def _all_but(argument: int, values: Sequence[int], refusal: int) -> list[_Instruction]:
    refused = [step for value in values for step in ((_JUMP_EQUAL, 0, 1, value), _refuse(refusal))]
    return [_argument(argument), *refused, _allow()]
