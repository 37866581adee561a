"""Lends this machine's sound to the sessions of plain ssh: what its configuration has it run, beside them, as long as one lasts."""

import asyncio
import contextlib
import logging
import os
import secrets
import signal
import time
from pathlib import Path

from tuichat.bridge.bridge import Bridge
from tuichat.bridge.connection_plan import escaped, forwarding
from tuichat.bridge.consent import Consent
from tuichat.bridge.host_key import known_keys
from tuichat.bridge.keeper import Keeper
from tuichat.bridge.keeper_script import COMMAND
from tuichat.bridge.master import is_answered, tell
from tuichat.bridge.master_clients import count_clients
from tuichat.bridge.ssh_configuration import SshConfiguration, find_ssh, read_configuration
from tuichat.bridge.this_laptop import laptop_name, laptop_number
from tuichat.bridge.turn import turn
from tuichat.errors import TuichatError
from tuichat.local.runtime import runtime_dir
from tuichat.local.ssh_session import SessionFile, new_secret, socket_name
from tuichat.translation import _

log = logging.getLogger(__name__)

MASTER_LIMIT_S = 30.0  # taste: a master answers as soon as LocalCommand has ended
POLL_S = 0.2
ALONE_POLL_S = 2.0
ALONE_TIMES = 2  # so often no other session is seen; the next may just be beginning


class AttachError(TuichatError):
    """This connection gets no sound; the text says why. Nobody sees it but the log, and who runs it by hand."""


async def attach(host: str, connection: str) -> None:
    """Lend the sound to the shared connection to `host`, until its last session ends or it does. Raises TuichatError.

    `connection` is the `%C` of one that begins just now, "" for one that is there already, or is none.
    """
    ssh = find_ssh()
    known = read_configuration(("-S", "/%C"), host).control_path.removeprefix("/")
    if connection not in ("", known):
        raise AttachError(
            _("This connection is not what ssh's configuration says of {host}: another user or port was typed.").format(
                host=host
            )
        )
    configuration = read_configuration((), host)
    path = configuration.control_path
    consent = Consent()
    if not connection and not (path and await is_answered(ssh, path, host)):
        return
    await _wait_for_master(ssh, path, host, MASTER_LIMIT_S)
    folder = runtime_dir()
    # Each session has this run, and what serves those before may be about to end.
    async with turn(folder / f"attach-{known}.lock"):
        await _wait_for_master(ssh, path, host, 0.0)
        keys = await asyncio.to_thread(known_keys, configuration)  # also of a machine that ssh has just come to know
        consent.found(configuration.destination, keys)
        if consent.of(configuration.destination, keys) is False:
            raise AttachError(_("{host} may not have the sound, as you said.").format(host=host))
        await _lend(ssh, host, configuration, consent, keys, folder)


async def _lend(
    ssh: str, host: str, configuration: SshConfiguration, consent: Consent, keys: frozenset[str], folder: Path
) -> None:
    path = configuration.control_path
    key, secret = secrets.token_hex(8), new_secret()
    local = folder / f"bridge-{key}.sock"
    master = (ssh, "-F", "none", "-S", escaped(path))
    bridge = Bridge(configuration.destination, host, secret, local, consent=consent, keys=keys, show=None)
    async with contextlib.AsyncExitStack() as lending:
        await lending.enter_async_context(bridge)  # a stop holds from the beginning
        # Where the master is gone it must not log in anew, which might ask somebody.
        keeper = await Keeper.start(
            (*master, "-oBatchMode=yes", "-oControlMaster=no", "-oProxyCommand=false", "-T", host, COMMAND),
            SessionFile(secret=secret.hex(), laptop=laptop_name(), laptop_number=laptop_number()),
            key,
            show=None,
            ends_alone=True,
        )
        forwarded = ""
        try:
            marked = await keeper.opened(lambda: True)
            if marked is None or marked.trouble is not None:
                trouble = marked and marked.trouble and marked.trouble.value
                raise AttachError(_("{host} keeps no socket: {trouble}.").format(host=host, trouble=trouble or "sh"))
            forwarded = forwarding(f"{marked.folder}/{socket_name(key)}", local)
            said = await tell((*master, "-O", "forward", "-R", forwarded, host))
            if said is not None:
                log.warning("%s forwards no socket: %s", host, said)
                raise AttachError(_("{host}'s sshd forwards no sockets.").format(host=host))
            await _until_over(keeper, path if configuration.persists else "")
        finally:
            await lending.aclose()
            if forwarded:
                await tell((*master, "-O", "cancel", "-R", forwarded, host))
            await keeper.close()


async def _until_over(keeper: Keeper, path: str) -> None:
    """Wait for the keeper's end, or until this machine has no other session of a connection that persists.

    The keeper sees over there whether it is alone, which a machine that wants to go on listening need not admit.
    """
    ended = asyncio.create_task(keeper.ended())
    try:
        alone = 0
        while alone < ALONE_TIMES and not (await asyncio.wait((ended,), timeout=ALONE_POLL_S))[0]:
            clients = count_clients(path) if path else None
            alone = alone + 1 if clients is not None and clients <= 1 else 0
    finally:
        ended.cancel()
        await asyncio.gather(ended, return_exceptions=True)


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
    try:
        await attach(host, connection)
    except asyncio.CancelledError:
        pass
    except TuichatError as error:
        log.info("no sound for plain ssh to %s: %s", host, error)
        raise


async def _wait_for_master(ssh: str, path: str, host: str, limit_s: float) -> None:
    end_s = time.monotonic() + limit_s
    while not (path and await is_answered(ssh, path, host)):
        if not path or time.monotonic() > end_s:
            raise AttachError(_("No shared connection to {host} is there.").format(host=host))
        await asyncio.sleep(POLL_S)
