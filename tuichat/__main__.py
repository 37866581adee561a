"""`python -m tuichat`: hands over to the command line."""

import sys


def main() -> int:
    from tuichat.cli import main as run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
