"""What a manifest can ask for at all: commands that there are, and that plugins may have."""

from tuichat.automation.plugins.manifest import Manifest
from tuichat.automation.plugins.permission import GRANTABLE, PLACED
from tuichat.automation.plugins.shelf import PluginError
from tuichat.commands import engine
from tuichat.commands.command import registry
from tuichat.translation import _


def check_actions(manifest: Manifest) -> None:
    """Raise PluginError for an action that is no command, or none that a plugin may have."""
    assert engine.SUBJECTS, "importing them registers the commands"
    for action in manifest.actions:
        if registry.get(action.command) is None:
            raise PluginError(
                _(
                    "{name} asks for /{command}, and there is no such command; `tuichat run -c /help` lists them."
                ).format(name=manifest.name, command=action.command)
            )
        if action.command not in GRANTABLE:
            raise PluginError(
                _("{name} asks for /{command}, which no plugin gets; these can be granted: {names}.").format(
                    name=manifest.name, command=action.command, names=", ".join(sorted(GRANTABLE))
                )
            )
        if action.channels is not None and action.command not in PLACED:
            raise PluginError(
                _("{name} asks for /{command} in some channels; these can be bound to channels: {names}.").format(
                    name=manifest.name, command=action.command, names=", ".join(sorted(PLACED))
                )
            )
