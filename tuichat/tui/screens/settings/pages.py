"""The table of what can be changed about a server: each row of its settings, who may open it, and its screen.

To add a page, write a module with its screen, which answers whether something was changed, and add a row here.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec
from textual.screen import Screen

from tuichat.client.state import GuildState
from tuichat.protocol.permissions import Permissions
from tuichat.text import permission_words
from tuichat.text.safe_text import safe_line
from tuichat.translation import N_, _

if TYPE_CHECKING:
    from tuichat.client.client import Client

    Opener = Callable[["Client", GuildState], Screen[bool]]
else:
    Opener = Callable


class Page(msgspec.Struct, frozen=True):
    """A row of the settings. `label` is to be translated; `told` gives what stands behind it, as safe text."""

    id: str
    label: str
    open: Opener
    needs: tuple[Permissions, ...] = ()  # one of them; none: it is for every member
    told: Callable[[GuildState], str] = lambda guild: ""
    is_for_owner: bool = False

    def refusal(self, may: Permissions, *, is_owner: bool) -> str:
        """Return why somebody with these permissions cannot open it; empty when nothing is in the way."""
        if self.is_for_owner and not is_owner:
            return _("its owner alone does")
        if not self.needs or any(may & permission for permission in self.needs):
            return ""
        return permission_words.needs(self.needs[0])


def _overview(client: "Client", guild: GuildState) -> Screen[bool]:
    from tuichat.tui.screens.settings.overview import OverviewForm

    return OverviewForm(client, guild)


def _roles(client: "Client", guild: GuildState) -> Screen[bool]:
    from tuichat.tui.screens.settings.roles import RolesDialog

    return RolesDialog(client, int(guild.guild.id))


def _members(client: "Client", guild: GuildState) -> Screen[bool]:
    from tuichat.tui.screens.settings.members import MembersPage

    return MembersPage(client, guild)


def _bans(client: "Client", guild: GuildState) -> Screen[bool]:
    from tuichat.tui.screens.settings.bans import BansPage

    return BansPage(client, guild)


def _giving_away(client: "Client", guild: GuildState) -> Screen[bool]:
    from tuichat.tui.screens.settings.members import MembersPage

    return MembersPage(client, guild, gives_away=True)


def _invites(client: "Client", guild: GuildState) -> Screen[bool]:
    from tuichat.tui.screens.settings.invites import InvitesPage

    return InvitesPage(client, guild)


def _audit_log(client: "Client", guild: GuildState) -> Screen[bool]:
    from tuichat.tui.screens.settings.audit_log import AuditLogPage

    return AuditLogPage(client, guild)


def _channels(client: "Client", guild: GuildState) -> Screen[bool]:
    from tuichat.tui.screens.settings.channels import ChannelsPage

    return ChannelsPage(client, guild)


def _emojis(client: "Client", guild: GuildState) -> Screen[bool]:
    from tuichat.tui.screens.settings.emojis import EmojisPage

    return EmojisPage(client, guild)


def _sounds(client: "Client", guild: GuildState) -> Screen[bool]:
    from tuichat.tui.screens.settings.sounds import SoundsPage

    return SoundsPage(client, guild)


def _webhooks(client: "Client", guild: GuildState) -> Screen[bool]:
    from tuichat.tui.screens.settings.webhooks import WebhooksPage

    return WebhooksPage(client, guild)


PAGES = (
    Page(
        "overview",
        N_("Name, description, picture"),
        _overview,
        (Permissions.MANAGE_GUILD,),
        lambda guild: safe_line(guild.guild.description or ""),
    ),
    Page(
        "roles", N_("Roles and permissions"), _roles, (Permissions.MANAGE_ROLES,), lambda guild: str(len(guild.roles))
    ),
    Page("members", N_("Members"), _members, told=lambda guild: str(guild.member_count)),
    Page("bans", N_("Bans"), _bans, (Permissions.BAN_MEMBERS,)),
    Page("channels", N_("Channels"), _channels, (Permissions.MANAGE_CHANNELS, Permissions.MANAGE_ROLES)),
    Page("invites", N_("Invites"), _invites, (Permissions.MANAGE_GUILD,)),
    Page("emojis", N_("Emoji"), _emojis, (Permissions.CREATE_GUILD_EXPRESSIONS, Permissions.MANAGE_GUILD_EXPRESSIONS)),
    Page(
        "sounds",
        N_("Sounds of the soundboard"),
        _sounds,
        (Permissions.CREATE_GUILD_EXPRESSIONS, Permissions.MANAGE_GUILD_EXPRESSIONS),
    ),
    Page("webhooks", N_("Webhooks"), _webhooks, (Permissions.MANAGE_WEBHOOKS,)),
    Page("audit_log", N_("Audit log"), _audit_log, (Permissions.VIEW_AUDIT_LOG,)),
    Page("giving_away", N_("Give the server away"), _giving_away, is_for_owner=True),
)
