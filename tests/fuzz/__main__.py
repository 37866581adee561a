"""Fuzzes everything that reads voice's bytes, and lines that are typed: `python -m tests.fuzz [--inputs N] [--seconds S] [TARGET...]`.

Coverage-guided, by atheris, a process for each target one after the other; the inputs are shared out evenly. A line a target
says how many inputs there were, how fast, and how much of the code's branches they reached. Exits 1 where one failed: the input
that did it is printed, and kept in the folder of the corpus.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.fuzz.targets import TARGETS

MAX_INPUT_BYTES = 1600  # over a datagram's
INPUT_LIMIT_S = 5  # one that takes longer is a failure
GRACE_S = 120  # over the time that a target is given
_DONE = re.compile(rb"Done (\d+) runs in (\d+) second")
_PROGRESS = re.compile(rb"^#(\d+)\s.*cov: (\d+) ft: (\d+)", re.MULTILINE)


def fuzz(name: str, *, inputs: int, seconds: int, corpus: Path) -> int | None:
    """Fuzz one target, print its line, and return how many inputs it took; None where one failed."""
    folder = corpus / name.replace(" ", "-")
    folder.mkdir(parents=True, exist_ok=True)
    for number, sample in enumerate(TARGETS[name].samples):
        (folder / f"sample-{number}").write_bytes(sample)
    flags = [
        *(f"-runs={inputs}", f"-max_total_time={seconds}", f"-max_len={MAX_INPUT_BYTES}", f"-timeout={INPUT_LIMIT_S}"),
        *(f"-artifact_prefix={folder}/failed-", "-print_final_stats=1", str(folder)),
    ]
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.one", name, *flags],
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        timeout=seconds + GRACE_S,
    )
    said = done.stdout + done.stderr
    found = _DONE.search(said)
    if done.returncode != 0 or found is None:
        sys.stdout.write(f"{name}: FAILED (exit code {done.returncode})\n")
        sys.stdout.write(said[-6000:].decode(errors="replace") + "\n")
        return None
    count, took_s = int(found[1]), max(1, int(found[2]))
    reached = _PROGRESS.findall(said)
    coverage = f"{int(reached[-1][1])} branches" if reached else "?"
    sys.stdout.write(f"{name:16} {count:>10} inputs in {took_s:>5} s, {count // took_s:>7}/s, {coverage}\n")
    sys.stdout.flush()
    return count


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*", choices=[*TARGETS, []], metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--inputs", type=int, default=10_000_000, help="of all targets together (default 10000000)")
    parser.add_argument("--seconds", type=int, default=3600, help="at most, of all targets together (default 3600)")
    parser.add_argument("--corpus", type=Path, help="a folder that keeps what was found interesting, for the next run")
    arguments = parser.parse_args()
    names = arguments.targets or list(TARGETS)
    with tempfile.TemporaryDirectory(prefix="tuichat-fuzz-") as folder:
        corpus = arguments.corpus or Path(folder)
        share = {"inputs": -(-arguments.inputs // len(names)), "seconds": max(1, arguments.seconds // len(names))}
        counts = [fuzz(name, corpus=corpus, **share) for name in names]
    sys.stdout.write(f"{'together':16} {sum(count or 0 for count in counts):>10} inputs\n")
    return 1 if None in counts else 0


if __name__ == "__main__":
    sys.exit(main())
