"""Channels come, change and go, private ones too."""

from tests.client.builders import GUILD, OTHER, channel, created, message, user
from tests.client.reducer.states import DIRECT, NOW, direct, state
from tuichat.client import directory
from tuichat.client.change import ChannelsChanged
from tuichat.client.reducer import reducer
from tuichat.protocol.channel import Channel
from tuichat.protocol.dispatch.channel import ChannelCreate, ChannelDelete, ChannelUpdate
from tuichat.protocol.private_channel import ChannelRecipientAdd, ChannelRecipientRemove
from tuichat.protocol.snowflake import Snowflake


def test_channels_stand_below_their_category_text_first() -> None:
    category = channel(20, "rooms", type=4, position=0)
    voice = channel(21, "talk", type=2, position=0, parent_id=Snowflake(20))
    text = channel(22, "notes", position=3, parent_id=Snowflake(20))
    loose = channel(23, "lobby", position=9)
    made = state(voice, category, text, loose)
    assert made.guilds[GUILD].channel_ids == [23, 20, 22, 21]


def test_channel_comes_changes_and_goes() -> None:
    made = state()
    new = channel(30, "new", guild_id=Snowflake(GUILD))
    fields = {name: getattr(new, name) for name in Channel.__struct_fields__}
    assert reducer.reduce(made, ChannelCreate(**fields), NOW) == [ChannelsChanged(GUILD)]
    reducer.reduce(made, created(message(50, channel=30)), NOW)
    renamed = ChannelUpdate(**(fields | {"name": "renamed"}))
    reducer.reduce(made, renamed, NOW)
    assert made.channels[30].name == "renamed"
    assert made.channels[30].last_message_id == 50, "an update without it forgets no message"
    reducer.reduce(made, ChannelDelete(**fields), NOW)
    assert 30 not in made.channels
    assert 30 not in made.guilds[GUILD].channel_ids


def test_a_private_channel_comes_with_its_people_and_goes() -> None:
    made = state()
    assert reducer.reduce(made, direct(OTHER), NOW) == [ChannelsChanged(None)]
    assert made.private_channel_ids == [DIRECT]
    assert made.users[OTHER].username == f"user{OTHER}"
    gone = ChannelDelete(id=Snowflake(DIRECT), type=1)
    assert reducer.reduce(made, gone, NOW) == [ChannelsChanged(None)]
    assert made.private_channel_ids == []


def test_people_come_into_a_group_and_leave_it() -> None:
    made = state()
    reducer.reduce(made, direct(OTHER, kind=3), NOW)
    third = ChannelRecipientAdd(channel_id=Snowflake(DIRECT), user=user(1002))
    assert reducer.reduce(made, third, NOW) == reducer.reduce(made, third, NOW) == [ChannelsChanged(None)]

    def people() -> list[int]:
        recipients = made.channels[DIRECT].recipients
        return [int(person.id) for person in recipients] if isinstance(recipients, list) else []

    assert people() == [OTHER, 1002]
    reducer.reduce(made, ChannelRecipientRemove(channel_id=Snowflake(DIRECT), user=user(OTHER)), NOW)
    assert people() == [1002]
    for number in range(2000, 2000 + 2 * directory.MAX_RECIPIENTS):
        reducer.reduce(made, ChannelRecipientAdd(channel_id=Snowflake(DIRECT), user=user(number)), NOW)
    assert len(people()) == directory.MAX_RECIPIENTS
