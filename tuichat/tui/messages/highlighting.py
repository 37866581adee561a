"""The parts of source code that stand out: Pygments' tokens as names of our styles.

Pygments is imported in a thread when the first code block wants it; until then, and in languages that are not known here, code
is plain. What is read comes from strangers: only well-worn languages are taken, so much text, and for so long.
"""

import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pygments.lexer import Lexer
    from pygments.token import _TokenType

logger = logging.getLogger(__name__)

MAX_CHARACTERS = 4_000  # of a block; what follows is plain
BUDGET_S = 0.02  # of the processor for one block: a frame must not wait longer, and a busy machine leaves nothing plain
# Names that people write after the fence, by the lexer that reads them.
LANGUAGES = {
    name: lexer
    for lexer, names in {
        "bash": "bash sh shell zsh",
        "c": "c h",
        "cpp": "cpp c++ cc cxx hpp",
        "csharp": "csharp cs c#",
        "css": "css",
        "diff": "diff patch",
        "docker": "docker dockerfile",
        "elixir": "elixir ex exs",
        "go": "go golang",
        "haskell": "haskell hs",
        "html": "html",
        "ini": "ini cfg conf",
        "java": "java",
        "javascript": "javascript js jsx mjs",
        "json": "json",
        "kotlin": "kotlin kt",
        "lua": "lua",
        "make": "make makefile",
        "nix": "nix",
        "php": "php",
        "python": "python py python3",
        "pycon": "pycon",
        "ruby": "ruby rb",
        "rust": "rust rs",
        "sql": "sql",
        "swift": "swift",
        "toml": "toml",
        "typescript": "typescript ts tsx",
        "xml": "xml svg",
        "yaml": "yaml yml",
        "zig": "zig",
    }.items()
    for name in names.split()
}
# Our style for a kind of token and all kinds below it; the first that fits.
_STYLES = (
    (("Comment",), "code-comment"),
    (("Keyword", "Constant"), "code-number"),
    (("Keyword",), "code-keyword"),
    (("Operator", "Word"), "code-keyword"),
    (("Name", "Function"), "code-name"),
    (("Name", "Class"), "code-name"),
    (("Name", "Tag"), "code-keyword"),
    (("Name", "Attribute"), "code-name"),
    (("Name", "Decorator"), "code-builtin"),
    (("Name", "Builtin"), "code-builtin"),
    (("Name", "Exception"), "code-builtin"),
    (("Literal", "String"), "code-string"),
    (("Literal", "Number"), "code-number"),
    (("Generic", "Inserted"), "code-inserted"),
    (("Generic", "Deleted"), "code-deleted"),
    (("Generic", "Heading"), "code-name"),
    (("Generic", "Subheading"), "code-keyword"),
)
PLAIN = "code"

Run = tuple[str, str]  # text, and the name of its style


class Highlighter:
    """Languages are loaded one by one. `on_wanted` is called, once for each, with one that is not loaded yet."""

    def __init__(self) -> None:
        self.on_wanted: Callable[[str], None] = lambda lexer: None
        self._lexers: dict[str, Lexer | None] = {}
        self._wanted: set[str] = set()

    def lines(self, language: str, lines: tuple[str, ...]) -> list[list[Run]]:
        """Return the lines as runs of one style each."""
        plain: list[list[Run]] = [[(line, PLAIN)] for line in lines]
        name = LANGUAGES.get(language.casefold())
        if name is None:
            return plain
        if name not in self._lexers:
            if name not in self._wanted:
                self._wanted.add(name)
                self.on_wanted(name)
            return plain
        lexer = self._lexers[name]
        return plain if lexer is None else _runs(lexer, lines)

    def load(self, name: str) -> None:
        """Import what reads a language; takes tens of milliseconds, so call it in a thread."""
        try:
            from pygments.lexers import get_lexer_by_name

            self._lexers[name] = get_lexer_by_name(name, stripnl=False, ensurenl=False)
        except Exception as error:  # a lexer's import may raise anything; code is shown without colours then
            logger.warning("no colours for %s: %s", name, type(error).__name__)
            self._lexers[name] = None


HIGHLIGHTER = Highlighter()


def _runs(lexer: "Lexer", lines: tuple[str, ...]) -> list[list[Run]]:
    text = "\n".join(lines)
    found: list[list[Run]] = [[]]
    deadline = time.thread_time() + BUDGET_S
    read = 0
    for kind, value in lexer.get_tokens(text[:MAX_CHARACTERS]):
        style = _style(kind)
        read += len(value)
        first, *others = value.split("\n")
        if first:
            found[-1].append((first, style))
        for other in others:
            found.append([(other, style)] if other else [])
        if time.thread_time() > deadline:
            break
    rest = text[read:].split("\n")
    if rest[0]:
        found[-1].append((rest[0], PLAIN))
    found += [[(line, PLAIN)] for line in rest[1:]]
    return found[: len(lines)]


def _style(kind: "_TokenType") -> str:
    parts = tuple(kind)
    return next((style for path, style in _STYLES if parts[: len(path)] == path), PLAIN)
