"""Memory of the screen with much read: `python -m tests.benchmarks.screen_memory [--messages N]`.

A profile of 5 guilds reads N messages of 20 channels from a real server and shows each channel once; beside it the
memory before that, and of a bare Textual app that imports the same modules and shows one word.
"""

import argparse
import asyncio
import sqlite3
import sys
import time
from pathlib import Path

from tests.benchmarks.first_paint import until
from tests.benchmarks.memory import Memory, memory_of
from tests.benchmarks.people import QUIT, shows, signed_in_homes
from tests.benchmarks.pty_terminal import PtyTerminal, settle
from tests.system.fresh_home import FreshHome
from tuichat.local.data_folder import DATABASE_NAME
from tuichat.protocol.permissions import DEFAULT_EVERYONE
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.store.channel_rows import ChannelRow
from tuichat.server.store.message_rows import MessageRow
from tuichat.server.store.operations import Operation, Put
from tuichat.server.store.rows import GuildRow, MemberRow, RoleRow, UserRow
from tuichat.server.store.sqlite import SQLiteStore

GUILDS = 5
CHANNELS = 4  # of a guild
AUTHORS = 20
WORDS = "the jitter buffer holds at **3 frames** now, and `p99` stays below 30 ms on the slow link; "
GOAL_MIB = 85e6 / 2**20
IDLE_S = 5.0

# The program's own screen, which when it is connected reads every channel back to its first message.
READER = """
import sys
from pathlib import Path

from tuichat.config.log import start_logging
from tuichat.config.paths import Profile
from tuichat.config.schema import Settings
from tuichat.tui.app import TuichatApp, run_app
from tuichat.tui.rows import Chosen

class Reader(TuichatApp):
    def on_mount(self):
        self.run_worker(self.read_all())

    async def read_all(self):
        import asyncio
        while not (client := next(iter(self._accounts.clients.values()), None) if self._accounts else None) \\
                or len(client.state.guilds) < GUILDS:
            await asyncio.sleep(0.1)
        await asyncio.sleep(IDLE_S)
        self.tell("isidle")
        await asyncio.sleep(IDLE_S)
        read = 0
        for guild in list(client.state.guilds.values()):
            for channel in [client.state.channels[channel_id] for channel_id in guild.channel_ids]:
                if not (channel.name or "").startswith("channel-"):
                    continue
                self.chat.go_to(Chosen(client.key, guild.guild.id, channel.id))
                await asyncio.sleep(0.2)
                known = client.state.timeline(channel.id)
                while known.is_stale or known.is_loading or known.has_older:
                    await client.history.load_older(channel.id, 100)
                    await asyncio.sleep(0)
                read += len(known.confirmed)
        await asyncio.sleep(IDLE_S)
        modules = (module.__name__ for module in list(sys.modules.values()) if getattr(module, "__spec__", None))
        Path(sys.argv[1]).write_text("\\n".join(sorted(modules)))
        self.tell(f"hasread{read}")

    def tell(self, text):
        self.notify(text, timeout=60, markup=False)

profile = Profile("alice")
start_logging("client", profile.state_dir, "info")
sys.exit(run_app(Reader(profile, Settings())))
"""

BARE = """
import contextlib, importlib, sys
from pathlib import Path
from textual.app import App
from textual.widgets import Static

for name in Path(sys.argv[1]).read_text().split():
    with contextlib.suppress(Exception):
        importlib.import_module(name)

class Bare(App):
    def compose(self):
        yield Static("barepaint")

Bare().run()
"""


def unix_ms() -> int:
    return time.time_ns() // 1_000_000


async def write_guilds(database: Path, reader: str, messages: int) -> None:
    """Write guilds, their channels and what was said in them straight into a stopped server's store."""
    with sqlite3.connect(database) as connection:
        reader_id = Snowflake(connection.execute("SELECT id FROM users WHERE name_key = ?", [reader]).fetchone()[0])
    connection.close()
    store = await SQLiteStore.open(database, publish=lambda event: None)
    author_ids = [store.next_id(unix_ms()) for _ in range(AUTHORS)]
    rows: list[Operation] = [
        Put(UserRow(id=author_id, username=f"author{number}", name_key=f"author{number}"))
        for number, author_id in enumerate(author_ids)
    ]
    for number in range(GUILDS):
        guild_id = store.next_id(unix_ms())
        rows += [
            Put(GuildRow(id=guild_id, name=f"guild {number}", owner_id=author_ids[0])),
            Put(RoleRow(id=guild_id, guild_id=guild_id, name="@everyone", permissions=DEFAULT_EVERYONE)),
            *(
                Put(MemberRow(guild_id=guild_id, user_id=user_id, joined_ms=unix_ms()))
                for user_id in (*author_ids, reader_id)
            ),
        ]
        for place in range(CHANNELS):
            channel_id = store.next_id(unix_ms())
            name = f"channel-{number}-{place}"
            rows.append(Put(ChannelRow(id=channel_id, type=0, guild_id=guild_id, name=name, position=place)))
            rows += [
                Put(
                    MessageRow(
                        id=store.next_id(unix_ms()),
                        channel_id=channel_id,
                        author_id=author_ids[written % AUTHORS],
                        content=f"{written}: " + WORDS * (written % 3 + 1),
                    )
                )
                for written in range(messages // (GUILDS * CHANNELS))
            ]
    await store.write(rows)
    await store.close()


def measure_reader(home: FreshHome, modules: Path, messages: int) -> tuple[Memory, Memory]:
    """Return the memory before and after all is read."""
    source = READER.replace("GUILDS", str(GUILDS)).replace("IDLE_S", str(IDLE_S))
    with PtyTerminal([sys.executable, "-P", "-c", source, str(modules)], home.environment) as terminal:
        until(terminal, lambda: shows(terminal, "isidle"), "the idle screen")
        before = memory_of(terminal.process.pid)
        until(terminal, lambda: shows(terminal, f"hasread{messages}"), f"{messages} messages")
        after = memory_of(terminal.process.pid)
        terminal.press(QUIT)
        return before, after


def measure_bare(home: FreshHome, modules: Path) -> Memory:
    with PtyTerminal([sys.executable, "-P", "-c", BARE, str(modules)], home.environment) as terminal:
        until(terminal, lambda: shows(terminal, "barepaint"), "first frame of bare Textual")
        settle([terminal], IDLE_S, IDLE_S)
        return memory_of(terminal.process.pid)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--messages", type=int, default=20_000)
    messages = parser.parse_args().messages
    with signed_in_homes("alice") as home:
        home.tuichat("server", "stop")
        asyncio.run(write_guilds(home.data / DATABASE_NAME, "alice", messages))
        modules = home.folder / "modules"
        before, after = measure_reader(home, modules, messages)
        bare = measure_bare(home, modules)
    print(f"| {GUILDS} guilds, {GUILDS * CHANNELS} channels | resident MiB | proportional MiB | goal |")
    print("|---|---|---|---|")
    for name, memory, goal in (
        ("bare Textual, same imports", bare, ""),
        ("before a channel is read", before, ""),
        (f"{messages} messages read", after, f"{GOAL_MIB:.0f}"),
    ):
        print(f"| {name} | {memory.resident_mib} | {memory.proportional_mib} | {goal} |")


if __name__ == "__main__":
    main()
