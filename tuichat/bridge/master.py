"""The master of a connection that sessions of ssh share, at its socket here."""

import asyncio
from collections.abc import Sequence

from tuichat.bridge.connection_plan import escaped
from tuichat.bridge.ssh_configuration import EXIT_SSH

LIMIT_S = 10.0  # taste: a master answers at its socket at once, and a forwarding takes a round trip


async def tell(command: Sequence[str]) -> str | None:
    """Tell a master something; return what it complained about, None where it did as told."""
    code, complaint = await _run(command)
    return complaint if code else None


async def has_room(probe: Sequence[str]) -> bool:
    """Whether a master gets one more session at the other end, whose MaxSessions may be reached: `probe` is one."""
    code, complaint = await _run(probe)
    return not code or "Session open refused" not in complaint


async def _run(command: Sequence[str]) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(LIMIT_S):
            _output, complaint = await process.communicate()
    except TimeoutError:
        return EXIT_SSH, f"no answer within {LIMIT_S:g} s"
    finally:
        if process.returncode is None:  # also where whoever waits is told to end
            process.kill()
            await process.wait()
    return process.returncode or 0, complaint.decode(errors="replace").strip()


async def is_answered(ssh: str, control_path: str, host: str) -> bool:
    """Whether a master listens at the user's own socket."""
    code, _complaint = await _run((ssh, "-F", "none", "-S", escaped(control_path), "-O", "check", host))
    return not code
