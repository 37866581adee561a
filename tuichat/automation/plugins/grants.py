"""What was granted: which manifests the person of a profile agreed to, kept in the profile's state."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec

from tuichat.config.paths import Profile
from tuichat.config.private_files import locked, make_private_dir, write_private
from tuichat.errors import TuichatError
from tuichat.translation import _


class GrantsError(TuichatError):
    """The file of grants cannot be read."""


class Grant(msgspec.Struct, frozen=True):
    """Everything that the manifest of this hash asks for. `is_confined` is what was said when it was granted.

    `when` it was enabled (ISO 8601) tells one time from the next: enabling a plugin that runs begins it anew.
    """

    sha256: str
    is_confined: bool
    is_enabled: bool
    when: str = ""
    reason: str = ""  # why tuichat disabled it itself


class Grants:
    """The grants of one profile. Each call reads the file, which the command line and a running tuichat share."""

    def __init__(self, profile: Profile) -> None:
        self._path = profile.state_dir / "plugins" / "grants.json"

    @property
    def path(self) -> Path:
        return self._path

    def all(self) -> dict[str, Grant]:
        """Raises GrantsError."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=dict[str, Grant])
        except FileNotFoundError:
            return {}
        except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
            raise GrantsError(
                _("{path} cannot be read: {error}. Remove it; you are asked again.").format(
                    path=self._path, error=error
                )
            ) from error

    def get(self, name: str) -> Grant | None:
        return self.all().get(name)

    def enable(self, name: str, sha256: str, *, is_confined: bool) -> None:
        self._change(name, Grant(sha256, is_confined, is_enabled=True, when=datetime.now(UTC).isoformat()))

    def disable(self, name: str, reason: str = "") -> bool:
        """Keep the grant and start the plugin no more; say whether it was enabled."""
        before = self.get(name)
        if before is None or not before.is_enabled:
            return False
        self._change(name, msgspec.structs.replace(before, is_enabled=False, reason=reason))
        return True

    def _change(self, name: str, grant: Grant) -> None:
        make_private_dir(self._path.parent)
        with locked(self._path.with_suffix(".lock")):
            write_private(self._path, msgspec.json.encode({**self.all(), name: grant}))
