"""A connection through a real sshd, as another user's process: the socket that sshd made is believed, and swept after its end."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.client.waiting import until
from tests.ssh.host import needs_sshd, read_line, ssh_host
from tests.ssh.laptop import NAME
from tests.ssh.laptop import laptop as logged_in
from tests.voice.laptop.fake_laptop import FakeLaptop
from tuichat.voice.audio_protocol import SetMeter

pytestmark = [*needs_sshd, pytest.mark.slow, pytest.mark.timeout(90)]

ON_HOST = """
import asyncio, sys
from tuichat.voice.audio_protocol import SetMeter
from tuichat.voice.laptop.finder import SessionFinder
from tuichat.voice.laptop.places import Places
from tuichat.voice.place_protocol import PlacesChanged

class Nothing:
    def receive(self, request): pass
    def close(self): pass

def report(told):
    if isinstance(told, PlacesChanged):
        print(told.state.value, "here" if told.key == "here" else "laptop", len(told.places), flush=True)

async def main():
    places = Places(Nothing(), report, on_moved=lambda: None, finder=SessionFinder(), look_s=0.1)
    places.receive(SetMeter(is_on=True))
    await asyncio.to_thread(sys.stdin.read)
    places.close()
    await places.closed()

asyncio.run(main())
"""


async def test_a_laptop_is_believed_through_sshd_and_swept_after_its_end() -> None:
    with ssh_host("bash") as host, logged_in(host.accounts[0]) as laptop:
        account = host.accounts[0]
        fake = FakeLaptop(Path(laptop.folder) / "bridge")
        await fake.start()
        folder = account.home / ".cache" / "tuichat"
        account.write(f".cache/tuichat/{fake.file.name}", fake.file.read_text())
        forward = f"{folder}/{fake.socket.name}:{fake.socket}"
        login = laptop.start("ssh", "-R", forward, NAME, "echo ready; cat")
        assert await asyncio.to_thread(read_line, login.stdout) == "ready", laptop.errors
        environment = {"PYTHONPATH": os.getcwd(), "PYTHONDONTWRITEBYTECODE": "1"}
        program = await asyncio.create_subprocess_exec(
            *account.command(sys.executable, "-c", ON_HOST, environment=environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert program.stdin is not None
        assert program.stdout is not None
        told: list[str] = []

        async def until_told(line: str) -> None:
            assert program.stdout is not None
            while line not in told:
                told.append((await asyncio.wait_for(program.stdout.readline(), 20)).decode().strip())
                assert told[-1], told

        await until_told("ready laptop 1")
        await until(lambda: fake.asked_of(SetMeter))
        left = account.folder / ".cache" / "tuichat"
        assert sorted(path.name for path in left.iterdir()) == [fake.file.name, fake.socket.name]
        login.kill()
        login.wait()
        await until_told("ready here 0")
        assert not list(left.iterdir()), "what the login left behind is swept"
        program.stdin.close()
        assert await program.wait() == 0
        await fake.stop()
