"""Everything that the client does has a command: each action of the keys and each call of the client, or a reason why not.

A new action or call without either fails here.
"""

import inspect
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tuichat.client.audit_log import AuditLogs
from tuichat.client.channel_settings import ChannelSettings
from tuichat.client.client import Client
from tuichat.client.downloads import Downloads
from tuichat.client.follows import Follows
from tuichat.client.guild_emojis import GuildEmojis
from tuichat.client.guild_people import GuildPeople
from tuichat.client.guild_settings import GuildSettings
from tuichat.client.hallway import Hallway
from tuichat.client.history import History
from tuichat.client.inbox import Inbox
from tuichat.client.interactions import Interactions
from tuichat.client.invites import Invites
from tuichat.client.live_rooms import LiveRooms
from tuichat.client.member_requests import MemberRequests
from tuichat.client.message_marks import MessageMarks
from tuichat.client.notice_settings import NoticeSettings
from tuichat.client.own_account import OwnAccount
from tuichat.client.people import People
from tuichat.client.pins import PinList, Pins
from tuichat.client.places import Places
from tuichat.client.polls import Polls
from tuichat.client.roles import Roles
from tuichat.client.scheduled_events import ScheduledEvents
from tuichat.client.search import Search
from tuichat.client.soundboard import Soundboard
from tuichat.client.threads import Threads
from tuichat.client.transfers import Transfers
from tuichat.client.voice import Voice
from tuichat.client.voice_moderation import VoiceModeration
from tuichat.client.webhooks import Webhooks
from tuichat.commands import engine
from tuichat.commands.command import registry
from tuichat.tui.keys import ACTIONS

COMMANDS = Path(engine.__file__).parent

# What a key does, by a command.
BY_COMMAND: Mapping[str, str] = {
    "composer.send": "/msg",
    "composer.edit_last": "/edit last",
    "composer.search_lines": "/forget",
    "chat.switch_channel": "/open",
    "chat.next_unread": "/next",
    "chat.next_mention": "/next",
    "chat.help": "/help",
    "chat.create_poll": "/poll",
    "chat.attach": "/upload",
    "chat.inbox": "/mentions",
    "chat.hallway": "/hallway",
    "chat.to_live": "/room join",
    "chat.search": "/search",
    "chat.pins": "/pins",
    "chat.threads": "/threads list",
    "chat.events": "/event list",
    "chat.to_event": "/event show",
    "chat.begin_thread": "/thread",
    "chat.bring_in": "/threads add",
    "chat.invite": "/invite",
    "chat.account": "/profile",
    "chat.notifications": "/notify",
    "chat.guild_settings": "/guild",
    "chat.channel_settings": "/channel",
    "chat.record_macro": "/macro record",
    "chat.play_macro": "/macro play",
    "chat.stop_jobs": "/stop",
    "chat.choose_theme": "/theme",
    "chat.choose_language": "/set",
    "chat.toggle_compact": "/set",
    "chat.toggle_clock": "/set",
    "chat.toggle_quiet": "/set",
    "chat.voice_settings": "/set",
    "voice.settings": "/set",
    "palette.change_key": "/bind",
    "palette.reset_key": "/bind",
    "chat.toggle_call": "/call join",
    "chat.leave_call": "/call leave",
    "chat.to_call": "/open",
    "chat.start_call": "/call ring",
    "chat.call_stats": "/call stats",
    "chat.soundboard": "/soundboard",
    "chat.priority": "/call priority",
    "chat.call_test": "/call test",
    "messages.activate": "/retry",
    "messages.reply": "/reply",
    "messages.edit": "/edit",
    "messages.delete": "/delete",
    "messages.copy": "/copy",
    "messages.save_file": "/download",
    "messages.copy_url": "/copy",
    "messages.react": "/react",
    "messages.who_reacted": "/reactions",
    "messages.pin": "/pin",
    "messages.thread": "/thread",
    "messages.forward": "/forward",
    "messages.copy_link": "/link",
    "messages.copy_code": "/copy",
    "messages.mark_unread": "/unread",
    "messages.press": "/press",
    "messages.profile": "/profile",
    "messages.report": "/report",
    "app.quit": "/quit",
    "app.toggle_mute": "/mute",
    "app.toggle_deafen": "/deafen",
    "voice.join_or_leave": "/call join",
    "voice.mute": "/mute",
    "voice.deafen": "/deafen",
    "voice.stats": "/call stats",
    "voice.soundboard": "/soundboard play",
    "room.start": "/room start",
    "room.join_or_leave": "/room join",
    "room.hand": "/raise",
    "room.accept": "/room accept",
    "room.decline_invitation": "/room decline",
    "room.mute_self": "/mute",
    "room.react": "/room react",
    "room.link": "/room link",
    "room.ping": "/room ping",
    "room.edit": "/room topic",
    "room.hands": "/room hands",
    "room.keeping": "/room kept",
    "room.end": "/room end",
    "room.invite_up": "/room invite",
    "room.decline_hand": "/room decline",
    "room.move_down": "/room down",
    "room.mute": "/room mute",
    "room.host": "/room host",
    "room.remove": "/room remove",
    "room.block": "/room block",
    "room.profile": "/profile",
    "ring.accept": "/call accept",
    "ring.decline": "/call decline",
    "volume.take": "/volume",
    "sounds.change": "/soundboard rename",
    "sounds.delete": "/soundboard delete",
    "history.forget": "/forget",
    "threads.new": "/thread",
    "threads.follow": "/threads join",
    "threads.members": "/threads members",
    "threads.add": "/threads add",
    "threads.edit": "/threads rename",
    "threads.delete": "/threads delete",
    "threads.archive": "/threads archive",
    "threads.lock": "/threads lock",
    "threads.toggle_archived": "/threads list",
    "events.new": "/event new",
    "events.interested": "/event interested",
    "events.save": "/event ics",
    "event.start": "/event start",
    "event.interested": "/event interested",
    "event.edit": "/event edit",
    "event.save": "/event ics",
    "event.cancel": "/event cancel",
    "who.remove": "/unreact",
    "who.clear": "/unreact",
    "roles.new": "/role create",
    "roles.permissions": "/role allow",
    "roles.raise": "/role up",
    "roles.lower": "/role down",
    "roles.delete": "/role delete",
    "matrix.save": "/role allow",
    "hallway.follow_club": "/follow",
    "hallway.follow_people": "/follow",
    "hallway.interest": "/event interested",
    "hallway.renew": "/hallway",
    "inbox.read_one": "/read",
    "inbox.read_all": "/read",
    "viewer.save": "/download",
    "viewer.copy_url": "/copy",
}

# What a key does that no command does, by the reason.
WITHOUT: Mapping[str, str] = {
    "moves the cursor, the view or the focus of this screen": """
        chat.previous_unread chat.next_pane chat.page_up chat.page_down chat.scroll_home chat.scroll_end
        chat.jump_to_date chat.jump_to_unread chat.jump_back chat.previous_mention chat.to_parent chat.go_back
        chat.go_forward chat.previous_pane chat.back chat.toggle_talk messages.cursor_up messages.cursor_down
        messages.page_up messages.page_down messages.scroll_home messages.scroll_end list.cursor_up list.cursor_down
        list.page_up list.page_down list.cursor_first list.cursor_last list.filter list.choose matrix.role_left
        matrix.role_right switcher.cursor_up switcher.cursor_down palette.cursor_up palette.cursor_down
        history.cursor_up history.cursor_down history.older search.cursor_up search.cursor_down pick.cursor_up
        pick.cursor_down hallway.cursor_up hallway.cursor_down hallway.switch_focus form.field_above form.field_below
        modal.field_above modal.field_below confirm.other viewer.next viewer.previous""",
    "closes a dialog or answers its question": """
        dialog.close ring.close volume.close confirm.close confirm.confirm form.close switcher.close palette.close
        history.close history.take search.close threads.close events.close event.close who.close pick.close pick.done
        modal.close modal.done roles.close matrix.close hallway.close inbox.close viewer.close selection.leave""",
    "changes what stands in the line or is selected on the screen": """
        composer.send_anyway composer.newline composer.complete composer.clear composer.undo composer.redo
        composer.correct composer.open_editor chat.detach selection.cell_left selection.cell_right selection.line_up
        selection.line_down selection.word_left selection.word_right selection.line_start selection.line_end
        selection.other_end selection.copy_text messages.select_text search.complete""",
    "opens a list of what can be done, each of which has a command": """
        chat.palette chat.leader messages.menu""",
    "arranges the panes and tabs of this screen": """
        chat.toggle_channels chat.toggle_members chat.open_tab chat.close_tab chat.next_tab chat.previous_tab
        chat.move_tab_right chat.move_tab_left""",
    "sorts or narrows a list that a command tells whole": """
        threads.next_order threads.next_tag search.next_place search.next_order""",
    "is about a picture or program of this computer": """
        messages.open_file messages.view_picture viewer.zoom_in viewer.zoom_out viewer.pan_left viewer.pan_right
        viewer.pan_up viewer.pan_down viewer.open app.suspend""",
    "is about a file on its way to this screen: a script's download ends with Ctrl+C, and goes on when it is asked again": """
        messages.pause_file messages.cancel_file""",
    "asks for a password, which never stands in a line": "chat.servers",
    "is held down: `tuichat ctl ptt` is its command": "app.talk",
    "is a step of a slider whose end has a command": "volume.louder volume.quieter volume.usual",
    "starts a program of this computer again": "voice.retry",
    "copies an invite that /invite makes, with the event behind it": "event.invite",
}

# The parts of the client, each with the words by which commands hold it.
PARTS: Mapping[type, str] = {
    AuditLogs: "audit_log",
    ChannelSettings: "channels settings",
    Client: "client clients[each.account_key]",
    Downloads: "downloads",
    Follows: "follows",
    GuildEmojis: "emojis",
    GuildPeople: "guild_people",
    GuildSettings: "guild_settings",
    Hallway: "hallway",
    History: "history",
    Inbox: "inbox",
    Interactions: "interactions",
    Invites: "invites known",
    LiveRooms: "live_rooms rooms",
    MemberRequests: "members",
    MessageMarks: "marks",
    NoticeSettings: "notices",
    OwnAccount: "own",
    People: "people",
    PinList: "pinned of(message.channel_id)",
    Pins: "pins",
    Places: "places",
    Polls: "polls",
    Roles: "roles",
    ScheduledEvents: "events",
    Search: "search",
    Soundboard: "soundboard board",
    Threads: "threads",
    Transfers: "transfers",
    Voice: "voice desk",
    VoiceModeration: "moderation",
    Webhooks: "webhooks",
}

# Calls of the client that no command makes, by the reason.
CALLS_WITHOUT: Mapping[str, str] = {
    "is the life of the account, not something that its user does": """
        Client.run Client.close Downloads.close""",
    "has a password in it, which never stands in a line": """
        OwnAccount.change_password OwnAccount.end_sessions OwnAccount.recovery OwnAccount.make_recovery_codes
        OwnAccount.delete Client.sign_out""",
    "loads what a view shows": """
        Downloads.fetch History.refresh History.load_older History.load_newer History.load_around
        MemberRequests.ask_for_all MemberRequests.search MemberRequests.open_list Follows.load ScheduledEvents.load_own
        ScheduledEvents.load Threads.members Pins.count PinList.acknowledge Interactions.commands
        Interactions.complete GuildEmojis.of_guild LiveRooms.learn""",
    "is a bot's own command or form: its line begins with the bot's word for it, and its form is filled in": """
        Interactions.run Interactions.submit""",
    "is set with the status, which every session sees": "Client.set_presence",
    "is done by Places and Soundboard calls with more to say": "Places.create_channel Soundboard.of_guild",
    "no part of the screen does it either": "ScheduledEvents.set_cover ScheduledEvents.delete",
    "waits for a transfer of the screen": "Transfers.wait_while_paused",
}


def _named(table: Mapping[str, str]) -> list[str]:
    return [name for names in table.values() for name in names.split()]


def _calls() -> Iterator[tuple[str, re.Pattern[str]]]:
    """Yield the calls that wait, each with how a command writes it."""
    for part, words in PARTS.items():
        holders = "|".join(re.escape(word) for word in words.split())
        for name, _function in inspect.getmembers(part, inspect.iscoroutinefunction):
            if not name.startswith("_"):
                yield f"{part.__name__}.{name}", re.compile(rf"(?:^|[^\w])(?:{holders})\.{name}\b")


def test_every_action_of_the_keys_has_a_command_or_a_reason() -> None:
    known = [*BY_COMMAND, *_named(WITHOUT)]
    assert sorted(known) == sorted(set(known)), "one stands twice"
    assert {each.id for each in ACTIONS} - set(known) == set(), (
        "give it a command, and say which; or say why it has none"
    )
    assert set(known) - {each.id for each in ACTIONS} == set(), "there is no such action any more"


@pytest.mark.parametrize("line", sorted(set(BY_COMMAND.values())))
def test_the_commands_of_actions_exist(line: str) -> None:
    name, *words = line.removeprefix("/").split()
    command = registry.get(name)
    assert command is not None
    if words and command.english_actions:
        assert words[0] in command.english_actions


def test_every_call_of_the_client_is_made_by_a_command_or_has_a_reason() -> None:
    source = "\n".join(path.read_text() for path in COMMANDS.rglob("*.py"))
    reasons = _named(CALLS_WITHOUT)
    calls = dict(_calls())
    missing = [name for name, use in calls.items() if not use.search(source) and name not in reasons]
    assert missing == [], "have a command make it, or say why none does"
    assert [name for name in reasons if name not in calls] == [], "there is no such call any more"


def test_all_commands_say_what_they_do_and_what_they_take() -> None:
    for command in registry.all():
        assert command.english_summary.endswith(".") or command.english_summary, command.name
        assert all(each.english_help for each in command.parameters), command.name
