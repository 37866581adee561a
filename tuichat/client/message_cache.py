"""One account's servers and newest messages on disk, to be read while its server cannot be reached. Bounded, private."""

import hashlib
import logging
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from tuichat.client import directory
from tuichat.client.state import GuildState, State
from tuichat.config.private_files import PrivateFileError, make_private_dir, write_private
from tuichat.protocol import codec
from tuichat.protocol.channel import Channel
from tuichat.protocol.dispatch.read_state import ReadState
from tuichat.protocol.guild import FullGuild, Guild
from tuichat.protocol.message import Message
from tuichat.protocol.user import OwnUser, User

logger = logging.getLogger(__name__)
T = TypeVar("T")

MAX_MESSAGES = 200  # of a channel: some four screens
MAX_BYTES = 32 * 1024 * 1024  # of an account
MAX_FILE_BYTES = 8 * 1024 * 1024
MAX_MEMBERS = 500  # of a guild: names for what is read
PLACES = "places.json"


class Places(msgspec.Struct, frozen=True):
    """What an account sees, as far as its messages need it to be read."""

    me: OwnUser
    guilds: list[FullGuild]
    private_channels: list[Channel]
    users: list[User]
    read_states: list[ReadState]


class MessageCache:
    """Calls wait for the disk. What cannot be kept or read is logged and left out: the cache is a comfort, no archive."""

    def __init__(self, state_dir: Path, account_key: str) -> None:
        # The key holds what a server says of itself; its hash is always a good file name.
        self.folder = state_dir / "messages" / hashlib.sha256(account_key.encode()).hexdigest()[:32]

    def load_places(self) -> Places | None:
        return self._read(PLACES, Places)

    def save_places(self, places: Places) -> None:
        """Keep what the account sees, and forget the messages of channels that it does not see any more."""
        self._write(PLACES, places)
        seen = {str(int(channel.id)) for guild in places.guilds for channel in (*guild.channels, *guild.threads)}
        seen |= {str(int(channel.id)) for channel in places.private_channels}
        for path in self._channel_files():
            if path.stem not in seen:
                path.unlink(missing_ok=True)

    def load(self, channel_id: int) -> list[Message]:
        """Return a channel's newest messages as they were, oldest first."""
        messages = self._read(f"{int(channel_id)}.json", list[Message]) or []
        return [message for message in messages if message.channel_id == channel_id]

    def save(self, channel_id: int, messages: Sequence[Message]) -> None:
        """Keep the newest of these messages, which are ordered oldest first."""
        self._write(f"{int(channel_id)}.json", list(messages[-MAX_MESSAGES:]))

    def trim(self) -> None:
        """Forget the channels that were written longest ago, until the rest is within MAX_BYTES."""
        sizes = [(path.stat().st_mtime_ns, path.stat().st_size, path) for path in self._channel_files()]
        total = sum(size for _, size, _ in sizes)
        for _, size, path in sorted(sizes):
            if total <= MAX_BYTES:
                return
            path.unlink(missing_ok=True)
            total -= size

    def wipe(self) -> None:
        """Forget everything."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _channel_files(self) -> list[Path]:
        try:
            return [path for path in self.folder.glob("*.json") if path.stem.isdigit()]
        except OSError:
            return []

    def _read(self, name: str, kind: type[T]) -> T | None:
        path = self.folder / name
        try:
            if path.stat().st_size > MAX_FILE_BYTES:
                raise ValueError(f"over {MAX_FILE_BYTES} bytes")
            return codec.decode(path.read_bytes(), kind)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, RecursionError) as error:  # msgspec's errors are ValueErrors
            logger.warning("%s is left out of the cache: %s", path, type(error).__name__)
            return None

    def _write(self, name: str, value: object) -> None:
        try:
            make_private_dir(self.folder.parent)
            make_private_dir(self.folder)
            body = codec.encode(value)
            if len(body) <= MAX_FILE_BYTES:
                write_private(self.folder / name, body)
            else:
                (self.folder / name).unlink(missing_ok=True)
        except (PrivateFileError, OSError) as error:
            logger.warning("messages could not be kept for reading offline: %s", error)


def wipe_all(state_dir: Path) -> None:
    """Forget what all accounts of a profile kept."""
    if os.path.lexists(state_dir / "messages"):
        shutil.rmtree(state_dir / "messages", ignore_errors=True)


def places_of(state: State) -> Places | None:
    """Return what an account sees now; None before it knows itself."""
    if state.me is None:
        return None
    return Places(
        me=state.me,
        guilds=[_full_guild(state, guild) for guild in state.guilds.values()],
        private_channels=[state.channels[each] for each in state.private_channel_ids if each in state.channels],
        users=[],
        read_states=list(state.read_states.values()),
    )


def _full_guild(state: State, guild: GuildState) -> FullGuild:
    own = {name: getattr(guild.guild, name) for name in Guild.__struct_fields__ if name != "roles"}
    me = guild.members.get(state.me.id) if state.me is not None else None
    members = list(guild.members.values())[:MAX_MEMBERS]
    if me is not None and me not in members:
        members.append(me)
    return FullGuild(
        **own,
        roles=list(guild.roles.values()),
        channels=[state.channels[each] for each in guild.channel_ids if each in state.channels],
        threads=[state.channels[each] for each in guild.thread_ids if each in state.channels],
        members=members,
        member_count=guild.member_count,
        large=guild.is_large,
    )


def show_places(state: State, places: Places) -> None:
    """Fill a state that knows nothing yet."""
    state.me = places.me
    for user in places.users:
        directory.know(state, user)
    for guild in places.guilds:
        directory.put_guild(state, guild)
    for channel in places.private_channels:
        directory.put_private_channel(state, channel)
    state.read_states = {read.id: read for read in places.read_states}
