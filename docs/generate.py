"""Writes what is generated from the code: config.example.toml, what manuals list, docs/routes.md, docs/commands.md, and catalogues."""

import sys
from pathlib import Path

from docs import catalogues, command_table, route_table
from tuichat.automation.exit_code import MEANINGS
from tuichat.config.example import example_text, manual_bindings, manual_settings

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "config.example.toml"
ROUTES = ROOT / "docs" / "routes.md"
COMMANDS = ROOT / "docs" / "commands.md"
MANUAL = ROOT / "man" / "tuichat.1"
BEGIN = '.\\" settings: begin (written by `make example`)\n'
END = '.\\" settings: end\n'
SCRIPT_MANUALS = (ROOT / "man" / "tuichat-run.1", ROOT / "man" / "tuichat-ctl.1")
BINDING_MANUAL = ROOT / "man" / "tuichat-on.5"
CODES_BEGIN = '.\\" exit codes: begin (written by `make example`)\n'
CODES_END = '.\\" exit codes: end\n'


def generated() -> dict[Path, bytes]:
    """Return what each generated file must hold."""
    codes = "".join(f".It {int(code)}\n{meaning}\n" for code, meaning in MEANINGS.items())
    return {
        EXAMPLE: example_text().encode(),
        MANUAL: _between(MANUAL, BEGIN, manual_settings(), END),
        **{manual: _between(manual, CODES_BEGIN, codes, CODES_END) for manual in SCRIPT_MANUALS},
        BINDING_MANUAL: _between(BINDING_MANUAL, BEGIN, manual_bindings(), END),
        ROUTES: route_table.text().encode(),
        COMMANDS: command_table.text().encode(),
        **catalogues.generated(),
    }


def _between(path: Path, begin: str, text: str, end: str) -> bytes:
    """Return a file with a text between two of its lines."""
    head, found_begin, rest = path.read_text().partition(begin)
    _old, found_end, tail = rest.partition(end)
    if not found_begin or not found_end:
        raise SystemExit(f"{path} has lost the lines between which something is written")
    return (head + begin + text + end + tail).encode()


def main(arguments: list[str]) -> int:
    is_check = arguments == ["--check"]
    stale = [path for path, text in generated().items() if not path.exists() or path.read_bytes() != text]
    if is_check:
        for path in stale:
            sys.stderr.write(f"{path.relative_to(ROOT)} is not what the code says; run: make example\n")
        return 1 if stale else 0
    texts = generated()
    for path in stale:
        path.write_bytes(texts[path])
        sys.stderr.write(f"wrote {path.relative_to(ROOT)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
