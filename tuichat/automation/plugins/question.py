"""What a plugin asks for, in the sentences that are shown before it is granted."""

import shlex
from collections.abc import Sequence

from tuichat.automation.plugins.manifest import Manifest
from tuichat.automation.plugins.shelf import Installed
from tuichat.translation import _


def what_it_asks(plugin: Installed, confined_by: str) -> str:
    """Return the lines to show. `confined_by` is what confines it here, empty for nothing."""
    manifest = plugin.manifest
    lines = [f"{manifest.name} {manifest.version}: {manifest.description}", "", *wishes(manifest)]
    lines += ["", _("It runs {words} in {folder}.").format(words=shlex.join(manifest.run), folder=plugin.folder)]
    lines.append(confinement_sentence(manifest, confined_by))
    return "\n".join(lines)


def wishes(manifest: Manifest) -> list[str]:
    """Return what a manifest asks for, a line each."""
    lines = [_("It asks for:")]
    for event in manifest.events:
        kind = _("message that mentions you") if event.mentions else event.type
        lines.append(_("  event    {kind}, {where}").format(kind=kind, where=_where(event.channels, event.accounts)))
    for action in manifest.actions:
        where = _where(action.channels, action.accounts)
        lines.append(_("  command  /{command}, {where}").format(command=action.command, where=where))
    if manifest.network:
        lines.append(_("  network  whatever this machine can reach"))
    return lines if len(lines) > 1 else [_("It asks for nothing.")]


def confinement_sentence(manifest: Manifest, confined_by: str) -> str:
    if not confined_by:
        return _("Neither bubblewrap nor Landlock works here to confine it, so this program can read what you can.")
    if manifest.network:
        return _("{confinement} keeps it from your files and other programs.").format(confinement=confined_by)
    return _("{confinement} keeps it from your files, other programs and the network.").format(confinement=confined_by)


def _where(channels: Sequence[str] | None, accounts: Sequence[str] | None) -> str:
    place = _("in {names}").format(names=", ".join(channels)) if channels is not None else _("everywhere")
    if accounts is None:
        return place
    return _("{place}, as {names}").format(place=place, names=", ".join(accounts))
