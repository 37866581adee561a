"""Commands about people: friends, those one has blocked, notes, and what somebody shows of itself."""

from typing import Annotated

from msgspec import UNSET

from tuichat.client.client import Client
from tuichat.client.guild_people import PAGE
from tuichat.client.people import MAX_NOTE_CHARACTERS
from tuichat.client.picture_file import picture_edit
from tuichat.commands import offers
from tuichat.commands.command import Text, command, registry
from tuichat.commands.context import CommandContext, Outcome
from tuichat.commands.errors import CommandError
from tuichat.commands.kinds import Offered
from tuichat.commands.naming.guild_place import GuildPlace, guild_place
from tuichat.commands.naming.names import find_person
from tuichat.commands.subjects.telling import MAX_LINES, told
from tuichat.protocol.json import printable
from tuichat.protocol.profile import Profile
from tuichat.protocol.relationship import RelationshipType
from tuichat.protocol.rest.account import EditUserRequest
from tuichat.protocol.user import User
from tuichat.text.safe_text import safe_line, safe_name
from tuichat.translation import N_, _

FRIEND_ACTIONS = {
    "add": N_("add @name: ask somebody for friendship"),
    "accept": N_("accept @name: agree to it"),
    "remove": N_("remove @name: end a friendship, decline a request, or take yours back"),
    "list": N_("list: your friends, and who asked"),
}
PROFILE_FIELDS = {
    "name": N_("name NAME: your display name; none goes back to your user name"),
    "bio": N_("bio TEXT: what you say about yourself; none takes it away"),
    "pronouns": N_("pronouns WORDS: how you are called; none takes them away"),
    "avatar": N_("avatar FILE: your picture, of a PNG, JPEG, GIF or WebP file; none takes it away"),
}
NONE = "none"
_RELATIONS = {
    RelationshipType.FRIEND: N_("friend"),
    RelationshipType.INCOMING_REQUEST: N_("asked you: /friend accept agrees"),
    RelationshipType.OUTGOING_REQUEST: N_("asked by you"),
}


@command
async def friend(
    context: CommandContext,
    action: Annotated[str, "add, accept, remove or list"],
    person: Annotated[str | None, Offered(offers.people), "whom, as @name"] = None,
) -> Outcome:
    """Friends: ask for it, agree to it, end it, or list them."""
    client = context.require_client()
    name = action.lower()
    if name not in FRIEND_ACTIONS:
        raise CommandError(
            _("/friend has no {action}. It has: {actions}.").format(
                action=printable(action), actions=", ".join(FRIEND_ACTIONS)
            )
        )
    if name == "list":
        return told(
            context, _("Friends"), _friends(client), _("You have no friends here yet: /friend add @name asks somebody.")
        )
    if person is None:
        raise CommandError(_("PERSON is missing: /friend {action} @name.").format(action=name))
    user = await find_person(person, context)
    known = client.people.relation(user.id)
    if name == "remove":
        if known not in _RELATIONS:
            raise CommandError(_("{name} is no friend of yours, and asked for nothing.").format(name=_name(user)))
        await client.people.end_relation(user.id)
        return Outcome(text=_("You and {name} are no friends.").format(name=_name(user)))
    if known is RelationshipType.FRIEND:
        return Outcome(text=_("You and {name} are friends already.").format(name=_name(user)))
    if name == "accept" and known is not RelationshipType.INCOMING_REQUEST:
        raise CommandError(_("{name} did not ask you. /friend add asks them.").format(name=_name(user)))
    await client.people.befriend(user.id)
    if known is RelationshipType.INCOMING_REQUEST:
        return Outcome(text=_("You and {name} are friends.").format(name=_name(user)))
    return Outcome(text=_("{name} is asked.").format(name=_name(user)))


registry.tell_actions("friend", FRIEND_ACTIONS)


@command
async def block(context: CommandContext, person: Annotated[str, Offered(offers.people), "whom, as @name"]) -> Outcome:
    """Fold what somebody writes, and have it call you no more. They are not told."""
    client = context.require_client()
    user = await find_person(person, context)
    await client.people.block(user.id)
    return Outcome(
        text=_("{name} is blocked: what they write is folded. /unblock lifts that.").format(name=_name(user))
    )


@command
async def unblock(context: CommandContext, person: Annotated[str, Offered(offers.people), "whom, as @name"]) -> Outcome:
    """Read what somebody writes again."""
    client = context.require_client()
    user = await find_person(person, context)
    if client.people.relation(user.id) is not RelationshipType.BLOCKED:
        raise CommandError(_("{name} is not blocked.").format(name=_name(user)))
    await client.people.end_relation(user.id)
    return Outcome(text=_("{name} is blocked no more.").format(name=_name(user)))


@command
async def note(
    context: CommandContext,
    person: Annotated[str, Offered(offers.people), "about whom, as @name"],
    text: Annotated[Text | None, "what to remember; none takes it away, without it the note is told"] = None,
) -> Outcome:
    """Keep a note about somebody that nobody else sees, or read it."""
    client = context.require_client()
    user = await find_person(person, context)
    if text is None:
        kept = await client.people.note(user.id)
        return Outcome(text=safe_line(kept) or _("You have no note about {name}.").format(name=_name(user)))
    if len(text) > MAX_NOTE_CHARACTERS:
        words = _("A note has at most {limit} characters, this one has {count}.")
        raise CommandError(words.format(limit=MAX_NOTE_CHARACTERS, count=len(text)))
    await client.people.write_note(user.id, "" if text == NONE else text)
    return Outcome(text=_("The note about {name} is kept.").format(name=_name(user)))


@command
async def profile(
    context: CommandContext,
    what: Annotated[
        str | None, "@name of whom to show, yourself without; or name, bio, pronouns or avatar to change yours"
    ] = None,
    value: Annotated[Text | None, "what it is from now; none takes it away"] = None,
) -> Outcome:
    """Show what somebody tells of themselves, or change what you do."""
    client = context.require_client()
    if what is not None and what.lower() in PROFILE_FIELDS:
        return await _edit(client, what.lower(), value)
    if value is not None:
        raise CommandError(_("/profile changes {fields} of yours alone.").format(fields=", ".join(PROFILE_FIELDS)))
    if what is None:
        me = client.state.me
        if me is None:
            raise CommandError(_("You are not connected yet."))
        user_id, title = int(me.id), f"@{printable(me.username)}"
    else:
        user = await find_person(what, context)
        user_id, title = int(user.id), _name(user)
    guild = context.guild()
    shown = await client.people.profile(user_id, None if guild is None else int(guild.guild.id))
    return told(context, title, _profile_lines(client, shown))


registry.tell_actions("profile", PROFILE_FIELDS)


@command
async def members(
    context: CommandContext,
    name: Annotated[Text | None, "how the names begin that are looked for; all without"] = None,
    *,
    server: Annotated[GuildPlace | None, "which server, where it is not the open one"] = None,
) -> Outcome:
    """List who is in the server."""
    place = server or guild_place(context)
    found = []
    if name is not None:
        found = await place.client.guild_people.search(place.id, name.removeprefix("@"))
    else:
        page = await place.client.guild_people.members(place.id)
        found += page
        while len(page) == PAGE and len(found) < MAX_LINES:
            page = await place.client.guild_people.members(place.id, int(page[-1].user.id))
            found += page
    state = place.client.state
    lines = []
    for member in sorted(found, key=lambda each: each.display_name.casefold()):
        words = [f"@{printable(member.user.username)}", _status_word(state.status(member.user.id))]
        if member.display_name != member.user.username:
            words.insert(1, safe_name(member.display_name))
        if member.user.bot:
            words.append(_("bot"))
        lines.append(", ".join(words))
    if name is None and place.guild.member_count > len(found):
        lines.append(_("The server has {count} members in all.").format(count=place.guild.member_count))
    return told(context, place.name, lines, _("No name begins so."))


def _name(user: User) -> str:
    return f"@{printable(user.username)}"


def _status_word(status: str) -> str:
    return {"online": _("online"), "idle": _("idle"), "dnd": _("busy")}.get(status, _("offline"))


def _friends(client: Client) -> list[str]:
    state = client.state
    known = [(state.users.get(user_id), kind) for user_id, kind in state.relations.items() if kind in _RELATIONS]
    lines = [f"{_name(user)}: {_(_RELATIONS[kind])}" for user, kind in known if user is not None]
    return sorted(lines)


def _profile_lines(client: Client, shown: Profile) -> list[str]:
    user = shown.user
    lines = [
        f"{safe_name(user.display_name)} (@{printable(user.username)}), {_status_word(client.state.status(user.id))}"
    ]
    if shown.user_profile is not UNSET:
        about = shown.user_profile
        if about.pronouns:
            lines.append(_("Pronouns: {words}").format(words=safe_line(about.pronouns)))
        if about.bio:
            lines.append(_("About: {words}").format(words=safe_line(about.bio)))
    if shown.mutual_guilds is not UNSET:
        ids = [int(each.id) for each in shown.mutual_guilds]
        names = [safe_name(client.state.guilds[each].guild.name) for each in ids if each in client.state.guilds]
        if names:
            lines.append(_("Servers you share: {names}").format(names=", ".join(names)))
    relation = client.people.relation(user.id)
    if relation in _RELATIONS:
        lines.append(_(_RELATIONS[relation]))
    elif relation is RelationshipType.BLOCKED:
        lines.append(_("blocked"))
    lines.append(f"id: {int(user.id)}")
    return lines


async def _edit(client: Client, field: str, value: str | None) -> Outcome:
    if value is None:
        raise CommandError(_("VALUE is missing: /profile {usage}.").format(usage=_(PROFILE_FIELDS[field])))
    text = None if value == NONE else value
    match field:
        case "name":
            edit = EditUserRequest(global_name=text)
        case "bio":
            edit = EditUserRequest(bio=text or "")
        case "pronouns":
            edit = EditUserRequest(pronouns=text or "")
        case _:
            edit = EditUserRequest(avatar=await picture_edit(value))
    await client.own.edit(edit)
    return Outcome(text=_("Your profile is changed."))
