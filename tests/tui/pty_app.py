"""The screen over accounts in memory, to be run in a real pseudo-terminal: `python -m tests.tui.pty_app MODE`.

Modes: `plain`; `hostile` shows the corpus of hostile text everywhere; `fault` fails soon after the first paint; `called`
gets a message in a channel that is not open; `called-here` gets two a second in the one that is; `stream` gets a hundred;
`talking` is in a call in which the key of push to talk is held.
"""

import os
import sys
import time
from typing import Any

import msgspec

from tests.tui.fake_desk import CALL, FakeDesk
from tests.tui.hostile import HOSTILE
from tests.tui.samples import (
    GENERAL,
    GRACE,
    GUILD,
    LINUS,
    ME,
    NOW,
    RANDOM,
    FakeAccounts,
    FakeClient,
    member,
    message,
    sample_state,
)
from tests.tui.signs import SIGNS
from tuichat.client.change import MessageArrived
from tuichat.config.log import start_logging
from tuichat.config.paths import Profile
from tuichat.config.schema import Settings, UiSettings, VoiceSettings
from tuichat.tui.app import TuichatApp, run_app

SECRET_TEXT = "what only the two of us know"


class FailingApp(TuichatApp):
    def on_ready(self) -> None:
        self.set_timer(0.3, self._fail)

    def _fail(self) -> None:
        raise RuntimeError(SECRET_TEXT)


class StreamingApp(TuichatApp):
    """Gets 100 messages a second in the channel that is shown."""

    def on_ready(self) -> None:
        self._count = 0
        self._began_s = time.monotonic()
        self.set_interval(0.01, self._receive)

    def _receive(self) -> None:
        client = self.chat.client
        if not isinstance(client, FakeClient):
            self._began_s = time.monotonic()
            return  # not there yet
        while self._count < (time.monotonic() - self._began_s) * 100:
            self._count += 1
            author = GRACE if self._count % 5 else LINUS
            words = f"streamed {self._count}: " + "the buffer holds at **3 frames** now, `p99` is below 30 ms. " * (
                self._count % 3 + 1
            )
            client.receive(message(author, 0, words, number=1000 + self._count))


class CalledApp(TuichatApp):
    def on_ready(self) -> None:
        self.set_timer(0.3, self._call)

    def _call(self) -> None:
        called = message(GRACE, 0, "come and\x1b]9;see\x07", channel=RANDOM, mentions=[ME])
        client = self.chat.client
        assert isinstance(client, FakeClient)
        client.emit(MessageArrived(called.channel_id, called))


class CalledHereApp(TuichatApp):
    """Is mentioned in the channel that is shown, again and again."""

    def on_ready(self) -> None:
        self._count = 0
        self.set_interval(0.5, self._call)

    def _call(self) -> None:
        client = self.chat.client
        if isinstance(client, FakeClient):
            self._count += 1
            called = message(GRACE, 0, f"call {self._count}.", number=2000 + self._count, mentions=[ME])
            client.receive(called)
            client.emit(MessageArrived(called.channel_id, called))


class TalkingApp(TuichatApp):
    def on_ready(self) -> None:
        desk = FakeDesk()
        self.use_desk(desk)
        desk.show(msgspec.structs.replace(CALL, gate="push_to_talk"))


def hostile_client() -> FakeClient:
    texts = list(HOSTILE.values())
    written = [message(GRACE, len(texts) - number, text, number=number) for number, text in enumerate(texts)]
    state = sample_state(written)
    guild = state.guilds[GUILD]
    guild.guild = msgspec.structs.replace(guild.guild, name="".join(texts[:10]))
    for (user_id, known), text in zip(list(guild.members.items()), texts, strict=False):
        guild.members[user_id] = msgspec.structs.replace(member(user_id), nick=text, roles=known.roles)
    for channel_id, channel in state.channels.items():
        name = texts[channel_id % len(texts)]
        state.channels[channel_id] = msgspec.structs.replace(channel, name=name, topic="".join(texts[:6]))
    state.channels[GENERAL] = msgspec.structs.replace(state.channels[GENERAL], name=texts[2] + texts[0])
    return FakeClient(state)


def signs_client() -> FakeClient:
    """Everybody and everything has a name of signs that terminals disagree about, and writes them."""
    texts = [f"{sign}| {sign * 3}| {sign} and more {sign}|" for sign in (*SIGNS, "\u05e9\u05dc\u05d5\u05dd")]
    state = sample_state(
        [message(GRACE, len(texts) - number, text, number=number) for number, text in enumerate(texts)]
    )
    members = state.guilds[GUILD].members
    for number, (user_id, known) in enumerate(list(members.items())):
        name = "".join(SIGNS[number % len(SIGNS) :])[:28]
        members[user_id] = msgspec.structs.replace(member(user_id), nick=name, roles=known.roles)
    for number, (channel_id, channel) in enumerate(list(state.channels.items())):
        state.channels[channel_id] = msgspec.structs.replace(channel, name=SIGNS[number % len(SIGNS)] * 4)
    return FakeClient(state)


def main(mode: str) -> int:
    profile = Profile("default")
    start_logging("client", profile.state_dir, "info")
    clients = {"hostile": hostile_client, "signs": signs_client}
    client = clients.get(mode, lambda: FakeClient(sample_state()))()
    kinds = {"fault": FailingApp, "called": CalledApp, "called-here": CalledHereApp, "stream": StreamingApp}
    kind = (kinds | {"talking": TalkingApp}).get(mode, TuichatApp)
    link: Any = os.environ.get("TUICHAT_TEST_SLOW_LINK", "auto")
    settings = Settings(voice=VoiceSettings(enabled=False), ui=UiSettings(slow_link=link))
    return run_app(kind(profile, settings, accounts=FakeAccounts(client).as_accounts(), now=lambda: NOW))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
