"""The parser of the command line, which speaks the user's language: its own words, argparse's, and which language that is."""

import argparse
import os
from collections.abc import Callable, Sequence

from tuichat.errors import TuichatError
from tuichat.translation import N_, _, ngettext

_LANGUAGE_LESS: tuple[list[str], ...] = ([], ["--version"])  # the screen sees to it itself, and the version is a number

# What argparse says. It looks its sentences up by functions of these names in its own module.
ARGPARSE_SENTENCES = (
    N_("usage: "),
    N_("positional arguments"),
    N_("options"),
    N_("show this help message and exit"),
    N_("%(prog)s: error: %(message)s\n"),
    N_("argument %(argument_name)s: %(message)s"),
    N_("the following arguments are required: %s"),
    N_("one of the arguments %s is required"),
    N_("not allowed with argument %s"),
    N_("expected one argument"),
    N_("expected at least one argument"),
    N_("invalid choice: %(value)r (choose from %(choices)s)"),
    N_("invalid %(type)s value: %(value)r"),
    N_("unrecognized arguments: %s"),
)
vars(argparse).update(_=_, ngettext=ngettext)


class Parser(argparse.ArgumentParser):
    """Complains of what it does not know itself, with its own usage; argparse has the topmost parser do that."""

    arrange: Callable[[Sequence[str]], list[str]] | None = None
    """Set where a word takes another program's arguments: puts them behind what is our own."""

    # The types of typeshed: overloads for a namespace of one's own, which nobody here has.
    def parse_known_args(self, args=None, namespace=None):  # type: ignore[no-untyped-def]
        if self.arrange is not None:
            args = self.arrange(args)
        found, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(_("unrecognized arguments: %s") % " ".join(unknown))
        return found, unknown


def use_wanted_language(argv: Sequence[str]) -> None:
    """Speak the language of the settings, with the choices of the profile on this line; else that of the environment."""
    if list(argv) in _LANGUAGE_LESS:
        return
    from tuichat.config.choices import Choices
    from tuichat.config.language import use_language
    from tuichat.config.loader import load
    from tuichat.config.paths import DEFAULT_PROFILE, Profile, config_dir

    try:
        setting = Choices(Profile(_profile(argv) or DEFAULT_PROFILE)).over(load()).ui.language
    except TuichatError:
        setting = ""  # whoever reads them next says what is wrong with them
    use_language(setting, os.environ, config_dir() / "locale")


def _profile(argv: Sequence[str]) -> str:
    for word, following in zip(argv, [*argv[1:], ""], strict=True):
        if word == "--profile":
            return following
        if word.startswith("--profile="):
            return word.partition("=")[2]
    return ""
