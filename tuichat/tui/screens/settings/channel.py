"""What can be changed about one channel: its name and topic, how slow it is, where it stands, who may do what, its end."""

from functools import partial
from typing import TYPE_CHECKING

from msgspec import UNSET, UnsetType

from tuichat.client.channel_settings import beside, moved
from tuichat.client.errors import RefusedError
from tuichat.client.own_account import changed
from tuichat.protocol.channel import POST_CHANNELS, VOICE_CHANNELS, Channel, ChannelType
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.channel import EditChannelRequest
from tuichat.protocol.rest.guild import EditGuildRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.text.channel_names import channel_name
from tuichat.text.permission_words import needs
from tuichat.text.safe_text import safe_line
from tuichat.text.time_words import span_words
from tuichat.translation import _, ngettext
from tuichat.tui.channel_kinds import signed_name
from tuichat.tui.screens.field_form import FieldForm, FieldSpec
from tuichat.tui.screens.settings.overwrites import OverwritesPage
from tuichat.tui.screens.settings.rows_page import RowsPage
from tuichat.tui.widgets.choice_rows import ChoiceRow

if TYPE_CHECKING:
    from tuichat.client.client import Client

SLOW_S = (0, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600)
MOST_PEOPLE = (0, 2, 5, 10, 15, 25, 50, 99)
BITRATES = (16_000, 32_000, 48_000, 64_000, 96_000, 128_000, 256_000)  # bits a second
USUAL_BITRATE = 64_000
IDLE_S = (0, 60, 300, 900, 1800, 3600)  # those that there are in the protocol
NEEDED = {"overwrites": Permissions.MANAGE_ROLES, "afk": Permissions.MANAGE_GUILD}
NO_CATEGORY = "0"


class ChannelPage(RowsPage):
    """Every choice holds at once."""

    def __init__(self, client: "Client", guild_id: int, channel_id: int) -> None:
        super().__init__(client, guild_id)
        self._channel_id = channel_id

    @property
    def _channel(self) -> Channel | None:
        return self.client.state.channels.get(self._channel_id)

    def heading(self) -> str:
        return signed_name(self._channel) if self._channel is not None else ""

    def note(self) -> str:
        return _("enter changes it · esc goes back")

    def is_gone(self) -> bool:
        return self._channel is None

    def rows(self) -> list[ChoiceRow]:
        channel = self._channel
        if channel is None:
            return []
        topic = safe_line(channel.topic) if isinstance(channel.topic, str) else ""
        is_category = channel.type == ChannelType.CATEGORY
        rows = [ChoiceRow("name", _("Name") if is_category else _("Name and topic"), topic)]
        if not is_category:
            seconds = channel.rate_limit_per_user if isinstance(channel.rate_limit_per_user, int) else 0
            rows += [
                ChoiceRow("slow", _("Slow mode"), _slow(seconds)),
                ChoiceRow("nsfw", _("For adults only"), _("yes") if channel.nsfw is True else _("no")),
            ]
        if channel.type == ChannelType.VOICE:
            most = channel.user_limit if isinstance(channel.user_limit, int) else 0
            rows += [
                ChoiceRow("limit", _("Most people at once"), _most(most)),
                ChoiceRow("bitrate", _("Sound"), _rate(_bitrate(channel))),
                ChoiceRow("afk", _("Idle people come here"), _idle(self._idle_s(channel))),
            ]
        if not is_category:
            parent = self.client.state.channels.get(channel.parent_id if isinstance(channel.parent_id, int) else 0)
            rows.append(ChoiceRow("category", _("Category"), _("none") if parent is None else channel_name(parent)))
        siblings = beside(self.client.state, channel)
        place = next((number for number, each in enumerate(siblings, 1) if each.id == channel.id), 0)
        where = _("{place} of {count}").format(place=place, count=len(siblings))
        rows += [
            ChoiceRow("up", _("Move it up"), where),
            ChoiceRow("down", _("Move it down"), where),
            ChoiceRow("overwrites", _("Permissions")),
            ChoiceRow("delete", _("Delete the category") if is_category else _("Delete it"), is_dangerous=True),
        ]
        return rows

    def chosen(self, name: str) -> None:
        channel, state = self._channel, self.client.state
        if channel is None:
            return
        needed = NEEDED.get(name, Permissions.MANAGE_CHANNELS)
        if not state.permissions(self._channel_id) & needed:
            words = _("Your roles do not allow this ({reason}): ask somebody who runs the server.")
            self.app.notify(words.format(reason=needs(needed)), markup=False, severity="warning", timeout=4)
            return
        match name:
            case "name":
                self.open(ChannelForm(self.client, channel))
            case "slow":
                rows = [ChoiceRow(str(seconds), _slow(seconds)) for seconds in SLOW_S]
                self.pick(_("Slow mode"), rows, self._take_slow, chosen=str(channel.rate_limit_per_user or 0))
            case "nsfw":
                self._edit(EditChannelRequest(nsfw=channel.nsfw is not True))
            case "limit":
                rows = [ChoiceRow(str(most), _most(most)) for most in MOST_PEOPLE]
                self.pick(_("Most people at once"), rows, self._take_limit, chosen=str(channel.user_limit or 0))
            case "bitrate":
                rows = [ChoiceRow(str(bits_s), _rate(bits_s)) for bits_s in BITRATES]
                self.pick(_("Sound"), rows, self._take_bitrate, chosen=str(_bitrate(channel)))
            case "afk":
                rows = [ChoiceRow(str(seconds), _idle(seconds)) for seconds in IDLE_S]
                heading = _("Idle people come here")
                self.pick(heading, rows, self._take_idle, chosen=str(self._idle_s(channel)))
            case "category":
                self._pick_category(channel)
            case "up" | "down":
                self._move(channel, -1 if name == "up" else 1)
            case "overwrites":
                self.open(OverwritesPage(self.client, self.guild_id, self._channel_id))
            case "delete":
                self._ask_to_delete(channel)

    def _edit(self, edit: EditChannelRequest) -> None:
        self.attempt(self.client.guild_settings.channels.edit(self._channel_id, edit))

    def _take_slow(self, key: str) -> None:
        self._edit(EditChannelRequest(rate_limit_per_user=int(key)))

    def _take_limit(self, key: str) -> None:
        self._edit(EditChannelRequest(user_limit=int(key)))

    def _take_bitrate(self, key: str) -> None:
        self._edit(EditChannelRequest(bitrate=int(key)))

    def _idle_s(self, channel: Channel) -> int:
        """Return after how many seconds idle people are moved to this channel, 0 for never: a guild has one such channel."""
        guild = self.guild
        is_here = guild is not None and guild.guild.afk_channel_id == channel.id
        return guild.guild.afk_timeout if guild is not None and is_here else 0

    def _take_idle(self, key: str) -> None:
        edit = EditGuildRequest(afk_channel_id=None)
        if int(key):
            edit = EditGuildRequest(afk_channel_id=Snowflake(self._channel_id), afk_timeout=int(key))
        self.attempt(self.client.guild_settings.edit(self.guild_id, edit))

    def _take_category(self, key: str) -> None:
        self._edit(EditChannelRequest(parent_id=Snowflake(key) if key != NO_CATEGORY else None))

    def _pick_category(self, channel: Channel) -> None:
        state, guild = self.client.state, self.guild
        found = [state.channels[each] for each in (guild.channel_ids if guild else []) if each in state.channels]
        categories = [each for each in found if each.type == ChannelType.CATEGORY]
        rows = [ChoiceRow(NO_CATEGORY, _("none"))]
        rows += [ChoiceRow(str(int(each.id)), channel_name(each)) for each in categories]
        chosen = str(int(channel.parent_id)) if isinstance(channel.parent_id, int) else NO_CATEGORY
        self.pick(_("Category"), rows, self._take_category, chosen=chosen)

    def _move(self, channel: Channel, step: int) -> None:
        places = moved(self.client.state, channel, step)
        if places:
            self.attempt(self.client.guild_settings.channels.arrange(self.guild_id, places))
        else:
            self.app.notify(_("It is the first already.") if step < 0 else _("It is the last already."), timeout=2)

    def _ask_to_delete(self, channel: Channel) -> None:
        name = channel_name(channel)
        is_category = channel.type == ChannelType.CATEGORY
        detail = (
            _("Its channels stay, without a category.")
            if is_category
            else _("All that was written there is deleted, for everybody. Nothing brings it back.")
        )
        delete = self.client.guild_settings.channels.delete
        self.ask(
            _("Delete {name}?").format(name=name),
            detail,
            _("delete"),
            partial(delete, self._channel_id),
            _("{name} is deleted.").format(name=name),
        )


class ChannelForm(FieldForm):
    def __init__(self, client: "Client", channel: Channel) -> None:
        super().__init__()
        self._client = client
        self._channel = channel

    def heading(self) -> str:
        return signed_name(self._channel)

    def fields(self) -> list[FieldSpec]:
        channel = self._channel
        name = FieldSpec("name", _("Name"), channel_name(channel), _("1 to 100 characters"))
        if channel.type == ChannelType.CATEGORY or channel.type in VOICE_CHANNELS:
            return [name]
        topic = safe_line(channel.topic) if isinstance(channel.topic, str) else ""
        label = _("Rules for posts") if channel.type in POST_CHANNELS else _("Topic")
        return [name, FieldSpec("topic", label, topic, _("what it is about"))]

    def label(self) -> str:
        return _("save")

    async def submit(self) -> str | None:
        # What is shown is safe text: a field that was not touched leaves what the server has.
        before = {spec.id: spec.value for spec in self.fields()}
        name = self.value("name").strip()
        if not name:
            raise RefusedError(_("A channel needs a name."))
        topic: str | UnsetType | None = UNSET
        if "topic" in before:
            topic = changed(self.value("topic").strip(), before["topic"])
        edit = EditChannelRequest(name=UNSET if name == before["name"] else name, topic=topic)
        if edit == EditChannelRequest():
            return _("Nothing was changed.")
        await self._client.guild_settings.channels.edit(int(self._channel.id), edit)
        return _("{name} is saved.").format(name=name)


def _slow(seconds: int) -> str:
    if not seconds:
        return _("off")
    return _("one message in {span}").format(span=span_words(seconds))


def _most(people: int) -> str:
    if not people:
        return _("any number")
    return ngettext("{count} person", "{count} people", people).format(count=people)


def _bitrate(channel: Channel) -> int:
    return channel.bitrate if isinstance(channel.bitrate, int) else USUAL_BITRATE


def _rate(bits_s: int) -> str:
    return _("{rate} kbit/s").format(rate=bits_s // 1000)


def _idle(seconds: int) -> str:
    return _("after {span}").format(span=span_words(seconds)) if seconds else _("no")
