"""The end of the screen leaves the user's terminal alone."""

import subprocess
import sys

ENDS = """
from tuichat.tui.app import run_app

async def work():
    pass

class App:
    return_code = 0

    def run(self):
        self.left = work()
        return 3

code = run_app(App())
print(code)
"""


def test_work_that_was_not_begun_is_not_told_to_the_shell() -> None:
    done = subprocess.run([sys.executable, "-P", "-c", ENDS], capture_output=True, text=True, check=True, timeout=60)
    assert (done.stdout, done.stderr) == ("3\n", "")
