"""What `tuichat plugin` does: write a plugin, list them, grant and take back, show a log."""

import sys
from pathlib import Path

from tuichat.automation.exit_code import ExitCode
from tuichat.automation.plugins import confinement, shelf, status
from tuichat.automation.plugins.grants import Grants
from tuichat.automation.plugins.log import follow_log, log_path
from tuichat.automation.plugins.manifest import ManifestError, check_name
from tuichat.automation.plugins.question import confinement_sentence, what_it_asks, wishes
from tuichat.automation.plugins.shelf import Installed, PluginError
from tuichat.config import log_reader
from tuichat.config.paths import Profile
from tuichat.text.safe_text import safe_block, safe_line
from tuichat.translation import _


def new(name: str, parent: Path | None) -> int:
    folder = shelf.create(name, parent)
    what = name if parent is None else str(folder)
    _print(
        _(
            "{folder} holds a plugin that greets those who mention you.\n"
            "Try it:  tuichat plugin enable {what}\n"
            "         have somebody mention you while tuichat is open, and read\n"
            "         tuichat plugin log {name} -f\n"
            "What it may ask for, and how it is spoken to: man tuichat-plugin"
        ).format(folder=folder, what=what, name=name)
    )
    return ExitCode.DONE


def show_all(profile: Profile) -> int:
    names = shelf.names()
    if not names:
        _print(_("There are no plugins. `tuichat plugin new NAME` writes one that works."))
        return ExitCode.DONE
    grants = Grants(profile).all()
    confined_by = confinement.find().value
    for name in names:
        try:
            plugin = shelf.find(name)
        except (PluginError, ManifestError) as error:
            _print(f"{name}: {error}")
            continue
        manifest, grant = plugin.manifest, grants.get(name)
        last = status.read(profile, name)
        if grant is None:
            state = _("not enabled")
        elif grant.sha256 != manifest.sha256:
            state = _("not enabled: its manifest changed since it was granted")
        elif not grant.is_enabled:
            state = _("disabled")
        else:
            state = _("enabled, running") if last is not None and last.is_running else _("enabled, not running")
        _print(f"{name} {manifest.version}: {state}")
        _print("\n".join(f"  {line}" for line in [manifest.description, *wishes(manifest)[1:]]))
        _print("  " + confinement_sentence(manifest, confined_by))
        if grant is not None and grant.reason:
            _print("  " + grant.reason)
        elif last is not None and last.text:
            _print("  " + _("The last time, at {when}: {sentence}").format(when=last.when, sentence=last.text))
    return ExitCode.DONE


def enable(profile: Profile, name: str, *, agrees: bool) -> int:
    """Ask, unless the manifest is one that was granted already."""
    plugin = _by_path(name) if "/" in name or name == "." else shelf.find(name)
    from tuichat.automation.plugins.possible import check_actions  # it knows the commands, which takes a moment to load

    check_actions(plugin.manifest)
    grants = Grants(profile)
    before = grants.get(plugin.name)
    confined_by = confinement.find().value
    is_known = (
        before is not None and before.sha256 == plugin.manifest.sha256 and before.is_confined <= bool(confined_by)
    )
    if not is_known or not agrees:
        _print(what_it_asks(plugin, confined_by))
    if not is_known and not agrees and not _agrees(plugin):
        return ExitCode.FAILED
    grants.enable(plugin.name, plugin.manifest.sha256, is_confined=bool(confined_by))
    _print(_("{name} is enabled: it starts with tuichat, and now where tuichat is open.").format(name=plugin.name))
    return ExitCode.DONE


def disable(profile: Profile, name: str) -> int:
    if not Grants(profile).disable(name):
        raise PluginError(_("{name} is not enabled.").format(name=safe_line(name)))
    _print(
        _("{name} is disabled; `tuichat plugin enable {name}` has it run again, and does not ask.").format(name=name)
    )
    return ExitCode.DONE


def show_log(profile: Profile, name: str, *, follows: bool) -> int:
    check_name(name)
    if follows:
        follow_log(log_path(profile, name))
    else:
        log_reader.show_log(log_path(profile, name))
    return ExitCode.DONE


def _by_path(name: str) -> Installed:
    return shelf.link(Path(name).expanduser())


def _agrees(plugin: Installed) -> bool:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise PluginError(
            _("Nobody is there to be asked; `tuichat plugin enable --yes {name}` agrees to all of it.").format(
                name=plugin.name
            )
        )
    sys.stdout.write(_("Let it? [y/N] "))
    sys.stdout.flush()
    if sys.stdin.readline().strip().casefold() in ("y", "yes", _("y"), _("yes")):
        return True
    _print(_("{name} is not enabled.").format(name=plugin.name))
    return False


def _print(text: str) -> None:
    sys.stdout.write(safe_block(text) + "\n")
