"""Keeps the catalogues of translations: the sentences in the code (.pot), each language's file (.po), and its compiled form (.mo).

`make translations` takes new sentences over into every language's file, ready to be translated. A new language is a new
folder `tuichat/locale/LANGUAGE/LC_MESSAGES` with a copy of tuichat.pot as tuichat.po.
"""

import ast
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

from tuichat.config.catalogue import Entry, head_fields, plural_rule, read_po, usable

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "tuichat"
LOCALE = SOURCE / "locale"
TEMPLATE = LOCALE / "tuichat.pot"
HEAD = """Content-Type: text/plain; charset=UTF-8
Content-Transfer-Encoding: 8bit
MIME-Version: 1.0
Plural-Forms: nplurals=2; plural=(n != 1);
X-Language-Name: 
"""  # noqa: W291  a translator writes it in


def po_files() -> list[Path]:
    return sorted(LOCALE.glob("*/LC_MESSAGES/tuichat.po"))


def sentences() -> dict[str, Entry]:
    """Return every sentence that the code marks. Raises SystemExit for one that no catalogue could hold."""
    found: dict[str, Entry] = {}
    for path in sorted(SOURCE.rglob("*.py")):
        text = path.read_text()
        if "tuichat.translation import" in text or "tuichat.commands.command import" in text:
            for one, many in _marked(ast.parse(text), path):
                known = found.setdefault(one, Entry(one, many))
                known.many = known.many or many
    return dict(sorted(found.items()))


def _marked(tree: ast.Module, path: Path) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.AsyncFunctionDef) and _is_command(node):
            for text in _command_help(node):
                yield text, ""
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        if node.func.id in ("_", "N_") and len(node.args) == 1:
            for text in _texts(node.args[0], path):
                yield text, ""
        elif node.func.id == "ngettext" and len(node.args) == 3:
            pair = [text for argument in node.args[:2] for text in _texts(argument, path)]
            if len(pair) == 2:
                yield pair[0], pair[1]


def _is_command(function: ast.AsyncFunctionDef) -> bool:
    """Whether it is decorated as one, or a method that a program of its own registers: its first argument is the context."""
    first = [ast.unparse(each) for each in function.args.args[:2]]
    is_decorated = any(ast.unparse(each) == "command" for each in function.decorator_list)
    return is_decorated or first == ["self", "context: CommandContext"]


def _command_help(function: ast.AsyncFunctionDef) -> Iterator[str]:
    """Yield what `/help` says of a command: its docstring, and what each of its arguments is annotated with."""
    yield ast.get_docstring(function) or function.name
    for argument in [*function.args.args[1:], *function.args.kwonlyargs]:
        if isinstance(argument.annotation, ast.Subscript) and isinstance(argument.annotation.slice, ast.Tuple):
            yield from _texts(argument.annotation.slice.elts[-1], SOURCE)


def _texts(node: ast.expr, path: Path) -> Iterator[str]:
    match node:
        case ast.Constant(value=str(text)) if text:
            yield text
        case ast.IfExp(body=body, orelse=orelse):
            yield from _texts(body, path)
            yield from _texts(orelse, path)
        case ast.JoinedStr():
            raise SystemExit(
                f"{path.relative_to(ROOT)}:{node.lineno}: a template with .format is needed, not an f-string"
            )


def po_text(entries: list[Entry]) -> str:
    """Return a translator's file: one line a string, so that changes of different sentences never meet."""
    blocks = []
    for entry in entries:
        lines = ["#, fuzzy"] if entry.is_fuzzy else []
        lines.append(f"msgid {_quoted(entry.one)}")
        if entry.many:
            lines.append(f"msgid_plural {_quoted(entry.many)}")
            forms = entry.translations or ["", ""]
            lines += [f"msgstr[{number}] {_quoted(text)}" for number, text in enumerate(forms)]
        elif not entry.one:
            lines.append('msgstr ""')
            lines += [_quoted(line) for line in entry.translations[0].splitlines(keepends=True)]
        else:
            lines.append(f"msgstr {_quoted(entry.translations[0] if entry.translations else '')}")
        blocks.append("\n".join(lines) + "\n")
    return "\n".join(blocks)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


def template_text() -> str:
    note = "# The sentences of tuichat, made from the code by `make example`. docs/catalogues.py says how to translate them.\n"
    return note + po_text([Entry("", translations=[HEAD]), *sentences().values()])


def merged(old: list[Entry]) -> list[Entry]:
    """Return a language's file with the sentences that the code has now; translations of others are dropped."""
    known = {entry.one: entry for entry in old}
    forms = plural_rule(head_fields(old))[0]
    result = [known.get("", Entry("", translations=[HEAD]))]
    for sentence in sentences().values():
        entry = known.get(sentence.one, sentence)
        if bool(entry.many) != bool(sentence.many):
            entry = sentence
        entry.many = sentence.many
        if sentence.many and not entry.translations:
            entry.translations = [""] * forms
        result.append(entry)
    return result


def mo_bytes(entries: list[Entry]) -> bytes:
    """Return the compiled form of what can be used: GNU gettext manual, "The Format of GNU MO Files", without a hash table."""
    head = next(entry.translations[0] for entry in entries if not entry.one)
    forms = plural_rule(head_fields(entries))[0]
    pairs = [(b"", head.encode())]
    for entry, wrong in usable(entries, forms):
        if not wrong:
            sentence = f"{entry.one}\0{entry.many}" if entry.many else entry.one
            pairs.append((sentence.encode(), "\0".join(entry.translations).encode()))
    pairs.sort()
    count, start = len(pairs), 28 + 16 * len(pairs)
    tables, texts = b"", b""
    for column in (0, 1):
        for pair in pairs:
            tables += struct.pack("<II", len(pair[column]), start + len(texts))
            texts += pair[column] + b"\0"
    return struct.pack("<7I", 0x950412DE, 0, count, 28, 28 + 8 * count, 0, 28 + 16 * count) + tables + texts


def generated() -> dict[Path, bytes]:
    """Return what each generated file must hold; a language's .po is its translators'."""
    files = {TEMPLATE: template_text().encode()}
    for path in po_files():
        files[path.with_suffix(".mo")] = mo_bytes(_read(path))
    return files


def _read(path: Path) -> list[Entry]:
    try:
        return read_po(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise SystemExit(f"{path.relative_to(ROOT)}: {error}") from error


def main() -> int:
    """Take new sentences over into each language's file, compile it, and tell what is still to be done."""
    for path in po_files():
        entries = merged(_read(path))
        path.write_text(po_text(entries), encoding="utf-8")
        missing = [entry.one for entry in entries if not entry.is_translated]
        bad = [(entry.one, wrong) for entry, wrong in usable(entries, plural_rule(head_fields(entries))[0]) if wrong]
        sys.stderr.write(f"{path.relative_to(ROOT)}: {len(entries) - 1} sentences, {len(missing)} not translated\n")
        for sentence, wrong in bad:
            sys.stderr.write(f"  {sentence!r} {wrong}\n")
    for path, data in generated().items():
        path.write_bytes(data)
    return 0


if __name__ == "__main__":
    sys.exit(main())
