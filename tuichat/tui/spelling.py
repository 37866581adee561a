"""Asks a spelling program, where one is installed, which words it does not know: hunspell, aspell or enchant, in ispell's way."""

import asyncio
import contextlib
import logging
import os
import re
import shutil
from collections.abc import Mapping, Sequence

from tuichat.config.kept_file import KeptFile
from tuichat.config.paths import Profile
from tuichat.config.private_files import PrivateFileError
from tuichat.translation import _

logger = logging.getLogger(__name__)

MAX_WORDS = 400  # looked at in one text (taste)
MAX_KNOWN = 20_000  # answers that are remembered
MAX_SUGGESTIONS = 6
MAX_LINE_BYTES = 64 * 1024
ANSWER_LIMIT_S = 5.0  # a program that is silent for longer is given up
_PROGRAMS: Mapping[str, tuple[str, ...]] = {
    "hunspell": ("-a", "-i", "utf-8"),
    "aspell": ("-a", "--encoding=utf-8"),
    "enchant-2": ("-a",),
}
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:_[A-Za-z]{2,4})?")
# No words: code, addresses, mentions, channels, emojis, and what has a sign of a program in it.
_LEFT_OUT = re.compile(r"```.*?(?:```|$)|`[^`\n]*`|<[^<>\s]*>|\S*(?:://|[@#_/\\=])\S*|:[\w+-]+:", re.S)
_WORD = re.compile(r"(?<!\w)[^\W\d_]{2,40}(?:['’][^\W\d_]{1,20})?(?!\w)")


def words_of(text: str) -> list[tuple[int, str]]:
    """Return the words that spelling is about, each with its place in the text."""
    plain = _LEFT_OUT.sub(lambda part: " " * len(part[0]), text)
    found = [(match.start(), match[0]) for match in _WORD.finditer(plain)]
    # NASA and camelCase are names.
    return [(place, word) for place, word in found if word[1:].islower()][:MAX_WORDS]


def command(language: str, program: str, environment: Mapping[str, str] = os.environ) -> list[str] | None:
    """Return how to start the program, None where there is none. Empty texts take the first found, and the locale's language."""
    names = [program] if program else list(_PROGRAMS)
    name = next((each for each in names if shutil.which(each)), None)
    if name is None:
        return None
    locale = environment.get("LC_ALL") or environment.get("LC_MESSAGES") or environment.get("LANG") or ""
    wanted = _LANGUAGE.match(language or locale)
    options = _PROGRAMS.get(os.path.basename(name), ("-a",))
    return [name, *options, *(("-d", wanted[0]) if wanted is not None else ())]


def read_answer(line: str) -> tuple[str, ...] | None:
    """Return what a line of the program suggests for its word, None where the word is right (ispell(1), option -a)."""
    if line.startswith("&"):
        return tuple(each.strip() for each in line.partition(":")[2].split(",") if each.strip())[:MAX_SUGGESTIONS]
    return () if line.startswith("#") else None


class Speller:
    """One program, started when it is asked first. `unknown` holds the words that it does not know, with what it suggests."""

    def __init__(self, words: Sequence[str]) -> None:
        self._command = list(words)
        self._process: asyncio.subprocess.Process | None = None
        self._lock = asyncio.Lock()
        self._right: set[str] = set()
        self.unknown: dict[str, tuple[str, ...]] = {}
        self.has_failed = False

    async def check(self, words: Sequence[str]) -> None:
        """Learn of words that are not known yet. A program that fails is not asked again."""
        async with self._lock:
            new = [word for word in dict.fromkeys(words) if word not in self._right and word not in self.unknown]
            if not new or self.has_failed:
                return
            if len(self._right) + len(self.unknown) > MAX_KNOWN:
                self._right.clear()
                self.unknown.clear()
            try:
                async with asyncio.timeout(ANSWER_LIMIT_S):
                    for word in new:
                        suggestions = await self._ask(word)
                        if suggestions is None:
                            self._right.add(word)
                        else:
                            self.unknown[word] = suggestions
            except (OSError, TimeoutError, ValueError) as error:
                logger.info("spelling is off: %s: %s", self._command[0], error or "no answer")
                self.has_failed = True
                await self.close()

    async def _ask(self, word: str) -> tuple[str, ...] | None:
        process = self._process or await self._start()
        assert process.stdin is not None
        process.stdin.write(f"^{word}\n".encode())
        await process.stdin.drain()
        answer = None
        while line := await self._line(process):
            answer = answer if answer is not None else read_answer(line)
        return answer

    async def _start(self) -> asyncio.subprocess.Process:
        pipe, nothing = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
        process = self._process = await asyncio.create_subprocess_exec(
            *self._command, stdin=pipe, stdout=pipe, stderr=nothing, limit=MAX_LINE_BYTES
        )
        await self._line(process)  # its name and version
        return process

    async def _line(self, process: asyncio.subprocess.Process) -> str:
        assert process.stdout is not None
        line = await process.stdout.readline()
        if not line:
            raise OSError(_("it ended; has it a dictionary of this language?"))
        return line.decode("utf-8", "replace").strip()

    async def close(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            await process.wait()


class OwnWords:
    """The words that a person calls right, kept for the profile. Calls take a few milliseconds of disk."""

    def __init__(self, profile: Profile) -> None:
        self._file = KeptFile(profile.state_dir / "words.json", list[str])
        self.words: set[str] = set(self._file.read() or ())

    def add(self, word: str) -> None:
        self.words.add(word)
        try:
            with self._file.locked():
                self.words |= set(self._file.read() or ())
                self._file.write(sorted(self.words))
        except (PrivateFileError, OSError) as error:
            logger.warning("the word could not be kept: %s", error)
