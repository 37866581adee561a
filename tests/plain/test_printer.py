"""Tests of `tuichat.plain.printer`: whole lines, and past what is being typed."""

import contextlib
import io
import os

from tuichat.plain.printer import Printer, erasure


class Stream(io.TextIOWrapper):
    def __init__(self, encoding: str = "utf-8") -> None:
        super().__init__(io.BytesIO(), encoding=encoding, newline="")

    def written(self) -> str:
        self.flush()
        buffer = self.buffer
        assert isinstance(buffer, io.BytesIO)
        return buffer.getvalue().decode(self.encoding)


def test_lines_hold_nothing_but_themselves() -> None:
    stream = Stream()
    printer = Printer(stream, stream)
    printer.message("1. 10:00 ada: hello")
    printer.say("Connected.")
    printer.ring()
    assert stream.written() == "1. 10:00 ada: hello\nConnected.\n"


def test_without_a_terminal_sentences_go_elsewhere() -> None:
    messages, sentences = Stream(), Stream()
    printer = Printer(messages, sentences)
    printer.message("hello")
    printer.say("Connected.")
    assert (messages.written(), sentences.written()) == ("hello\n", "Connected.\n")


def test_what_is_being_typed_is_drawn_again_below() -> None:
    stream = Stream()
    printer = Printer(stream, stream)
    printer.typed = lambda: "> hel"
    printer.message("1. 10:00 ada: hi")
    assert stream.written() == "\r\x1b[J1. 10:00 ada: hi\n> hel"


def test_a_long_unfinished_line_is_taken_off_as_a_whole() -> None:
    assert erasure("> " + "x" * 78, 80) == "\r\x1b[J"
    assert erasure("> " + "x" * 79, 80) == "\x1b[1A\r\x1b[J"
    assert erasure("> " + "漢" * 79, 80) == "\x1b[1A\r\x1b[J"
    assert erasure("> " + "漢" * 80, 80) == "\x1b[2A\r\x1b[J"
    assert erasure("> one\ntwo\n" + "x" * 81, 80) == "\x1b[3A\r\x1b[J"
    assert erasure("", 80) == "\r\x1b[J"


def test_a_terminal_without_unicode_gets_plain_letters_and_names_of_signs() -> None:
    stream = Stream("ascii")
    Printer(stream, stream).message("“Ärger” – später… 🎉 漢 \U000fffff")
    assert stream.written() == '"Arger" - spater... [party popper] [cjk unified ideograph-6f22] [unknown sign]\n'
    latin = Stream("latin-1")
    Printer(latin, latin).message("Ärger 🎉")
    assert latin.written() == "Ärger [party popper]\n"


def test_what_is_being_typed_is_drawn_as_the_terminal_can() -> None:
    stream = Stream("latin-1")
    printer = Printer(stream, stream)
    printer.typed = lambda: "> 漢"
    printer.message("1. 10:00 ada: hi")
    assert stream.written() == "\r\x1b[J1. 10:00 ada: hi\n> [cjk unified ideograph-6f22]"


class LostTerminal(Stream):
    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        raise OSError("gone")


def test_a_bell_that_nobody_hears_ends_it() -> None:
    stream = LostTerminal()
    printer = Printer(stream, stream)
    printer.ring()
    assert printer.is_lost


def test_it_tells_once_that_nobody_reads_any_more() -> None:
    inside, outside = os.pipe()
    os.close(inside)
    stream = os.fdopen(outside, "w")
    printer = Printer(stream, stream)
    lost: list[bool] = []
    printer.on_lost = lambda: lost.append(printer.is_lost)
    printer.message("one")
    printer.message("two")
    assert lost == [True]
    with contextlib.suppress(BrokenPipeError):
        stream.close()
