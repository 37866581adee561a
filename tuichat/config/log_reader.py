"""Shows a log to a person: through their pager on a terminal, else as it is."""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from tuichat.errors import TuichatError
from tuichat.translation import _


class LogError(TuichatError):
    """There is no log to show, or no way to show it."""


def show_log(path: Path) -> None:
    """Page or print the log at `path`."""
    if not path.exists():
        raise LogError(_("There is no log yet; it will be {path}.").format(path=path))
    if not path.stat().st_size:
        sys.stdout.write(_("The log {path} is empty: nothing was worth telling yet.").format(path=path) + "\n")
        return
    pager = shlex.split(os.environ.get("PAGER", "")) or (["less", "+G"] if shutil.which("less") else [])
    if sys.stdout.isatty() and pager:
        # LESSSECURE: nothing that stands in a log can become a command.
        environment = {**os.environ, "LESSSECURE": "1"}
        try:
            subprocess.run([*pager, os.fspath(path)], env=environment, check=False)  # noqa: S603  # theirs
        except OSError as error:
            raise LogError(
                _("Cannot run the pager {pager}: {reason}. Set PAGER.").format(pager=pager[0], reason=error.strerror)
            ) from error
        return
    with path.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            sys.stdout.write(line)
