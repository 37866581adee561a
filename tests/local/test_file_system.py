"""Which folders other machines may have open as well."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuichat.local.file_system import file_system_type, is_network_folder, parse_mac_mounts, parse_mountinfo

MOUNTINFO = """\
22 1 259:2 / / rw,relatime shared:1 - ext4 /dev/nvme0n1p2 rw
31 22 0:45 / /home rw,relatime shared:20 master:3 - nfs4 filer:/home rw,vers=4.2
32 31 0:46 / /home/al/my\\040disk rw - xfs /dev/sdb1 rw
33 22 0:47 / /mnt rw - ext4 /dev/sdc1 rw
34 22 0:48 / /mnt rw - fuse.sshfs al@host:/ rw
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/var/lib", "ext4"),
        ("/", "ext4"),
        ("/home/al/.local", "nfs4"),
        ("/home", "nfs4"),
        ("/homeless", "ext4"),
        ("/home/al/my disk/x", "xfs"),
        ("/mnt/x", "fuse.sshfs"),
    ],
)
def test_deepest_and_latest_mount_counts(folder: str, kind: str) -> None:
    assert file_system_type(Path(folder), parse_mountinfo(MOUNTINFO)) == kind


def test_mac_mounts_are_read() -> None:
    table = "/dev/disk3s1 on / (apfs, local)\n//al@filer/share on /Volumes/My Share (smbfs, nodev)\n"
    mounts = parse_mac_mounts(table)
    assert mounts == [("/", "apfs"), ("/Volumes/My Share", "smbfs")]


def test_temporary_folder_is_on_this_machine(tmp_path: Path) -> None:
    assert not is_network_folder(tmp_path)


@given(st.text())
def test_any_mount_table_is_read(table: str) -> None:
    assert isinstance(file_system_type(Path("/x"), parse_mountinfo(table) + parse_mac_mounts(table)), str)
