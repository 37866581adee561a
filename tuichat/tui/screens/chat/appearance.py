"""How the screen looks: colours, density, the clock; chosen here, kept for the profile, and shown at once."""

from tuichat.errors import TuichatError
from tuichat.translation import _
from tuichat.tui.screens.chat.subject import Subject


class Appearance(Subject):
    def action_choose_theme(self) -> None:
        from tuichat.config.paths import config_dir
        from tuichat.tui.screens.theme_picker import ThemePicker
        from tuichat.tui.styles.own_themes import names
        from tuichat.tui.styles.themes import THEMES

        known = [*THEMES, *names(config_dir() / "themes")]
        self.app.push_screen(ThemePicker(known, self.settings.ui.theme, self.show_theme), self._theme_chosen)

    def _theme_chosen(self, name: str | None) -> None:
        if name is not None:
            self._keep("ui", "theme", name)

    def action_toggle_compact(self) -> None:
        self._keep("ui", "compact", not self.settings.ui.compact)

    def action_toggle_clock(self) -> None:
        self._keep("ui", "clock", "24h" if self.settings.ui.clock == "12h" else "12h")

    def _keep(self, table: str, key: str, value: object) -> None:
        async def keep() -> None:
            try:
                await self.choose(table, key, value)
            except TuichatError as error:
                self.app.notify(_("Not kept: {reason}").format(reason=error), severity="error", markup=False)

        self.run_worker(keep())
