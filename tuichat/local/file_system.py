"""Tells folders of this machine's own disks from folders that other machines may have open as well."""

import os
import subprocess
import sys
from pathlib import Path

# fmt: off
_NETWORK_TYPES = frozenset({
    "9p", "afs", "afpfs", "beegfs", "ceph", "cifs", "davfs", "fuse.ceph", "fuse.davfs2", "fuse.glusterfs",
    "fuse.rclone", "fuse.s3fs", "fuse.sshfs", "gfs2", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4",
    "ocfs2", "orangefs", "smb3", "smbfs", "virtiofs", "webdav",
})
# fmt: on


def is_network_folder(folder: Path) -> bool:
    """Say whether `folder` lies on a file system that other machines can have open as well."""
    if sys.platform == "darwin":
        command = ["/sbin/mount"]
        table = subprocess.run(command, capture_output=True, text=True, check=False).stdout  # noqa: S603
        return file_system_type(folder, parse_mac_mounts(table)) in _NETWORK_TYPES
    try:
        table = Path("/proc/self/mountinfo").read_text(errors="surrogateescape")
    except OSError:
        return False
    return file_system_type(folder, parse_mountinfo(table)) in _NETWORK_TYPES


def file_system_type(folder: Path, mounts: list[tuple[str, str]]) -> str:
    """Return the type of the file system that `folder` lies on; the last of equally deep mounts counts."""
    real = os.path.realpath(folder)
    best_length, best_type = -1, ""
    for point, kind in mounts:
        prefix = point.rstrip("/") + "/"
        if (real + "/").startswith(prefix) and len(prefix) >= best_length:
            best_length, best_type = len(prefix), kind
    return best_type


def parse_mountinfo(table: str) -> list[tuple[str, str]]:
    """Return (mount point, type) of each line of /proc/self/mountinfo (proc(5))."""
    mounts = []
    for line in table.splitlines():
        before, separator, after = line.partition(" - ")
        fields, kinds = before.split(" "), after.split(" ")
        if separator and len(fields) > 4:
            mounts.append((_unescape(fields[4]), kinds[0]))
    return mounts


def parse_mac_mounts(table: str) -> list[tuple[str, str]]:
    """Return (mount point, type) of each line `SOURCE on POINT (TYPE, ...)` that mount(8) prints."""
    mounts = []
    for line in table.splitlines():
        before, separator, options = line.rpartition(" (")
        _source, on, point = before.partition(" on ")
        if separator and on:
            mounts.append((point, options.split(",")[0].rstrip(")")))
    return mounts


def _unescape(field: str) -> str:
    for code, character in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        field = field.replace(code, character)
    return field
