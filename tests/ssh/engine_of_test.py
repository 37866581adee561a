"""tuichat with another audio engine than its own: `python -m tests.ssh.engine_of_test ENGINE ARGUMENTS...`, the engine as a JSON list.

For tests that measure what a laptop's sound card would be given, by one that is a clock.
"""

import json
import sys

from tuichat.voice import engine_process


def main() -> None:
    engine_process.ENGINE_COMMAND = tuple(json.loads(sys.argv[1]))  # before any module takes it as a default
    sys.argv = ["tuichat", *sys.argv[2:]]
    from tuichat.__main__ import main as tuichat

    sys.exit(tuichat())


if __name__ == "__main__":
    main()
