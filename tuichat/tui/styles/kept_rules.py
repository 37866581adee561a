"""A style sheet that parses no source twice: not when a dialog's is added, nor when a theme comes back."""

from textual.cache import LRUCache
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet
from textual.css.types import CSSLocation

KEPT_SOURCES = 1024  # each widget's own and both sheets are 60 to a theme; some themes are looked at in a row

_kept: LRUCache[tuple[object, ...], list[RuleSet]] = LRUCache(KEPT_SOURCES)


class KeptStylesheet(Stylesheet):
    """Textual's own forgets what it parsed at each new colour, and parses all of it anew for each screen with a sheet."""

    def __init__(self, *, variables: dict[str, str] | None = None) -> None:
        super().__init__(variables=variables)
        self._colours = _key(self._variables)

    def set_variables(self, variables: dict[str, str]) -> None:
        super().set_variables(variables)
        self._colours = _key(variables)

    def _parse_rules(
        self, css: str, read_from: CSSLocation, is_default_rules: bool = False, tie_breaker: int = 0, scope: str = ""
    ) -> list[RuleSet]:
        key = (css, read_from, is_default_rules, tie_breaker, scope, self._colours)
        rules = _kept.get(key)
        if rules is None:
            rules = _kept[key] = super()._parse_rules(css, read_from, is_default_rules, tie_breaker, scope)
        return rules

    def reparse(self) -> None:
        """Take over sources that came since, and new variables. Raises StylesheetError and leaves the rules as they were."""
        self.parse()


def _key(variables: dict[str, str]) -> int:
    return hash(tuple(sorted(variables.items())))
