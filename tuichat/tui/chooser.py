"""What commands change of the screen's settings: chosen values are used at once."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from tuichat.errors import TuichatError
from tuichat.translation import _
from tuichat.tui.key_table import KeyTable
from tuichat.tui.keys import ACTIONS
from tuichat.tui.styles.themes import THEMES

if TYPE_CHECKING:
    from tuichat.config.schema import Settings


class ScreenChooser:
    """A `tuichat.commands.choosing.Chooser`."""

    has_screen = True

    def __init__(
        self,
        settings: Callable[[], "Settings"],
        choose: Callable[[str, str, object], Awaitable[None]],
        key_table: Callable[[], KeyTable],
    ) -> None:
        self._settings = settings
        self._choose = choose
        self._key_table = key_table

    @property
    def settings(self) -> "Settings":
        return self._settings()

    async def choose(self, table: str, key: str, value: object) -> None:
        await self._choose(table, key, value)

    def themes(self) -> Sequence[str]:
        from tuichat.config.paths import config_dir

        own = sorted(path.stem for path in (config_dir() / "themes").glob("*.toml"))
        return list(dict.fromkeys([*THEMES, *own]))

    def theme_fault(self, name: str) -> str:
        from tuichat.config.paths import config_dir
        from tuichat.tui.styles.own_themes import read

        if name in THEMES:
            return ""
        try:
            read(config_dir() / "themes", name)
        except TuichatError as error:
            return str(error)
        return ""

    def actions(self) -> Mapping[str, str]:
        table = self._key_table()
        return {
            action.id: " · ".join(part for part in (table.told(action.id), _(action.label)) if part)
            for action in ACTIONS
        }

    def key_faults(self, own: Mapping[str, str]) -> Sequence[str]:
        keys = self.settings.keys
        return KeyTable(keys.set, keys.leader, own).problems
