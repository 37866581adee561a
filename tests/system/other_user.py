"""What another Unix user of the machine can do, tried as that user."""

import json
import os
import subprocess
import sys
import textwrap

NOBODY = 65534

can_become_others = os.getuid() == 0
"""Only root can start a program as somebody else."""

_BECOME = """
import json, os, socket, sys
os.setgroups([]); os.setgid({uid}); os.setuid({uid})
assert os.getuid() == {uid}
"""


def run_as_other(code: str, *arguments: str, timeout_s: float = 30.0) -> dict[str, object]:
    """Run Python code as another user; it prints one JSON object, which is returned.

    `sys.argv[1:]` are the arguments; json, os and socket are imported.
    """
    done = subprocess.run(
        other_command(code, *arguments), capture_output=True, text=True, timeout=timeout_s, check=False, cwd="/"
    )
    assert done.returncode == 0, f"the other user's program failed: {done.stderr}"
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


def other_command(code: str, *arguments: str) -> list[str]:
    """Return the command that runs Python code as another user."""
    whole = _BECOME.format(uid=NOBODY) + textwrap.dedent(code)
    return [sys.executable, "-I", "-c", whole, *arguments]
