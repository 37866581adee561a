"""Writes what is generated from the code: config.example.toml, the settings in the manual, docs/routes.md, and catalogues."""

import sys
from pathlib import Path

from docs import catalogues, route_table
from tuichat.config.example import example_text, manual_settings

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "config.example.toml"
ROUTES = ROOT / "docs" / "routes.md"
MANUAL = ROOT / "man" / "tuichat.1"
BEGIN = '.\\" settings: begin (written by `make example`)\n'
END = '.\\" settings: end\n'


def generated() -> dict[Path, bytes]:
    """Return what each generated file must hold."""
    manual = MANUAL.read_text()
    head, begin, rest = manual.partition(BEGIN)
    _old, end, tail = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"{MANUAL} has lost the lines between which its settings are written")
    return {
        EXAMPLE: example_text().encode(),
        MANUAL: (head + begin + manual_settings() + end + tail).encode(),
        ROUTES: route_table.text().encode(),
        **catalogues.generated(),
    }


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
