"""In a real terminal every column stays where it belongs, however people write and call themselves."""

import json
import sys
from pathlib import Path

import pytest

from tests.system.fresh_home import FreshHome
from tests.system.terminal import Terminals
from tests.tui.signs import SIGNS

pytestmark = [pytest.mark.system, pytest.mark.timeout(120)]

ROOT = Path(__file__).parents[2]
MEASURE = """
import json, pathlib, sys
from tuichat.tui.terminal_queries import ask
file = pathlib.Path(sys.argv[1])
columns = [ask(0, 1, (text,), timeout_s=5).columns[0] for text in json.loads(file.read_text())]
file.with_suffix(".done").write_text(json.dumps(columns))
input()
"""


def columns_of(terminals: Terminals, folder: Path, texts: list[str]) -> list[int]:
    """Return how many cells tmux draws texts in: it is asked, since Python has no way to know."""
    asked = folder / "texts.json"
    asked.write_text(json.dumps(texts))
    meter = terminals.open("meter", [sys.executable, "-c", MEASURE, str(asked)], columns=300)
    meter.wait_until(lambda _: asked.with_suffix(".done").exists(), "how wide it is")
    return [int(column) for column in json.loads(asked.with_suffix(".done").read_text())]


@pytest.mark.parametrize(("columns", "rows"), [(120, 50), (80, 50)])
def test_every_border_stays_in_its_column(columns: int, rows: int) -> None:
    with FreshHome() as home, Terminals(home.folder, home.environment | {"PYTHONPATH": str(ROOT)}) as terminals:
        opened = terminals.open(
            "signs", [sys.executable, "-m", "tests.tui.pty_app", "signs"], columns=columns, rows=rows
        )
        # A flag is drawn as it is counted and a skin tone is not: the screen shows what was measured.
        opened.wait_for("\U0001f1eb\U0001f1f7| ", ":thumbsup_tone3: and more", "Message #")
        opened.type("".join(SIGNS) + " written")
        screen = opened.wait_for(" written")
        lines = screen.splitlines()
        for sign in SIGNS:
            assert sum(line.count("|") for line in lines) >= 3 * len(SIGNS), f"something hides what holds {sign}"
        prefixes: dict[str, list[str]] = {"left": [], "right": [], "message": [], "member": []}
        for line in lines:
            if line.rstrip().endswith(("│", "╮", "╯")) and any(edge in line for edge in "╭╰│"):
                start = min(line.index(edge) for edge in "╭╰│" if edge in line)
                prefixes["left"].append(line[:start])
                prefixes["right"].append(line.rstrip()[:-1])
            if "▎" in line:
                prefixes["message"].append(line[: line.index("▎")])
            prefixes["member"] += [
                line[: line.rindex(mark)] for mark in "◐⊖○●" if mark in line and "online" not in line
            ]
        if columns < 120:
            del prefixes["member"]  # they are not in sight
        for what, texts in prefixes.items():
            assert len(texts) >= 3, f"{what}:\n{screen}"
        found = columns_of(terminals, home.folder, [text for texts in prefixes.values() for text in texts])
        for what, texts in prefixes.items():
            measured, found = found[: len(texts)], found[len(texts) :]
            assert len(set(measured)) == 1, f"{what} at {measured}:\n{screen}"
        assert (home.folder / "state" / "tuichat" / "widths.json").exists()
