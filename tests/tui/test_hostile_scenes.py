"""Hostile names, messages and answers on every scene: nothing but text reaches the terminal, and every line has its width."""

import importlib
import itertools
import pkgutil
from collections.abc import Iterator

import pytest
from textual.screen import Screen

import tuichat.tui.screens
from tests.tui.hostile import FORBIDDEN, HOSTILE
from tests.tui.hostile_client import HostileClient
from tests.tui.hostile_state import make_hostile
from tests.tui.samples import GRACE, message, sample_state
from tests.tui.scenes import DARK, SCENES
from tests.tui.screens import running

ROUNDS = 2  # each begins half of the texts further on, so that every text comes to be some name and some message
SHOWN_MESSAGES = 7
USUAL = ("conversation", "switching", "replying")  # the others run in the second step
# Every screen and dialog, and a scene that shows it.
SHOWN_BY = {
    "AccountMenu": "account_menu",
    "AttachDialog": "attaching",
    "AuditLogPage": "guild_audit_log",
    "BansPage": "guild_bans",
    "ChannelForm": "channel_name_and_topic",
    "ChannelPage": "channel_settings",
    "ChannelsPage": "guild_channels",
    "ChoiceDialog": "channel_category",
    "ColourDialog": "role_colours",
    "ConfirmDialog": "deleting",
    "DayDialog": "day",
    "DeletionForm": "account_6",
    "EditRoomForm": "room_editing",
    "EmojiPicker": "emoji_picker",
    "EmojisPage": "guild_emojis",
    "EventForm": "event_form",
    "EventPage": "event_page",
    "EventsDialog": "events_listed",
    "GivingAwayForm": "giving_away",
    "GuildDeletionForm": "guild_deletion",
    "GuildMenu": "guild_overview",
    "HallwayScreen": "hallway",
    "InboxScreen": "inbox",
    "InviteDialog": "inviting",
    "InvitesPage": "guild_invites",
    "KeepingDialog": "room_keeping",
    "LineForm": "renaming_emoji",
    "LineSearch": "searching_lines",
    "LivePicker": "theme_picker",
    "MatrixDialog": "guild_role_matrix",
    "MemberPage": "guild_member",
    "MemberRolesPage": "member_roles",
    "MembersPage": "guild_members",
    "ModalDialog": "filling_in",
    "NewChannelForm": "guild_new_channel",
    "NewEmojiForm": "guild_new_emoji",
    "NewInvitePage": "guild_new_invite",
    "NewPoll": "asking",
    "NewPost": "new_post",
    "NewThread": "new_thread",
    "NotificationsScreen": "account_2",
    "OverviewForm": "guild_overview",
    "OverwriteDialog": "channel_overwrite",
    "OverwritesPage": "channel_overwrites",
    "PaletteScreen": "palette",
    "PasswordForm": "account_3",
    "PickDialog": "picking",
    "PictureViewer": "viewing_picture",
    "PinsDialog": "pinned",
    "ProfileDialog": "profile",
    "ProfileForm": "account_0",
    "QuickReactions": "room_reacting",
    "RecoveryForm": "account_4",
    "RemovalForm": "banning",
    "RingDialog": "call_rings",
    "RoleForm": "guild_role",
    "RolesDialog": "guild_roles",
    "SearchDialog": "searching",
    "ServersScreen": "servers",
    "SessionsForm": "account_5",
    "NewSoundForm": "new_sound",
    "SoundVolumeDialog": "sound_volume",
    "SoundboardDialog": "soundboard",
    "SoundsPage": "guild_sounds",
    "StartRoomForm": "room_starting",
    "StatsDialog": "call_stats",
    "StatusForm": "account_1",
    "SwitcherScreen": "switching",
    "TextDialog": "helping",
    "ThreadForm": "thread_settings",
    "ThreadsDialog": "threads",
    "VoiceSettingsScreen": "voice_settings",
    "VolumeDialog": "volume",
    "WebhooksPage": "guild_webhooks",
    "WhichKeyScreen": "which_key",
    "WhoDialog": "reactors",
}
# These show what their user wrote, and nobody else; ChatScreen is behind every scene.
NO_STRANGERS = {"ChatScreen", "QuietHoursForm", "RecoverForm", "WelcomeScreen"}
TEXTS = [text.encode("utf-8", "replace").decode() for text in HOSTILE.values()]


# All scenes there are: a new one is held to this from its first day.
@pytest.mark.parametrize(
    "scene", [name if name in USUAL else pytest.param(name, marks=pytest.mark.slow) for name in SCENES]
)
async def test_hostile_text_is_text_there(scene: str) -> None:
    for turn in range(ROUNDS):
        start = turn * len(TEXTS) // ROUNDS
        texts = TEXTS[start:] + TEXTS[:start]
        written = [
            message(GRACE, 9 - number, text, number=number) for number, text in enumerate(texts[:SHOWN_MESSAGES])
        ]
        client = HostileClient(sample_state(written), itertools.cycle(texts))
        make_hostile(client, texts)
        async with running(client, settings=DARK, size=(100, 30)) as shown:
            await SCENES[scene](shown)
            await shown.settle()
            stack = [type(screen).__name__ for screen in shown.app.screen_stack]
            assert {name for name, by in SHOWN_BY.items() if by == scene} <= set(stack)
            assert not FORBIDDEN & (set("".join(shown.lines())) | set(shown.app.title))
            assert all(strip.cell_length == 100 for strip in shown.strips())


def leaves(kind: type) -> Iterator[type]:
    """Yield our screens that are no mere base of others."""
    more: list[type] = kind.__subclasses__()
    ours = [each for each in more if each.__module__.startswith(("tuichat.", "textual."))]
    for subclass in ours:
        yield from leaves(subclass)
    if not ours and kind.__module__.startswith("tuichat.tui.screens"):
        yield kind


def test_every_screen_is_shown_by_a_scene() -> None:
    package = tuichat.tui.screens
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        importlib.import_module(module.name)
    assert {each.__name__ for each in leaves(Screen)} == set(SHOWN_BY) | NO_STRANGERS
    assert set(SHOWN_BY.values()) <= set(SCENES)
