"""Fuzzes one target with atheris until libFuzzer's limits end the process: `python -m tests.fuzz.one TARGET [FLAG...]`."""

import sys

import atheris

with atheris.instrument_imports(include=["tuichat.protocol", "tuichat.voice", "tuichat.server.voice", "tuichat.local"]):
    from tests.fuzz.targets import TARGETS


def main() -> None:
    check = TARGETS[sys.argv[1]].check
    atheris.Setup([sys.argv[0], *sys.argv[2:]], check)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
