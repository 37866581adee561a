"""Resident memory of a process, from the kernel."""

from pathlib import Path

import msgspec


class Memory(msgspec.Struct, frozen=True):
    """MiB: `resident` as `ps` counts, `proportional` with shared pages divided among their users."""

    resident_mib: float
    proportional_mib: float


def memory_of(pid: int) -> Memory:
    kib = {
        line.split()[0]: int(line.split()[1])
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
        if line.endswith("kB")
    }
    return Memory(resident_mib=round(kib["Rss:"] / 1024, 1), proportional_mib=round(kib["Pss:"] / 1024, 1))
