"""Which keys ssh knows a machine by: what tells another machine of the same name from it."""

import base64
import binascii
import hashlib
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tuichat.bridge.ssh_configuration import SshConfiguration

LIMIT_S = 10.0  # taste: ssh-keygen reads a file
MAX_KEYS = 32
_UNCHECKED = ("no", "off", "false")
_FILES = ("userknownhostsfile", "globalknownhostsfile")


def known_keys(configuration: SshConfiguration) -> frozenset[str]:
    """Return the fingerprints under which ssh would take a machine for the right one, as `ssh-keygen -l` writes them.

    They are those of its known_hosts files, by the name that ssh looks for; there are none of a machine that one never
    logged in to, and of one of which the user has ssh keep none, or log in whatever its key. What a KnownHostsCommand or
    the DNS would tell ssh is not asked for.
    """
    keygen = shutil.which("ssh-keygen")
    if keygen is None or is_unchecked(configuration):
        return frozenset()
    paths = _paths(configuration)
    for name in _names(configuration):
        found: set[str] = set()
        for path in paths:
            found |= _fingerprints(_looked_up([keygen, "-F", name, "-f", path]))
        if found:
            return frozenset(sorted(found)[:MAX_KEYS])
    return frozenset()


def is_unchecked(configuration: SshConfiguration) -> bool:
    """Whether ssh logs in whatever key a machine has."""
    return configuration.values.get("stricthostkeychecking", "ask").lower() in _UNCHECKED


def _names(configuration: SshConfiguration) -> list[str]:
    """Return what ssh looks for, one after the other until something is known by it."""
    alias = configuration.values.get("hostkeyalias", "")
    if alias and alias.lower() != "none":
        return [alias]
    hostname, port = configuration.values.get("hostname", ""), configuration.values.get("port", "22")
    # Of another port ssh takes what is known of the name alone, where nothing is known of the port ("found matching key
    # w/out port"). Once it is, the key of port 22 says nothing of the machine there.
    return [hostname] if port == "22" else [f"[{hostname}]:{port}", hostname]


def _paths(configuration: SshConfiguration) -> list[str]:
    """Return the files that are there; their names are told without quotes, whatever blanks they have."""
    paths = []
    for setting in _FILES:
        words = configuration.values.get(setting, "").split(" ")
        while words:
            count = next((n for n in range(1, len(words) + 1) if Path(" ".join(words[:n])).is_file()), 0)
            if count:
                paths.append(" ".join(words[:count]))
            del words[: count or 1]
    return paths


def _looked_up(command: Sequence[str]) -> str:
    try:
        answer = subprocess.run(  # noqa: S603  # the user's own ssh-keygen
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=LIMIT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout.decode(errors="replace")


def _fingerprints(lines: str) -> set[str]:
    """Return those of lines of known_hosts: of keys, and of the authorities that sign them."""
    found = set()
    for line in lines.splitlines():
        fields = line.split()
        if not fields or fields[0].startswith("#") or fields[0] == "@revoked":
            continue
        del fields[: 1 if fields[0].startswith("@") else 0]
        if len(fields) < 3:
            continue
        try:
            key = base64.b64decode(fields[2], validate=True)
        except (binascii.Error, ValueError):
            continue
        digest = base64.b64encode(hashlib.sha256(key).digest()).decode().rstrip("=")
        found.add(f"SHA256:{digest}")
    return found
