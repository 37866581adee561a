"""Whatever strangers write goes where its placeholder stands, and nowhere else."""

import unicodedata
from dataclasses import replace
from typing import Annotated, cast

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.client.builders import message, user
from tests.commands.fake_client import GENERAL, FakeClient
from tests.commands.naming.test_address import clients_of
from tuichat.automation.bindings import fields
from tuichat.automation.bindings.action import planned
from tuichat.automation.recording import message_record
from tuichat.automation.records import MessageRecord
from tuichat.client.client import Client
from tuichat.commands.command import Registry, Text
from tuichat.commands.context import CommandContext, Outcome
from tuichat.commands.engine import Engine
from tuichat.config.binding import FIELDS, Binding

NASTY = st.one_of(
    st.text(max_size=300),
    st.sampled_from(
        [
            "/quit",
            "; rm -rf /",
            "$(x)",
            "to=#general",
            'a" b',
            "{id} {text}",
            "--help",
            "\n/quit",
            "\\",
            '"',
            "x=",
            "@everyone",
        ]
    ),
)


def record(text: str, name: str = "bob") -> MessageRecord:
    clients = clients_of(FakeClient())
    (client,) = clients.values()
    said = msgspec.structs.replace(message(5, "x"), author=user(1001, name), content=text)
    return msgspec.structs.replace(message_record(MessageRecord, client, GENERAL, said, clients), text=text)


class Kept:
    """An engine whose commands keep what they are given."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, object]]] = []
        commands = Registry()

        @commands.command
        async def keep(
            context: CommandContext,
            first: Annotated[str, "a word"],
            rest: Annotated[Text | None, "words"] = None,
            *,
            option: Annotated[str | None, "a word"] = None,
        ) -> Outcome:
            """Keep."""
            assert context.fill is None
            self.calls.append(("keep", {"first": first, "rest": rest, "option": option}))
            return Outcome()

        @commands.command
        async def quit_(context: CommandContext) -> Outcome:
            """Leave."""
            self.calls.append(("quit", {}))
            return Outcome()

        self.engine = Engine(commands)

    async def run(self, line: str, told: MessageRecord) -> Outcome:
        data = fields.values(told)
        self.client = FakeClient()
        context = CommandContext(cast(Client, self.client), GENERAL, is_script=True)
        return await self.engine.submit(line, replace(context, fill=lambda text: fields.filled(text, data)))


@pytest.mark.slow
@given(NASTY, NASTY)
async def test_data_is_one_argument_and_never_another_command(text: str, name: str) -> None:
    kept = Kept()
    told = record(text, name)
    shown, who = (each.replace("@", fields.NO_MENTION) for each in (text, told.author.username))
    for line, expected in (
        ("/keep {text} said", {"first": shown, "rest": "said", "option": None}),
        ("/keep {id} {text}", {"first": "5", "rest": shown, "option": None}),
        ('/keep "by {from}" option={text}', {"first": f"by {who}", "rest": None, "option": shown}),
        ("/keep first={from}! rest=it: {text}", {"first": f"{who}!", "rest": f"it: {shown}", "option": None}),
    ):
        kept.calls.clear()
        outcome = await kept.run(line, told)
        assert outcome.is_done, outcome.text
        assert kept.calls == [("keep", expected)]


@pytest.mark.slow
@given(NASTY)
async def test_a_message_stays_a_message(text: str) -> None:
    kept = Kept()
    outcome = await kept.run("{text}", record(text))
    assert kept.calls == []
    assert outcome.is_done
    assert kept.client.sent == [(GENERAL, text.replace("@", fields.NO_MENTION), None)]


@given(NASTY, NASTY)
def test_a_program_gets_its_words_and_an_environment_without_controls(text: str, name: str) -> None:
    told = record(text, name)
    environment = fields.environment(told)
    for key, value in environment.items():
        if key.startswith("TUICHAT_"):
            assert len(value) <= fields.MAX_VALUE_CHARACTERS
            assert not any(unicodedata.category(each) in ("Cc", "Cs") for each in value)
            value.encode()
    assert planned(Binding(event="message", program=("echo", "a b", "{nothing}")), told) == "echo 'a b' '{nothing}'"


def test_the_environment_has_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TUICHAT_S3_SECRET", "GITHUB_TOKEN", "SSH_AUTH_SOCK", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "secret")
    monkeypatch.setenv("XDG_SESSION_TYPE", "tty")
    environment = fields.environment(record("x"))
    assert "secret" not in environment.values()
    assert environment["XDG_SESSION_TYPE"] == "tty"
    assert environment["TUICHAT_EVENT"] == "message"


@pytest.mark.slow
@given(NASTY)
def test_a_rehearsal_shows_one_line(text: str) -> None:
    for line in ("{text}", "/msg #general {text}", "/react {text} tada", "/nothing {text}"):
        shown = planned(Binding(event="message", run=line), record(text))
        assert "\n" not in shown
        assert "\x1b" not in shown


def test_every_field_of_the_settings_has_a_value() -> None:
    known = set(fields.values(record("x")))
    assert known == {name for names in FIELDS.values() for name in names}
