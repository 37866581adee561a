"""The guilds of all accounts as a column of pills."""

from collections.abc import Hashable

from rich.cells import cell_len

from tuichat.tui import gestures
from tuichat.tui.widgets.line import Line, LineBuilder
from tuichat.tui.widgets.line_list import LineList, ListRow, Look

PILL = 5  # cells


class RailRow(ListRow, frozen=True):
    """A guild, an account without guilds (guild_id None), a rule between accounts, or the "+" (account_key empty)."""

    account_key: str = ""
    guild_id: int | None = None
    sign: str = "+"  # what stands in the pill: up to three cells
    hue: int = 0  # of the theme's colours
    is_chosen: bool = False
    is_unread: bool = False
    mentions: int = 0
    is_rule: bool = False
    is_offline: bool = False

    @property
    def key(self) -> Hashable | None:
        return None if self.is_rule else (self.account_key, self.guild_id)

    @property
    def height(self) -> int:
        return 1 if self.is_rule else 3


class GuildRail(LineList[RailRow]):
    """Posts which guild, or which account, was chosen."""

    BACKGROUND = "rail"

    def draw(self, row: RailRow, look: Look) -> list[Line]:
        palette = look.palette
        background = palette.background("rail")
        if row.is_rule:
            return [LineBuilder(background).space().add("─" * PILL, palette.style("line")).build(look.width)]
        is_lit = row.is_chosen or look.has_cursor
        edge = palette.style("pill-chosen-edge" if is_lit else "pill-edge")
        face = palette.style("pill-chosen" if is_lit else "pill")
        if not is_lit:
            face += palette.style("muted") if not row.account_key or row.is_offline else palette.hue(row.hue)
        if row.is_chosen:
            bars = ["▌", "▌", "▌"]
        elif row.is_unread or row.mentions:
            bars = [" ", "╻" if not look.has_cursor else "▌", " "]
        else:
            bars = [" ", " ", " "]
        pad = PILL - cell_len(row.sign)
        middle = " " * (pad // 2) + row.sign + " " * (pad - pad // 2)
        lines = []
        for bar, text, style in zip(bars, ("▄" * PILL, middle, "▀" * PILL), (edge, face, edge), strict=True):
            lines.append(LineBuilder(background).add(bar, palette.style("bright")).add(text, style))
        if row.mentions:
            badge = f"{row.mentions}" if row.mentions < 100 else "99+"
            bottom = LineBuilder(background).add(bars[2], palette.style("bright"))
            bottom.add("▀" * (PILL - len(badge)), edge).add(badge, palette.style("badge"))
            lines[2] = bottom
        return [line.build(look.width) for line in lines]

    def choose(self, row: RailRow, action: str | None) -> None:
        if not row.account_key:
            self.post_message(gestures.AddServerAsked())
        elif row.guild_id is None:
            self.post_message(gestures.AccountChosen(row.account_key))
        else:
            self.post_message(gestures.GuildChosen(row.account_key, row.guild_id))
