"""The command of a server's invites: which there are, another, and one fewer."""

from typing import Annotated

from tuichat.commands.action import chosen_action, missing, split_word
from tuichat.commands.command import Text, command, registry
from tuichat.commands.context import CommandContext, Outcome
from tuichat.commands.errors import CommandError
from tuichat.commands.naming.duration import parse_duration
from tuichat.commands.naming.guild_place import GuildPlace, guild_place
from tuichat.commands.subjects.telling import told
from tuichat.protocol.guild import Invite
from tuichat.protocol.json import printable
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.guild import CreateInviteRequest
from tuichat.protocol.user import User
from tuichat.text.safe_text import safe_line
from tuichat.text.time_words import span_words
from tuichat.translation import N_, _, ngettext

INVITE_ACTIONS = {
    "list": N_("list: those that are still good, and who made them"),
    "create": N_("create [SPAN] [USES]: one to the open channel, good for so long, or never, and so often"),
    "delete": N_("delete CODE: have one be good no more"),
}
NEVER = "never"
MAX_AGE_S = 604_800  # Discord's documentation, "Create Channel Invite"
MAX_USES = 100  # likewise
USUAL_AGE_S = 86_400


@command
async def invites(
    context: CommandContext,
    action: Annotated[str, "list, create or delete"],
    value: Annotated[Text | None, "how long and how often a new one is good, or the code of one to delete"] = None,
    *,
    server: Annotated[GuildPlace | None, "which server, where it is not the open one"] = None,
) -> Outcome:
    """List the server's invites, make one, or delete one."""
    name = chosen_action("invites", action, INVITE_ACTIONS)
    if name == "create":
        return await _create(context, value or "")
    place = server or guild_place(context)
    place.require(Permissions.MANAGE_GUILD)
    known = place.client.guild_settings.invites
    if name == "list":
        lines = [_line(each) for each in await known.of_guild(place.id)]
        nothing = _("No invite to {server} is good now. /invites create makes one.").format(server=place.name)
        return told(context, _("Invites to {server}").format(server=place.name), lines, nothing)
    if value is None:
        raise missing("invites", name, INVITE_ACTIONS)
    await known.revoke(value.strip())
    return Outcome(text=_("The invite {code} is good no more.").format(code=printable(value.strip())))


registry.tell_actions("invites", INVITE_ACTIONS)


async def _create(context: CommandContext, details: str) -> Outcome:
    client, channel_id = context.require_client(), context.require_channel()
    span, uses = split_word(details)
    age_s = 0 if span.lower() == NEVER else USUAL_AGE_S if not span else parse_duration(span)
    if age_s > MAX_AGE_S:
        raise CommandError(_("SPAN is at most {span}, or the word never.").format(span=span_words(MAX_AGE_S)))
    if uses and not (uses.isascii() and uses.isdigit() and len(uses) <= 3 and 1 <= int(uses) <= MAX_USES):
        raise CommandError(_("USES is a number from 1 to {most}.").format(most=MAX_USES))
    wanted = CreateInviteRequest(max_age=age_s, max_uses=int(uses or 0), unique=True)
    made = await client.guild_settings.invites.create(channel_id, wanted)
    return Outcome(
        text=_("Invite to {name}: /join {code}").format(name=printable(made.guild.name), code=printable(made.code))
    )


def _line(invite: Invite) -> str:
    words = [f"{printable(invite.code)}: #{safe_line(invite.channel.name or '')}"]
    if isinstance(invite.uses, int):
        words.append(ngettext("{count} use", "{count} uses", invite.uses).format(count=invite.uses))
    if isinstance(invite.max_uses, int) and invite.max_uses:
        words.append(_("of {count} at most").format(count=invite.max_uses))
    if isinstance(invite.inviter, User):
        words.append(_("by {name}").format(name=f"@{printable(invite.inviter.username)}"))
    return ", ".join(words)
