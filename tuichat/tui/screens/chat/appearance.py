"""How the screen looks: colours, density, the clock; chosen here, kept for the profile, and shown at once."""

from tuichat.errors import TuichatError
from tuichat.translation import N_, _
from tuichat.tui.screens.chat.subject import Subject


class Appearance(Subject):
    def action_choose_theme(self) -> None:
        from tuichat.config.paths import config_dir
        from tuichat.tui.screens.live_picker import LivePicker
        from tuichat.tui.styles.own_themes import names
        from tuichat.tui.styles.themes import THEMES

        known = [*THEMES, *names(config_dir() / "themes")]
        note = N_("enter keeps it · esc goes back · your own go into themes/NAME.toml")
        labels = {name: name for name in known}
        picker = LivePicker(N_("Colours"), note, labels, self.settings.ui.theme, self.show_theme)
        self.app.push_screen(picker, self._theme_chosen)

    def _theme_chosen(self, name: str | None) -> None:
        if name is not None:
            self._keep("ui", "theme", name)

    def action_choose_language(self) -> None:
        from tuichat.config.language import languages
        from tuichat.config.paths import config_dir
        from tuichat.tui.screens.live_picker import LivePicker

        labels = {"": _("that of the system"), **dict(languages(config_dir() / "locale"))}
        chosen = self.settings.ui.language
        labels.setdefault(chosen, chosen)
        note = N_("enter keeps it · esc goes back · more languages go into locale/")
        picker = LivePicker(N_("Language"), note, labels, chosen, self.show_language)
        self.app.push_screen(picker, self._language_chosen)

    def _language_chosen(self, name: str | None) -> None:
        if name is not None:
            self._keep("ui", "language", name)

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
