"""Where lines come from: a terminal with readline, or any other standard input, read without waiting in a thread."""

import asyncio
import codecs
import contextlib
import getpass
import os
import queue
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from tuichat.local.descriptor import read_block
from tuichat.plain.printer import encodable
from tuichat.translation import _

MAX_LINE_CHARACTERS = (
    256 * 1024
)  # taste: what comes without an end is cut here, and refused as too long where lines are read
_CONTROL = frozenset(map(chr, (*range(32), 127))) - {"\n"}
SUGGEST_LIMIT_S = 2.0  # for what Tab completes (taste)
NO_TERMINAL = ("", "dumb", "unknown")  # values of TERM (terminfo(5)) that promise no more than lines


Suggest = Callable[[str], Sequence[str]]  # is given a line that is being typed, and returns what it may become


class LineSource(Protocol):
    """Gives one line after the other."""

    is_terminal: bool

    async def read(self, prompt: str = "", *, is_secret: bool = False, is_answer: bool = True) -> str | None:
        """Return the next line without its end, None after the last. What is secret is not shown while it is typed; what is
        no answer to a question comes back with the arrow up."""
        ...

    def recall(self, lines: Sequence[str]) -> None:
        """Have these lines, newest first, come back with the arrow up and the search, in place of those before."""
        ...

    def typed(self) -> str | None:
        """Return what stands on the unfinished line and is to be drawn again below what is printed meanwhile."""
        ...

    def close(self) -> None:
        """Leave the terminal as it was."""
        ...


def is_dumb(environment: Mapping[str, str]) -> bool:
    """Whether the terminal can print lines and no more."""
    return environment.get("TERM", "") in NO_TERMINAL


def open_source(say: Callable[[str], None], environment: Mapping[str, str], suggest: Suggest) -> LineSource:
    """Return the source that fits standard input and output. `say` prints a question where no prompt can stand;
    `suggest` returns what a line may become, and is called in the loop that runs."""
    if sys.stdin.isatty() and sys.stdout.isatty() and not is_dumb(environment):
        try:
            return ReadlineSource(suggest)
        except ImportError:  # Python was built without it
            pass
    return DescriptorSource(sys.stdin.fileno(), say, sys.stdin.encoding or "utf-8")


class DescriptorSource:
    """Reads a descriptor when a line is wanted and not before, so that a pipe is read as fast as its lines are used."""

    def __init__(self, descriptor: int, say: Callable[[str], None], encoding: str = "utf-8") -> None:
        self._descriptor = descriptor
        self._say = say
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._text = ""
        self._is_ended = False
        self._is_cut = False  # the rest of a line that was too long is still to come
        self.is_terminal = os.isatty(descriptor)

    def recall(self, lines: Sequence[str]) -> None:
        pass

    async def read(self, prompt: str = "", *, is_secret: bool = False, is_answer: bool = True) -> str | None:
        with _without_echo(self._descriptor) if is_secret and self.is_terminal else contextlib.nullcontext():
            if prompt.strip(" >") and self.is_terminal:
                self._say(prompt.rstrip())  # only now: the answer may come at once
            if self._is_cut:
                await self._drop_rest()
            while "\n" not in self._text and not self._is_ended and len(self._text) < MAX_LINE_CHARACTERS:
                self._text += await self._more()
        if not self._text and self._is_ended:
            return None
        line, end, self._text = self._text.partition("\n")
        if not end and not self._is_ended:
            self._is_cut = True
            self._say(
                _("A line is longer than {most} characters: what follows in it is left out.").format(
                    most=MAX_LINE_CHARACTERS
                )
            )
        return line.removesuffix("\r")

    async def _drop_rest(self) -> None:
        """Read past the end of a line that was cut: its rest is no line of its own."""
        while "\n" not in self._text and not self._is_ended:
            self._text = await self._more()
        self._text = self._text.partition("\n")[2]
        self._is_cut = False

    async def _more(self) -> str:
        block = await read_block(self._descriptor)
        self._is_ended = not block
        return self._decoder.decode(block, final=not block)

    def typed(self) -> str | None:
        return None

    def close(self) -> None:
        pass


class _Question:
    def __init__(
        self, prompt: str, answer: "asyncio.Future[str | None]", *, is_secret: bool, is_recalled: bool
    ) -> None:
        self.prompt = prompt
        self.answer = answer
        self.is_secret = is_secret
        self.is_recalled = is_recalled


class ReadlineSource:
    """Reads with readline, in a thread of its own, since readline waits. Raises ImportError where there is none."""

    is_terminal = True

    def __init__(self, suggest: Suggest) -> None:
        import readline

        self._readline = readline
        # With it a paste is one line, however many ends of lines it holds, and is not sent before Enter is pressed.
        readline.parse_and_bind("set enable-bracketed-paste on")
        readline.parse_and_bind("tab: complete")
        readline.set_completer_delims(" ")
        readline.set_completer(self._complete)
        readline.set_pre_input_hook(self._begin)
        readline.set_auto_history(False)  # it would take answers to questions, too
        self._loop = asyncio.get_running_loop()
        self._suggest = suggest
        self._found: list[str] = []
        self._questions: queue.SimpleQueue[_Question] = queue.SimpleQueue()
        self._prompt: str | None = None  # of the line that is being typed
        self._asked = ""
        self._modes = _terminal_modes()
        threading.Thread(target=self._run, name="lines", daemon=True).start()

    def recall(self, lines: Sequence[str]) -> None:
        self._readline.clear_history()
        for line in reversed(lines):
            self._readline.add_history(line)

    async def read(self, prompt: str = "", *, is_secret: bool = False, is_answer: bool = True) -> str | None:
        answer: asyncio.Future[str | None] = self._loop.create_future()
        self._questions.put(_Question(prompt, answer, is_secret=is_secret, is_recalled=not is_answer))
        return await answer

    def typed(self) -> str | None:
        prompt = self._prompt
        return None if prompt is None else prompt + _as_drawn(self._readline.get_line_buffer())

    def close(self) -> None:
        if self._modes is not None:
            import termios

            termios.tcsetattr(
                sys.stdin.fileno(), termios.TCSADRAIN, self._modes
            )  # readline may be in the midst of a line
        if self._prompt is not None:
            sys.stdout.write("\n")
            sys.stdout.flush()

    # In the thread.

    def _complete(self, _begun: str, number: int) -> str | None:
        if number == 0:
            begin, end = self._readline.get_begidx(), self._readline.get_endidx()
            line = self._readline.get_line_buffer()[:end]
            self._found = completions(line, begin, self._asked_loop(line))
        return self._found[number] if number < len(self._found) else None

    def _asked_loop(self, line: str) -> Sequence[str]:
        """Ask in the loop's thread, which alone may look at the accounts."""

        async def ask() -> Sequence[str]:
            return self._suggest(line)

        try:
            return asyncio.run_coroutine_threadsafe(ask(), self._loop).result(SUGGEST_LIMIT_S)
        except (TimeoutError, RuntimeError):
            return ()

    def _begin(self) -> None:
        self._prompt = self._asked

    def _run(self) -> None:
        while True:
            question = self._questions.get()
            line = self._ask(question)
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                self._loop.call_soon_threadsafe(_give, question.answer, line)

    def _ask(self, question: _Question) -> str | None:
        try:
            prompt = encodable(
                question.prompt, sys.stdout
            )  # what cannot be encoded would look like the end of the input
            if question.is_secret:
                return getpass.getpass(prompt)
            self._asked = prompt
            return self._remembered(question, input(prompt))
        except (EOFError, OSError, ValueError):
            return None
        finally:
            self._prompt = None

    def _remembered(self, question: _Question, line: str) -> str:
        """Return a line, and have the arrow up bring it back where it was no answer."""
        count = self._readline.get_current_history_length()
        if question.is_recalled and line.strip() and not (count and self._readline.get_history_item(count) == line):
            self._readline.add_history(line)
        return line


def _give(answer: "asyncio.Future[str | None]", line: str | None) -> None:
    if not answer.done():
        answer.set_result(line)


def _as_drawn(typed: str) -> str:
    """Return a line as readline shows it, which a paste may have given anything: control signs as ^A, ends of lines as they are."""
    return "".join(f"^{chr(ord(sign) ^ 0x40)}" if sign in _CONTROL else sign for sign in typed.expandtabs())


def completions(line: str, begin: int, lines: Sequence[str]) -> list[str]:
    """Return what may take the place of a line's last word, which begins at `begin`, that the line becomes one of `lines`.

    Of several only those that begin with the word: readline shortens the word to what all begin with.
    """
    words = [each[begin:] for each in lines if each[:begin] == line[:begin]]
    begun = line[begin:].casefold()
    return words if len(words) == 1 else [each for each in words if each.casefold().startswith(begun)]


def _terminal_modes() -> list[Any] | None:
    try:
        import termios

        return termios.tcgetattr(sys.stdin.fileno())
    except (ImportError, OSError):
        return None


@contextlib.contextmanager
def _without_echo(descriptor: int) -> Iterator[None]:
    """Have a terminal not show what is typed."""
    import termios

    before = termios.tcgetattr(descriptor)
    quiet = list(before)
    quiet[3] &= ~termios.ECHO
    termios.tcsetattr(descriptor, termios.TCSADRAIN, quiet)
    try:
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
