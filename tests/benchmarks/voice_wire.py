"""What the wire costs a packet: `python -m tests.benchmarks.voice_wire`.

Microseconds of one core for each step of the forwarder's and the client's way of a packet of 120 bytes of Opus (48 kbit/s,
20 ms), the best of several runs.
"""

import sys
import timeit
from collections.abc import Callable

from tuichat.protocol import encryption, rtp

CALLS = 20_000
RUNS = 5
KEY = bytes(range(32))
OPUS = bytes(120)


def microseconds(step: Callable[[], object]) -> float:
    """Return what one call takes, in us: the best run, since noise only adds."""
    return min(timeit.repeat(step, number=CALLS, repeat=RUNS)) / CALLS * 1e6


def main() -> int:
    header = rtp.build_header(rtp.Header(rtp.OPUS, 7, 960, 42))
    redundant = rtp.pack_red(OPUS, [(960, OPUS), (1920, OPUS)])
    window, unwrapper = rtp.ReplayWindow(), rtp.Unwrapper()
    numbers = iter(range(1 << 40))
    steps: dict[str, Callable[[], object]] = {
        "parse_header": lambda: rtp.parse_header(header),
        "build_header": lambda: rtp.build_header(rtp.Header(rtp.OPUS, 7, 960, 42)),
        "unwrap and window": lambda: window.accept(unwrapper.unwrap(next(numbers) & 0xFFFF)),
        "unpack_red, two earlier": lambda: rtp.unpack_red(redundant),
    }
    for mode in encryption.MODES:
        sealer, opener = encryption.Sealer(mode, KEY), encryption.Opener(mode, KEY)
        sealed = sealer.seal(header, OPUS)
        steps[f"seal {mode}"] = lambda sealer=sealer: sealer.seal(header, OPUS)  # type: ignore[misc]  # no type for a default
        steps[f"open {mode}"] = lambda opener=opener, sealed=sealed: opener.open(sealed)  # type: ignore[misc]  # as above
    for name, step in steps.items():
        sys.stdout.write(f"{name:42} {microseconds(step):6.2f} us\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
