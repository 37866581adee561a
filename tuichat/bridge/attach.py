"""Lends this machine's sound to the sessions of plain ssh: what their LocalCommand runs, beside them, as long as one lasts."""

import asyncio
import contextlib
import logging
import os
import secrets
import signal
import time

from tuichat.bridge.bridge import Bridge
from tuichat.bridge.connection_plan import escaped, forwarding
from tuichat.bridge.consent import Consent
from tuichat.bridge.keeper import Keeper, this_machine
from tuichat.bridge.keeper_script import COMMAND
from tuichat.bridge.master import is_answered, tell
from tuichat.bridge.ssh_configuration import find_ssh, read_configuration
from tuichat.errors import TuichatError
from tuichat.local.runtime import runtime_dir
from tuichat.local.ssh_session import SECRET_BYTES, SessionFile, socket_name
from tuichat.translation import _

log = logging.getLogger(__name__)

MASTER_LIMIT_S = 30.0  # taste: a master answers as soon as LocalCommand has ended
POLL_S = 0.2


class AttachError(TuichatError):
    """This connection gets no sound; the text says why. Nobody sees it but the log, and who runs it by hand."""


async def attach(host: str, connection: str) -> None:
    """Lend the sound to the shared connection to `host` whose `%C` is `connection`, to its end. Raises TuichatError."""
    ssh = find_ssh()
    if read_configuration(("-S", "/%C"), host).control_path != f"/{connection}":
        raise AttachError(
            _("This connection is not what ssh's configuration says of {host}: another user or port was typed.").format(
                host=host
            )
        )
    configuration = read_configuration((), host)
    path = configuration.control_path
    consent = Consent()
    if consent.of(configuration.destination) is False:
        raise AttachError(_("{host} may not have the sound, as you said.").format(host=host))
    await _wait_for_master(ssh, path, host)
    key, secret = secrets.token_hex(8), secrets.token_bytes(SECRET_BYTES)
    local = runtime_dir() / f"bridge-{key}.sock"
    master = (ssh, "-F", "none", "-S", escaped(path))
    # Where the master is gone it must not log in anew, which might ask somebody.
    keeper = await Keeper.start(
        (*master, "-oBatchMode=yes", "-oControlMaster=no", "-oProxyCommand=false", "-T", host, COMMAND),
        SessionFile(secret=secret.hex(), laptop=this_machine(), began=time.time()),
        key,
        ends_alone=True,
    )
    forwarded = ""
    try:
        marked = await keeper.opened(lambda: True)
        if marked is None or marked.trouble is not None:
            trouble = marked and marked.trouble and marked.trouble.value
            raise AttachError(_("{host} keeps no socket: {trouble}.").format(host=host, trouble=trouble or "sh"))
        async with Bridge(configuration.destination, host, secret, local, consent=consent, show=lambda _capture: None):
            forwarded = forwarding(f"{marked.folder}/{socket_name(key)}", local)
            said = await tell((*master, "-O", "forward", "-R", forwarded, host))
            if said is not None:
                log.warning("%s forwards no socket: %s", host, said)
                raise AttachError(_("{host}'s sshd forwards no sockets.").format(host=host))
            await keeper.ended()
    finally:
        if forwarded:
            await tell((*master, "-O", "cancel", "-R", forwarded, host))
        await keeper.close()


def run(host: str, connection: str) -> None:
    """Attach, apart from the terminal that ssh has. Raises TuichatError."""
    with contextlib.suppress(OSError):  # the leader of a group already
        os.setsid()
    asyncio.run(_until_told(host, connection))


async def _until_told(host: str, connection: str) -> None:
    task = asyncio.current_task()
    assert task is not None
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(name, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await attach(host, connection)


async def _wait_for_master(ssh: str, path: str, host: str) -> None:
    end_s = time.monotonic() + MASTER_LIMIT_S
    while not (path and is_answered(ssh, path, host)):
        if not path or time.monotonic() > end_s:
            raise AttachError(_("No shared connection to {host} is there.").format(host=host))
        await asyncio.sleep(POLL_S)
