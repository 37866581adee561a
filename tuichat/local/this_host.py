"""Which machine this is, and which of its boots."""

import functools
import socket
import subprocess
import sys
from pathlib import Path


@functools.cache
def host_name() -> str:
    """Return a name that tells two machines apart: host name, and the machine's own id where it has one."""
    for source in (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id")):
        try:
            machine_id = source.read_text().strip()
        except OSError:
            continue
        if machine_id:
            return f"{socket.gethostname()}/{machine_id[:12]}"
    return socket.gethostname()


@functools.cache
def boot_id() -> str:
    """Return an id of the time since this machine was started; a pid means nothing after the next."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        pass
    if sys.platform == "darwin":
        command = ["/usr/sbin/sysctl", "-n", "kern.bootsessionuuid"]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        return answer.stdout.strip()
    return ""
