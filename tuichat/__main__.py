"""`python -m tuichat`: hands over to the command line."""

import sys


def main() -> int:
    if sys.argv[1:] == ["--version"]:
        # Scripts and prompts ask for it often; parsing a command line would double the time it takes.
        from tuichat import __version__

        sys.stdout.write(f"tuichat {__version__}\n")
        return 0
    from tuichat.cli import main as run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
