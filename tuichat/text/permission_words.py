"""Permissions in plain words: what each is called, what it allows, and which belong together."""

from enum import Flag, auto

import msgspec

from tuichat.protocol.permissions import Permissions
from tuichat.translation import N_, _


class Reach(Flag):
    """Kinds of channels in which a permission can be given or refused by an overwrite; none: in the server as a whole
    alone. From Discord's documentation, "Permissions", "Bitwise Permission Flags"."""

    SERVER = 0
    TEXT = auto()
    VOICE = auto()
    STAGE = auto()
    EVERY = TEXT | VOICE | STAGE


class PermissionWords(msgspec.Struct, frozen=True):
    """`name` and `meaning` are to be translated: `name_of` and `meaning_of` do."""

    permission: Permissions
    name: str
    meaning: str
    reach: Reach = Reach.SERVER


class PermissionGroup(msgspec.Struct, frozen=True):
    """Permissions on one subject; `name` is to be translated."""

    name: str
    permissions: tuple[PermissionWords, ...]


_P = Permissions
GROUPS = (
    PermissionGroup(
        N_("Everything"),
        (
            PermissionWords(
                _P.ADMINISTRATOR,
                N_("Administrator"),
                N_("May do everything, whatever roles and channels say. Give it to few."),
            ),
        ),
    ),
    PermissionGroup(
        N_("Running the server"),
        (
            PermissionWords(
                _P.VIEW_CHANNEL,
                N_("View channels"),
                N_("Sees channels, and reads what is written there."),
                Reach.EVERY,
            ),
            PermissionWords(
                _P.MANAGE_CHANNELS,
                N_("Manage channels"),
                N_("Makes, changes and deletes channels."),
                Reach.EVERY,
            ),
            PermissionWords(
                _P.MANAGE_ROLES,
                N_("Manage roles"),
                N_("Makes, changes and gives roles below the own highest one."),
                Reach.EVERY,
            ),
            PermissionWords(
                _P.MANAGE_GUILD,
                N_("Manage the server"),
                N_("Changes its name, description and picture, sees its invites and adds bots."),
            ),
            PermissionWords(_P.VIEW_AUDIT_LOG, N_("View the audit log"), N_("Reads who changed what.")),
            PermissionWords(
                _P.CREATE_GUILD_EXPRESSIONS,
                N_("Make emoji and sounds"),
                N_("Adds emoji and sounds, and changes the ones added so."),
            ),
            PermissionWords(
                _P.MANAGE_GUILD_EXPRESSIONS,
                N_("Manage emoji and sounds"),
                N_("Changes and deletes everybody's emoji and sounds."),
            ),
            PermissionWords(
                _P.MANAGE_WEBHOOKS,
                N_("Manage webhooks"),
                N_("Makes and deletes webhooks: addresses at which programs post."),
                Reach.EVERY,
            ),
            PermissionWords(
                _P.VIEW_GUILD_INSIGHTS, N_("View insights"), N_("Sees statistics of the server, where it keeps any.")
            ),
            PermissionWords(
                _P.VIEW_CREATOR_MONETIZATION_ANALYTICS,
                N_("View income"),
                N_("Sees what the server earns, where it sells something."),
            ),
        ),
    ),
    PermissionGroup(
        N_("Members"),
        (
            PermissionWords(
                _P.CREATE_INSTANT_INVITE,
                N_("Invite people"),
                N_("Makes invites for people who are not here yet."),
                Reach.EVERY,
            ),
            PermissionWords(_P.CHANGE_NICKNAME, N_("Change the own name"), N_("Goes by another name here.")),
            PermissionWords(_P.MANAGE_NICKNAMES, N_("Change names"), N_("Gives other members other names.")),
            PermissionWords(
                _P.MODERATE_MEMBERS, N_("Time members out"), N_("Has members write and speak nothing for a while.")
            ),
            PermissionWords(
                _P.KICK_MEMBERS, N_("Kick members"), N_("Removes members, who can come back by an invite.")
            ),
            PermissionWords(_P.BAN_MEMBERS, N_("Ban members"), N_("Removes members for good, and lifts bans.")),
        ),
    ),
    PermissionGroup(
        N_("Writing"),
        (
            PermissionWords(
                _P.SEND_MESSAGES, N_("Send messages"), N_("Writes in channels, and posts in forums."), Reach.EVERY
            ),
            PermissionWords(
                _P.READ_MESSAGE_HISTORY, N_("Read what was before"), N_("Reads what was written earlier."), Reach.EVERY
            ),
            PermissionWords(
                _P.ADD_REACTIONS, N_("React"), N_("Reacts with an emoji that nobody chose yet."), Reach.EVERY
            ),
            PermissionWords(_P.ATTACH_FILES, N_("Attach files"), N_("Sends files and pictures."), Reach.EVERY),
            PermissionWords(
                _P.EMBED_LINKS, N_("Embed links"), N_("Links show a preview of where they lead."), Reach.EVERY
            ),
            PermissionWords(
                _P.MENTION_EVERYONE,
                N_("Mention everyone"),
                N_("Calls all with @everyone and @here, and every role."),
                Reach.EVERY,
            ),
            PermissionWords(
                _P.USE_EXTERNAL_EMOJIS, N_("Foreign emoji"), N_("Writes emoji of other servers."), Reach.EVERY
            ),
            PermissionWords(
                _P.USE_EXTERNAL_STICKERS, N_("Foreign stickers"), N_("Sends stickers of other servers."), Reach.EVERY
            ),
            PermissionWords(_P.SEND_POLLS, N_("Ask in polls"), N_("Sends polls."), Reach.EVERY),
            PermissionWords(
                _P.SEND_VOICE_MESSAGES, N_("Voice messages"), N_("Sends messages that are heard."), Reach.EVERY
            ),
            PermissionWords(
                _P.SEND_TTS_MESSAGES,
                N_("Messages read aloud"),
                N_("Sends messages that programs read aloud."),
                Reach.EVERY,
            ),
            PermissionWords(
                _P.BYPASS_SLOWMODE,
                N_("Pass by slow mode"),
                N_("Writes as often as wanted in slow channels."),
                Reach.EVERY,
            ),
            PermissionWords(
                _P.PIN_MESSAGES, N_("Pin messages"), N_("Pins messages, and takes pins away."), Reach.EVERY
            ),
            PermissionWords(
                _P.MANAGE_MESSAGES,
                N_("Manage messages"),
                N_("Deletes what others wrote, and takes their reactions away."),
                Reach.EVERY,
            ),
        ),
    ),
    PermissionGroup(
        N_("Threads"),
        (
            PermissionWords(
                _P.SEND_MESSAGES_IN_THREADS,
                N_("Write in threads"),
                N_("Writes in threads and below posts."),
                Reach.TEXT,
            ),
            PermissionWords(
                _P.CREATE_PUBLIC_THREADS,
                N_("Begin threads"),
                N_("Begins threads that all in the channel see."),
                Reach.TEXT,
            ),
            PermissionWords(
                _P.CREATE_PRIVATE_THREADS,
                N_("Begin private threads"),
                N_("Begins threads that only those see who were asked in."),
                Reach.TEXT,
            ),
            PermissionWords(
                _P.MANAGE_THREADS,
                N_("Manage threads"),
                N_("Renames, archives, locks and deletes threads, and sees private ones."),
                Reach.TEXT,
            ),
        ),
    ),
    PermissionGroup(
        N_("Voice"),
        (
            PermissionWords(
                _P.CONNECT,
                N_("Join voice"),
                N_("Joins voice channels, and hears what is said."),
                Reach.VOICE | Reach.STAGE,
            ),
            PermissionWords(_P.SPEAK, N_("Speak"), N_("Is heard in voice channels."), Reach.VOICE),
            PermissionWords(
                _P.STREAM, N_("Video and screen"), N_("Shows a camera or the screen."), Reach.VOICE | Reach.STAGE
            ),
            PermissionWords(
                _P.USE_VAD, N_("Speak without a key"), N_("Is heard without holding a key to talk."), Reach.VOICE
            ),
            PermissionWords(
                _P.PRIORITY_SPEAKER, N_("Priority speaker"), N_("Makes others quieter while speaking."), Reach.VOICE
            ),
            PermissionWords(_P.REQUEST_TO_SPEAK, N_("Ask to speak"), N_("Raises a hand on a stage."), Reach.STAGE),
            PermissionWords(_P.USE_SOUNDBOARD, N_("Soundboard"), N_("Plays the server's sounds."), Reach.VOICE),
            PermissionWords(
                _P.USE_EXTERNAL_SOUNDS, N_("Foreign sounds"), N_("Plays sounds of other servers."), Reach.VOICE
            ),
            PermissionWords(
                _P.SET_VOICE_CHANNEL_STATUS,
                N_("Say what it is about"),
                N_("Sets the line below a voice channel."),
                Reach.VOICE,
            ),
            PermissionWords(
                _P.MUTE_MEMBERS, N_("Mute members"), N_("Has others not be heard."), Reach.VOICE | Reach.STAGE
            ),
            PermissionWords(_P.DEAFEN_MEMBERS, N_("Deafen members"), N_("Has others hear nothing."), Reach.VOICE),
            PermissionWords(
                _P.MOVE_MEMBERS,
                N_("Move members"),
                N_("Brings others into another voice channel, or out of it."),
                Reach.VOICE | Reach.STAGE,
            ),
        ),
    ),
    PermissionGroup(
        N_("Apps and events"),
        (
            PermissionWords(
                _P.USE_APPLICATION_COMMANDS, N_("Use commands"), N_("Uses the commands of bots."), Reach.EVERY
            ),
            PermissionWords(
                _P.USE_EXTERNAL_APPS,
                N_("Show own apps"),
                N_("All see the answers of apps that a member brought along."),
                Reach.EVERY,
            ),
            PermissionWords(
                _P.USE_EMBEDDED_ACTIVITIES,
                N_("Activities"),
                N_("Starts games and the like in channels."),
                Reach.TEXT | Reach.VOICE,
            ),
            PermissionWords(
                _P.CREATE_EVENTS,
                N_("Make events"),
                N_("Plans events, and changes the own ones."),
                Reach.VOICE | Reach.STAGE,
            ),
            PermissionWords(
                _P.MANAGE_EVENTS,
                N_("Manage events"),
                N_("Changes and deletes everybody's events."),
                Reach.VOICE | Reach.STAGE,
            ),
        ),
    ),
)
WORDS = {int(words.permission): words for group in GROUPS for words in group.permissions}


def name_of(permission: Permissions) -> str:
    """Return what one permission is called, in the user's language; its number for one that has no name."""
    words = WORDS.get(int(permission))
    return _(words.name) if words is not None else f"0x{int(permission):x}"


def meaning_of(permission: Permissions) -> str:
    """Return what one permission allows, as a sentence in the user's language."""
    words = WORDS.get(int(permission))
    return _(words.meaning) if words is not None else ""


def needs(permission: Permissions) -> str:
    """Return why something cannot be done: a permission that is missing."""
    return _("needs “{permission}”").format(permission=name_of(permission))


def names_of(permissions: int) -> str:
    """Return what a set of permissions is called, parted by commas; bits without a name are left out."""
    return ", ".join(_(words.name) for bit, words in WORDS.items() if bit & permissions)
