"""What can be done with a scheduled event, by whom and when: pure."""

import msgspec

from tuichat.client.planned_events import is_on, may_change, may_host
from tuichat.client.state import State
from tuichat.protocol.channel import ChannelType
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.scheduled_event import ScheduledEvent
from tuichat.translation import N_, _

INVITING = (ChannelType.TEXT, ChannelType.ANNOUNCEMENT, ChannelType.VOICE, ChannelType.STAGE, ChannelType.FORUM)


class Deed(msgspec.Struct, frozen=True):
    """`id` is the action's name in the scope of the page, whose keys do it."""

    id: str
    english_label: str
    is_dangerous: bool = False

    @property
    def label(self) -> str:
        return _(self.english_label)


def deeds(state: State, event: ScheduledEvent) -> list[Deed]:
    """Return what one may do with an event now, most wanted first."""
    on, hosts = is_on(event), may_host(state, event)
    found: list[Deed] = []
    if on and event.channel_id is not None and event.channel_id in state.channels:
        found.append(Deed("start", N_("Go there, and join")))
    elif hosts and not on:
        found.append(Deed("start", N_("Start it now")))
    if state.me is not None and not state.me.bot:
        label = N_("I am interested no more") if event.id in state.interested_ids else N_("I am interested")
        found.append(Deed("interested", label))
    if hosts:
        found.append(Deed("edit", N_("Change it")))
    if invited_to(state, event) is not None:
        found.append(Deed("invite", N_("Copy an invite link to it")))
    found.append(Deed("save", N_("Save it for your calendar (.ics)")))
    if on and hosts:
        found.append(Deed("cancel", N_("End it"), is_dangerous=True))
    elif not on and may_change(state, event):
        found.append(Deed("cancel", N_("Cancel it"), is_dangerous=True))
    return found


def invited_to(state: State, event: ScheduledEvent) -> int | None:
    """Return the channel into which others can be invited to an event: its own, else the guild's first; None for none."""
    guild = state.guilds.get(event.guild_id)
    ids = guild.channel_ids if guild is not None else []
    for channel_id in (event.channel_id, *ids):
        channel = state.channels.get(channel_id) if channel_id is not None else None
        if channel is None or channel.type not in INVITING:
            continue
        if state.permissions(int(channel.id)) & Permissions.CREATE_INSTANT_INVITE:
            return int(channel.id)
    return None
