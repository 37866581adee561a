"""The words for plugins: `tuichat plugin new`, `list`, `enable`, `disable` and `log`, and what each hands over."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from tuichat.command_line.words import Commands, add_word, as_path
from tuichat.translation import _

if TYPE_CHECKING:
    from tuichat.config.paths import Profile


def add_plugin(commands: Commands) -> None:
    plugin = add_word(commands, "plugin", None, _("look after plugins: programs that tuichat tells events, and obeys"))
    actions = plugin.add_subparsers(metavar="ACTION", dest="action", required=True)
    new = add_word(actions, "new", _new, _("write a plugin that works, to be changed"))
    new.add_argument("name", metavar="NAME", help=_("its name: letters a-z, digits and -"))
    new.add_argument(
        "--in", dest="parent", metavar="FOLDER", type=as_path, help=_("where (default: the folder of plugins)")
    )
    _add_profile(add_word(actions, "list", _list, _("list the plugins, what each may do, and how it ended")))
    enable = add_word(actions, "enable", _enable, _("show what a plugin asks for, and have it run when you agree"))
    enable.add_argument("name", metavar="NAME", help=_("its name, or the path of its folder"))
    enable.add_argument("--yes", action="store_true", help=_("agree to what it asks for, and do not ask"))
    _add_profile(enable)
    disable = add_word(actions, "disable", _disable, _("have a plugin run no more"))
    disable.add_argument("name", metavar="NAME", help=_("its name"))
    _add_profile(disable)
    log = add_word(actions, "log", _log, _("show what a plugin says on standard error, and what it was refused"))
    log.add_argument("name", metavar="NAME", help=_("its name"))
    log.add_argument("-f", "--follow", action="store_true", help=_("go on with what comes, until Ctrl+C"))
    _add_profile(log)


def _add_profile(parser: argparse.ArgumentParser) -> None:
    """Have --profile be known after the word, too; before it, it keeps what it says there."""
    parser.add_argument(
        "--profile", metavar="NAME", default=argparse.SUPPRESS, help=_("of this profile: a set of accounts")
    )


def _new(args: argparse.Namespace) -> int:
    from tuichat.automation.plugins.management import new

    return new(args.name, args.parent)


def _list(args: argparse.Namespace) -> int:
    from tuichat.automation.plugins.management import show_all

    return show_all(_profile(args))


def _enable(args: argparse.Namespace) -> int:
    from tuichat.automation.plugins.management import enable

    return enable(_profile(args), args.name, agrees=args.yes)


def _disable(args: argparse.Namespace) -> int:
    from tuichat.automation.plugins.management import disable

    return disable(_profile(args), args.name)


def _log(args: argparse.Namespace) -> int:
    from tuichat.automation.plugins.management import show_log

    return show_log(_profile(args), args.name, follows=args.follow)


def _profile(args: argparse.Namespace) -> Profile:
    from tuichat.config.paths import DEFAULT_PROFILE, Profile

    return Profile(DEFAULT_PROFILE if args.profile is None else args.profile)
