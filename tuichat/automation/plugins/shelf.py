"""The plugins of this user: folders in `plugins` beside the settings, or links to folders elsewhere."""

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tuichat.automation.plugins import example
from tuichat.automation.plugins.manifest import Manifest, ManifestError, check_name, is_name, load
from tuichat.config.paths import cache_dir, config_dir, data_dir, state_dir
from tuichat.config.private_files import make_private_dir
from tuichat.errors import TuichatError
from tuichat.protocol.json import printable
from tuichat.translation import _


class PluginError(TuichatError):
    """A plugin that is not there, is in the wrong place, or cannot be put there."""


@dataclass(frozen=True, slots=True)
class Installed:
    """A plugin as it is on disk; `folder` has no link in its path."""

    folder: Path
    manifest: Manifest

    @property
    def name(self) -> str:
        return self.manifest.name


def plugins_dir() -> Path:
    return config_dir() / "plugins"


def names() -> list[str]:
    """Return the names of what is there, also of what cannot be loaded."""
    try:
        return sorted(each.name for each in plugins_dir().iterdir() if is_name(each.name) and each.is_dir())
    except FileNotFoundError:
        return []


def find(name: str) -> Installed:
    """Return the plugin of a name. Raises PluginError, ManifestError."""
    check_name(name)
    place = plugins_dir() / name
    if not place.is_dir():
        known = ", ".join(names())
        raise PluginError(
            (
                _("There is no plugin {name}. There are: {names}.")
                if known
                else _("There is no plugin {name}; `tuichat plugin new {name}` writes one.")
            ).format(name=name, names=known)
        )
    return _read(place, name)


def link(folder: Path) -> Installed:
    """Have a folder elsewhere be one of the plugins, under the name of its manifest. Raises PluginError, ManifestError."""
    manifest = load(folder)
    place = make_private_dir(plugins_dir()) / manifest.name
    real = folder.resolve()
    if os.path.lexists(place):
        if place.resolve() != real:
            raise PluginError(
                _("There is a plugin {name} already, in {place}: remove that first.").format(
                    name=manifest.name, place=place
                )
            )
    else:
        _check_place(real)
        place.symlink_to(real, target_is_directory=True)
    return _read(place, manifest.name)


def create(name: str, parent: Path | None = None) -> Path:
    """Write a working example into a new folder, and return that. Raises PluginError, ManifestError."""
    check_name(name)
    if parent is None:
        parent = make_private_dir(plugins_dir())
    folder = parent / name
    try:
        folder.mkdir(parents=True)
        for file, text in example.files(name).items():
            (folder / file).write_text(text, encoding="utf-8")
    except FileExistsError:
        raise PluginError(_("{path} is there already, and was left as it is.").format(path=folder)) from None
    except OSError as error:
        raise PluginError(_("{path} cannot be written: {error}.").format(path=folder, error=error.strerror)) from error
    return folder


def private_folders() -> list[Path]:
    """Return the folders of tuichat that no plugin may see, links in their paths resolved."""
    return [each.resolve() for each in (config_dir(), state_dir(), cache_dir(), data_dir().parent)]


def _read(place: Path, name: str) -> Installed:
    folder = place.resolve()
    _check_place(folder)
    manifest = load(folder)
    if manifest.name != name:
        raise ManifestError(
            _("{path}: its name is {name}, and its folder's {folder}; they must be the same.").format(
                path=folder, name=manifest.name, folder=printable(name)
            )
        )
    return Installed(folder, manifest)


def _check_place(folder: Path) -> None:
    """Raise PluginError where others could change the plugin, or where what it sees holds what it may not see."""
    _refuse_around(folder, [*private_folders(), Path.home().resolve()])
    try:
        status = folder.stat()
    except OSError as error:
        raise PluginError(_("{path} cannot be read: {error}.").format(path=folder, error=error.strerror)) from error
    if status.st_uid not in (0, os.getuid()) or status.st_mode & stat.S_IWOTH:
        raise PluginError(
            _("{path} can be changed by other users: a plugin's folder is yours alone.").format(path=folder)
        )


def _refuse_around(folder: Path, hidden: Sequence[Path]) -> None:
    for each in hidden:
        if each == folder or each.is_relative_to(folder):
            raise PluginError(
                _("{folder} cannot be a plugin's folder: {hidden} is in it, which no plugin may see.").format(
                    folder=folder, hidden=each
                )
            )
