"""A call whose ears are behind a real ssh and an emulated line: a short run of what tests/benchmarks/voice_over_ssh.py measures."""

import asyncio
from collections.abc import Iterator

import pytest

from tests.benchmarks.voice_over_ssh import (
    GOAL_ADDED_MS,
    GOAL_SILENCE_KBIT_S,
    GOAL_SPEECH_KBIT_S,
    Line,
    Row,
    hold,
)
from tests.link.namespace import needs_links
from tests.link.stream import Site, ssh_over_link
from tests.ssh.host import needs_sshd
from tests.voice.libraries import needs_opus
from tests.voice.pulse import needs_speech
from tuichat.voice.call_protocol import MediaPath

pytestmark = [
    *needs_opus,
    needs_speech,
    *needs_links,
    *needs_sshd,
    pytest.mark.slow,
    pytest.mark.alone,
    pytest.mark.timeout(180),
]

SECONDS = 6.0
LONG = Line(100)
SLACK_MS = 20  # the goal is for an idle machine; this one may have neighbours
SLACK_KBIT_S = 5
BACK_S = 1.5  # a second is the goal, of an idle machine


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with ssh_over_link() as running:
        yield running


@pytest.fixture(scope="module")
def without_ssh_ms() -> float:

    rows, _ = asyncio.run(hold("here", (), None, SECONDS))
    return rows[0].worse[0]


async def one_row(way: str, site: Site) -> Row:
    rows, _ = await hold(way, (LONG,), site, SECONDS)
    return rows[0]


@pytest.mark.parametrize(("way", "path"), [("direct", MediaPath.UDP), ("ssh", MediaPath.RELAYED)])
async def test_a_voice_over_a_long_line_adds_no_more_than_that(
    site: Site, without_ssh_ms: float, way: str, path: MediaPath
) -> None:
    row = await one_row(way, site)
    assert row.path is path
    assert row.worse[0] - without_ssh_ms <= LONG.rtt_ms / 2 + GOAL_ADDED_MS + SLACK_MS
    assert row.concealed < 0.05
    if way == "ssh":
        assert max(row.speech_kbit_s) <= GOAL_SPEECH_KBIT_S + SLACK_KBIT_S
    assert max(row.silence_kbit_s) <= GOAL_SILENCE_KBIT_S + SLACK_KBIT_S


@pytest.mark.parametrize("way", ["direct", "ssh"])
async def test_a_voice_is_back_soon_after_a_stall(site: Site, way: str) -> None:
    _, ((_, back_s),) = await hold(way, (Line(50),), site, SECONDS, stalls=(False,))
    assert max(back_s.values()) <= BACK_S, back_s
