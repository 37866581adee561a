"""Objects for programs and the same in words: what strangers wrote stays data."""

import typing

import msgspec
import pytest

from tests.client.builders import GUILD, ME, OTHER, message
from tests.commands.fake_client import GENERAL
from tests.commands.fake_client import FakeClient as CommandClient
from tests.commands.naming.test_address import clients_of
from tuichat.automation.output import Output, words
from tuichat.automation.recording import message_record
from tuichat.automation.records import VERSION, AnyRecord, MessageEditedRecord, MessageRecord, schema


def record(text: str, author: int = OTHER, kind: type[MessageRecord] = MessageRecord) -> MessageRecord:
    clients = clients_of(CommandClient())
    (client,) = clients.values()
    return message_record(kind, client, GENERAL, message(5, text, author=author), clients)


def test_a_message_says_where_it_is_and_who_wrote_it() -> None:
    told = record(f"hello <@{ME}>")
    assert (told.v, told.channel.address, told.channel.id) == (VERSION, "guild 1/#general", str(GENERAL))
    assert told.channel.guild is not None
    assert told.channel.guild.id == str(GUILD)
    assert (told.author.id, told.is_own, told.content) == (str(OTHER), False, f"hello <@{ME}>")
    assert record("x", ME).is_own


def test_every_record_reads_back_as_what_it_was() -> None:
    for told in (record("a\nb \x1b[2J"), record("c", kind=MessageEditedRecord)):
        assert msgspec.json.decode(msgspec.json.encode(told), type=AnyRecord) == told


def test_a_line_of_json_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    Output(is_json=True).put(record("a\nb \x1b[2J"))
    written = capsys.readouterr().out
    assert written.count("\n") == 1
    assert "\x1b" not in written


def test_words_hold_no_control_characters() -> None:
    assert "\x1b" not in words(record("a \x1b[2J b"))
    bad_time = msgspec.structs.replace(record("a"), written="never")
    assert words(bad_time).startswith("--:-- ")


def test_the_schema_names_every_type_and_its_version() -> None:
    text = schema().decode()
    assert f"version {VERSION}" in text
    kinds = "message message_edited message_deleted reaction call room connection schedule result"
    for kind in kinds.split():
        assert f'"{kind}"' in text


def test_every_field_of_a_record_stands_in_its_description() -> None:
    for kind in typing.get_args(AnyRecord):
        described = (kind.__doc__ or "") + (MessageRecord.__doc__ or "" if issubclass(kind, MessageRecord) else "")
        missing = [name for name in kind.__struct_fields__ if name != "v" and f"`{name}`" not in described]
        assert missing == [], kind.__name__
