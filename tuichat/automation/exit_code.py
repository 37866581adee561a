"""What the exit codes of `tuichat send`, `run`, `tail`, `wait` and `ctl` mean; the manuals have them as a table."""

from enum import IntEnum

from tuichat.translation import N_


class ExitCode(IntEnum):
    DONE = 0
    FAILED = 1
    MISTAKE = 2
    UNREACHABLE = 3
    BUG = 70  # EX_SOFTWARE of sysexits.h
    TIMED_OUT = 124  # as timeout(1) has it
    INTERRUPTED = 130  # 128 + SIGINT, as shells count
    UNREAD = 141  # 128 + SIGPIPE


MEANINGS = {
    ExitCode.DONE: N_("Everything was done."),
    ExitCode.FAILED: N_("Something was refused or failed; standard error says what."),
    ExitCode.MISTAKE: N_("The command line, an address or a command is wrong, or a name means several things."),
    ExitCode.UNREACHABLE: N_(
        "There is no account in this profile, none of its servers could be reached, or no tuichat runs for `tuichat ctl`."
    ),
    ExitCode.BUG: N_("This is a bug in tuichat."),
    ExitCode.TIMED_OUT: N_("What was waited for did not come in time."),
    ExitCode.INTERRUPTED: N_("Ctrl+C ended it; 143 and 129 tell of SIGTERM and SIGHUP in the same way."),
    ExitCode.UNREAD: N_("Nobody read standard output to its end, as behind it in a pipe `head` does not."),
}
