"""Home: the guild that a personal server begins with, and the message that welcomes to it."""

from tuichat.protocol.channel import ChannelType
from tuichat.protocol.snowflake import Snowflake
from tuichat.server import names
from tuichat.server.actions.context import Context, GuildState
from tuichat.server.actions.guilds import ChannelPlan, plan_guild, write_guild
from tuichat.server.store.message_rows import MessageRow
from tuichat.server.store.operations import Put
from tuichat.server.store.rows import SettingRow, UserRow

HOME_KEY = "home_guild_id"
HOME_NAME = "Home"
HOME_CHANNELS = (
    ChannelPlan("Text", ChannelType.CATEGORY),
    ChannelPlan("Voice", ChannelType.CATEGORY),
    ChannelPlan("general", ChannelType.TEXT, 0, "What everybody reads"),
    ChannelPlan("random", ChannelType.TEXT, 0, "Whatever else"),
    ChannelPlan("Lounge", ChannelType.VOICE, 1),
    ChannelPlan("Stage", ChannelType.STAGE, 1),
)
SYSTEM_NAME = "tuichat"
FIVE_KEYS = (
    ("Enter", "sends what you typed"),
    ("Alt+↑ Alt+↓", "go to the next channel with something new"),
    ("Ctrl+K", "switches to any channel by its name"),
    ("F6", "goes to the next pane"),
    ("F1", "shows all keys and commands"),
)
WELCOME = "\n".join(
    (
        "**Welcome to tuichat!** This is Home, on your own machine. Five keys do most of it:",
        *(f"`{key}` {does}" for key, does in FIVE_KEYS),
        "Open a second terminal and run `make run PROFILE=bob` (or `tuichat --profile bob`): that is somebody to talk to.",
    )
)


async def ensure_home(ctx: Context, owner_id: Snowflake) -> GuildState:
    """Return Home; where there is none, or none any more, make one that `owner_id` owns, with its welcome message."""
    async with ctx.home_lock:
        found = await ctx.store.read_setting(HOME_KEY)
        state = ctx.guilds.get(int(found)) if found else None
        return state or await _make_home(ctx, owner_id)


async def _make_home(ctx: Context, owner_id: Snowflake) -> GuildState:
    state = plan_guild(ctx, HOME_NAME, owner_id, HOME_CHANNELS)
    channel_id = state.row.system_channel_id
    assert channel_id is not None  # the plan has a text channel
    system = ctx.users.find(names.name_key(SYSTEM_NAME))
    more: list[Put] = []
    if system is None:
        system = UserRow(
            id=ctx.next_id(), username=SYSTEM_NAME, name_key=names.name_key(SYSTEM_NAME), is_bot=True, is_system=True
        )
        more.append(Put(system))
        ctx.users.put(system)
    welcome = MessageRow(id=ctx.next_id(), channel_id=channel_id, author_id=system.id, content=WELCOME)
    more += [Put(welcome), Put(SettingRow(key=HOME_KEY, value=str(state.id)))]
    state.last_message_ids[channel_id] = welcome.id
    try:
        await write_guild(ctx, state, *more)
    except BaseException:
        if Put(system) in more:
            ctx.users.remove(system.id)
        raise
    return state
