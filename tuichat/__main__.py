"""`python -m tuichat`: hands over to the command line."""

import sys


def main() -> int:
    if sys.argv[1:] == ["--version"]:
        # Scripts and prompts ask for it often; parsing a command line would double the time it takes.
        from tuichat import __version__

        sys.stdout.write(f"tuichat {__version__}\n")
        return 0
    found = _ctl_words(sys.argv[1:])
    if found is not None:
        # So do keys of a window manager and bars, twenty times a minute: this way takes a tenth of the whole command line.
        from tuichat.automation.ctl.client import main as control

        return control(*found)
    if sys.argv[1:] == ["bridge", "stop"]:
        # Who wants a microphone closed does not wait for what it takes to say that it is.
        from tuichat.automation.ctl.client import close_microphones

        close_microphones()
    from tuichat.cli import main as run

    return run(sys.argv[1:])


def _ctl_words(words: list[str]) -> tuple[list[str], str] | None:
    """Return the words after `ctl`, and the profile before it; None where they are something else, or ask for help."""
    profile = "default"
    if words and words[0] == "--profile" and len(words) > 1:
        profile, words = words[1], words[2:]
    elif words and words[0].startswith("--profile="):
        profile, words = words[0].partition("=")[2], words[1:]
    if words[:1] != ["ctl"] or words[1:2] in (["-h"], ["--help"]):
        return None
    return words[1:], profile


if __name__ == "__main__":
    sys.exit(main())
