"""A laptop's PulseAudio through the real `ssh -R`, over a line with a round trip of 100 ms: what the doctor on the host says."""

import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.link.namespace import needs_links
from tests.link.stream import Site, ssh_over_link
from tests.ssh.host import ROOT, needs_sshd
from tests.voice.pulse import PulseServer, needs_pulse, pulse_server

pytestmark = [*needs_links, *needs_sshd, *needs_pulse, pytest.mark.slow, pytest.mark.alone]

RTT_MS = 100


@pytest.fixture
def sound() -> Iterator[PulseServer]:
    """The laptop's; the host's own home has nothing."""
    with tempfile.TemporaryDirectory(prefix="tuichat-pulse-") as folder, pulse_server(Path(folder)) as server:
        server.add_sink("lap")
        yield server


def doctor(site: Site, sound: PulseServer, number: int) -> str:
    """Log in with the sound forwarded, to a new socket as ssh needs it, and return what the doctor says there."""
    (account,) = site.host.accounts
    there = account.home / f"sound-{number}"
    forwarding = f"{there}:{sound.address.removeprefix('unix:')}"
    command = f"cd / && PULSE_SERVER=unix:{there} PYTHONPATH={ROOT} {sys.executable} -P -m tuichat doctor audio"
    done = site.laptop.run("ssh", "-o", "ExitOnForwardFailure=yes", "-R", forwarding, "devbox", command, timeout_s=90)
    assert done.stdout, done.stderr
    return done.stdout


def test_the_doctor_names_the_two_settings_and_then_measures_the_way(sound: PulseServer) -> None:
    with ssh_over_link("bash") as site:
        site.link.set_state(rtt_ms=RTT_MS)
        (account,) = site.host.accounts
        text = doctor(site, sound, 1)
        told = re.search(r"write these two lines to ~/(\S+) on this machine: (\S+) and (\S+)$", text, re.MULTILINE)
        assert told is not None, text
        account.write(told[1], f"{told[2]}\n{told[3]}\n")
        text = doctor(site, sound, 2)
    assert "lap (lap, the system's default)" in text
    assert f"PULSE_SERVER names that sound server: unix:{account.home}/sound-2" in text
    measured = re.search(r"It is (\d+) ms away and back, so (\d+) ms are kept ready for the speaker there", text)
    assert measured is not None, text
    assert RTT_MS <= int(measured[1]) <= RTT_MS + 20
    assert RTT_MS + 40 <= int(measured[2]) <= RTT_MS + 120
    assert "digital silence" in text, "the test of the sound did not come to its end"
    delay = next(line for line in text.splitlines() if "from speaker to microphone" in line)
    assert int(delay.split()[0]) < 400
