"""A language's sentences, as gettext's files hold them: compiled (.mo), or as a translator writes them (.po).

Anybody may write such a file, so nothing in it is trusted: a translation whose placeholders are not those of its sentence
would fail where it is shown, so it is left out, and its sentence stays English.
"""

import ast
import re
import string
import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from gettext import c2py

from tuichat.translation import Catalogue

MAX_BYTES = 4 << 20
MAX_FORMS = 6  # no language has more plural forms
NAME_FIELD = "x-language-name"  # the language's name in itself, for the menu
_MAGIC = 0x950412DE  # GNU gettext manual, "The Format of GNU MO Files"
_KEYWORD = re.compile(r'(msgctxt|msgid|msgid_plural|msgstr|msgstr\[(\d)\])\s*(".*")')
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")
_PLURAL = re.compile(r"nplurals\s*=\s*(\d+)\s*;\s*plural\s*=\s*([^;]+)")


@dataclass
class Entry:
    """A sentence, its plural (empty where it has none), and the translations of each, all empty where there are none."""

    one: str
    many: str = ""
    translations: list[str] = field(default_factory=list)
    is_fuzzy: bool = False  # a translator has yet to look at it
    has_context: bool = False  # of another program's habit; we have none

    @property
    def is_translated(self) -> bool:
        return bool(self.translations) and all(self.translations) and not self.is_fuzzy


class Translations(Catalogue):
    """The sentences of a language; what is not in it is asked of `below`."""

    def __init__(
        self,
        sentences: Mapping[str, tuple[str, ...]],
        plural_form: Callable[[int], int],
        below: Catalogue | None = None,
    ) -> None:
        self._sentences = sentences
        self._plural_form = plural_form
        self._below = below or Catalogue()

    def gettext(self, sentence: str) -> str:
        found = self._sentences.get(sentence)
        return found[0] if found is not None else self._below.gettext(sentence)

    def ngettext(self, one: str, many: str, count: int) -> str:
        found = self._sentences.get(one)
        if found is None:
            return self._below.ngettext(one, many, count)
        try:
            form = self._plural_form(count)
        except ArithmeticError:  # a rule may divide by anything
            form = len(found) - 1
        return found[min(max(form, 0), len(found) - 1)]


def read_po(text: str) -> list[Entry]:
    """Return what a translator's file holds, its head first. Raises ValueError with the line that cannot be read."""
    entries: list[Entry] = []
    entry: Entry | None = None
    is_fuzzy = has_context = False
    add: Callable[[str], None] | None = None
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            is_fuzzy = is_fuzzy or (line.startswith("#,") and "fuzzy" in line)
            continue
        if line.startswith('"') and add is not None:
            add(_unquoted(line, number))
            continue
        match = _KEYWORD.fullmatch(line)
        if match is None:
            raise ValueError(f"line {number} is not of a .po file")
        value = _unquoted(match[3], number)
        if match[1] == "msgctxt":
            has_context, add = True, _nothing
            continue
        if match[1] == "msgid":
            entry = Entry(value, is_fuzzy=is_fuzzy, has_context=has_context)
            entries.append(entry)
            is_fuzzy = has_context = False
            add = _adder(entry, "one")
            continue
        if entry is None:
            raise ValueError(f"line {number} has no msgid before it")
        if match[1] == "msgid_plural":
            entry.many = value
            add = _adder(entry, "many")
        else:
            if int(match[2] or 0) != len(entry.translations) or len(entry.translations) >= MAX_FORMS:
                raise ValueError(f"line {number} is a form out of its order")
            entry.translations.append(value)
            add = _adder(entry, "")
    return entries


def _nothing(_more: str) -> None:
    """Leave out what goes on from a context."""


def _adder(entry: Entry, name: str) -> Callable[[str], None]:
    """Return what puts a string's next line behind what is there already."""

    def add(more: str) -> None:
        if name:
            setattr(entry, name, getattr(entry, name) + more)
        else:
            entry.translations[-1] += more

    return add


def _unquoted(literal: str, number: int) -> str:
    try:
        value = ast.literal_eval(literal)  # C's escapes are Python's too
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        raise ValueError(f"line {number} is no string") from error
    if not isinstance(value, str):
        raise ValueError(f"line {number} is no string")
    return value


def read_mo(data: bytes) -> list[Entry]:
    """Return what a compiled file holds. Raises ValueError for bytes that are none."""
    try:
        order = "<" if struct.unpack_from("<I", data)[0] == _MAGIC else ">"
        magic, version, count, sentences, translations = struct.unpack_from(f"{order}5I", data)
        if magic != _MAGIC or version >> 16 > 1 or count > len(data) // 16:
            raise ValueError("not a compiled catalogue")
        return [_compiled(data, order, sentences + 8 * i, translations + 8 * i) for i in range(count)]
    except struct.error as error:
        raise ValueError("the file ends too early") from error


def _compiled(data: bytes, order: str, sentence_at: int, translation_at: int) -> Entry:
    texts = []
    for place in (sentence_at, translation_at):
        length, start = struct.unpack_from(f"{order}II", data, place)
        if start + length > len(data):
            raise ValueError("the file ends too early")
        texts.append(data[start : start + length].decode("utf-8").split("\0"))
    sentence, *many = texts[0]
    return Entry(sentence, many[0] if many else "", texts[1][:MAX_FORMS], has_context="\x04" in sentence)


def head_fields(entries: list[Entry]) -> dict[str, str]:
    """Return the fields of a catalogue's head, by their names in small letters."""
    head = next((entry.translations[0] for entry in entries if not entry.one and entry.translations), "")
    fields = (line.partition(":") for line in head.splitlines())
    return {name.strip().lower(): value.strip() for name, _colon, value in fields}


def plural_rule(head: Mapping[str, str]) -> tuple[int, Callable[[int], int]]:
    """Return how many forms there are, and which one a count has. Raises ValueError for a rule that is none."""
    match = _PLURAL.match(head.get("plural-forms", "") or "nplurals=2; plural=(n != 1)")
    if match is None or not 0 < int(match[1]) <= MAX_FORMS:
        raise ValueError("the head's Plural-Forms is no rule")
    return int(match[1]), c2py(match[2])


def placeholders(text: str) -> frozenset[str] | None:
    """Return the placeholders of a template, each with all that stands in its braces; None for what is no template."""
    try:
        return frozenset(
            f"{name}!{conversion}:{form}"
            for _text, name, form, conversion in string.Formatter().parse(text)
            if name is not None
        )
    except ValueError:
        return None


def fault(entry: Entry, forms: int) -> str:
    """Return why a translation cannot be shown; empty when it can."""
    if any(_CONTROL.search(text) for text in entry.translations):
        return "has a control character"
    if len(entry.translations) != (forms if entry.many else 1):
        return f"has {len(entry.translations)} forms"
    if any(text.count("%") not in (entry.one.count("%"), entry.many.count("%")) for text in entry.translations):
        return "has other % than its sentence"  # what the help is made of goes through `%` too
    wanted = placeholders(entry.one)
    if wanted is None:  # shown as it is, whatever braces it has
        return ""
    needed = allowed = wanted
    if entry.many:
        in_many = placeholders(entry.many) or frozenset()
        needed, allowed = wanted & in_many, wanted | in_many
    for text in entry.translations:
        found = placeholders(text)
        if found is None or not needed <= found <= allowed:
            return "has other placeholders than its sentence"
    return ""


def usable(entries: list[Entry], forms: int) -> Iterator[tuple[Entry, str]]:
    """Yield what is translated, each with what is wrong with it."""
    for entry in entries:
        if entry.one and entry.is_translated and not entry.has_context:
            yield entry, fault(entry, forms)


def catalogue_of(entries: list[Entry], below: Catalogue | None = None) -> tuple[Translations, list[str]]:
    """Return a language, and a line on each translation that was left out. Raises ValueError for a head without a plural rule."""
    head = head_fields(entries)
    if head and "charset=" in head.get("content-type", "") and "utf-8" not in head["content-type"].lower():
        raise ValueError("it is not written in UTF-8")
    forms, plural_form = plural_rule(head)
    sentences: dict[str, tuple[str, ...]] = {}
    faults = []
    for entry, wrong in usable(entries, forms):
        if wrong:
            faults.append(f"the translation of {entry.one[:80]!r} {wrong}")
        else:
            sentences[entry.one] = tuple(entry.translations)
    return Translations(sentences, plural_form, below), faults
