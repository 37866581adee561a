"""`tuichat webhook` and curl: GitHub's and Slack's bodies, posted as their senders do, as another account sees them."""

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from tests.system.script_site import ScriptSite, script_site

pytestmark = [
    pytest.mark.system,
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed: `make test-deps` installs it"),
]

BODIES = Path(__file__).parent.parent / "data" / "webhooks"
EXAMPLE = Path(__file__).parent.parent.parent / "docs" / "examples" / "ci_webhook.sh"


class Shown(msgspec.Struct):
    """What is looked at in a message."""

    class Author(msgspec.Struct):
        username: str
        id: str

    class Embed(msgspec.Struct):
        class Author(msgspec.Struct):
            name: str

        title: str = ""
        description: str = ""
        color: int | None = None
        fields: list[dict[str, str | bool]] = []
        author: Author | None = None

    class Attachment(msgspec.Struct):
        filename: str

    author: Author
    content: str
    embeds: list[Embed]
    attachments: list[Attachment] = []
    webhook_id: str = ""


@pytest.fixture
async def site() -> AsyncIterator[ScriptSite]:
    async with script_site("--no-rate-limits") as made:
        yield made


async def curl(*words: str) -> tuple[int, str]:
    """Return the status and the body of what curl got."""
    command = ["curl", "--silent", "--show-error", "--max-time", "30", "-w", "\n%{http_code}", *words]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=True)
    body, _, status = done.stdout.rpartition("\n")
    return int(status), body


async def newest(site: ScriptSite, count: int = 1) -> list[Shown]:
    """Return the last messages as the other account sees them, oldest first."""
    found = await site.bob.call("GET", f"/channels/{site.general.id}/messages?limit={count}", list[Shown])
    return found[::-1]


async def test_a_webhook_is_made_found_used_and_removed_by_name(site: ScriptSite) -> None:
    made = await site.tuichat("webhook", "create", "#general", "--name", "ci")
    assert (made.returncode, made.stderr) == (0, "")
    url = made.stdout.removesuffix("\n")
    assert url.startswith(f"{site.server.base_url}/api/webhooks/")
    assert await curl("-H", "Content-Type: application/json", "-d", '{"content": "built"}', url) == (204, "")
    log = site.home.folder / "build.log"
    log.write_text("all is well\n")
    assert await curl("-d", "content=a %26 b&username=by form", url) == (204, "")
    assert await curl("-F", "content=the log: ü", "-F", f"file=@{log}", url) == (204, "")
    assert [(each.author.username, each.content, each.attachments) for each in await newest(site, 2)] == [
        ("by form", "a & b", []),
        ("ci", "the log: ü", [Shown.Attachment("build.log")]),
    ]
    assert (await site.tuichat("webhook", "send", "ci", "by", "name")).returncode == 0
    assert (await site.tuichat("webhook", "send", "CI", given="by\npipe\n")).returncode == 0
    assert [(each.author.username, each.content) for each in await newest(site, 2)] == [
        ("ci", "by name"),
        ("ci", "by\npipe"),
    ]
    number = url.split("/")[-2]
    assert (await site.tuichat("webhook", "list")).stdout == f"{number}\tci\tdev/#general\n"
    for option, ending in ((), ""), (("--slack",), "/slack"), (("--github",), "/github"):
        assert (await site.tuichat("webhook", "url", number, *option)).stdout == f"{url}{ending}\n"
    again = await site.tuichat("webhook", "create", "dev/#general", "--name", "ci", "--slack")
    other = again.stdout.split("/")[-3]
    several = await site.tuichat("webhook", "url", "ci")
    assert (several.returncode, several.stdout) == (2, "")
    assert f"{number} (dev/#general), {other} (dev/#general)" in several.stderr
    for words, code, sentence in (
        (("url", "c"), 2, "There is no webhook c. There are: ci."),
        (("create", "@bob"), 2, "not into private messages"),
        (("send", number), 2, "standard input is empty"),
    ):
        refused = await site.tuichat("webhook", *words)
        assert (refused.returncode, refused.stdout) == (code, "")
        assert sentence in refused.stderr
    gone = await site.tuichat("webhook", "delete", number)
    assert (gone.returncode, gone.stdout) == (0, "")
    assert (await curl("-d", "x", url))[0] == 404
    assert (await site.tuichat("webhook", "url", "ci")).stdout.split("/")[-2] == other


async def test_github_s_events_are_told(site: ScriptSite) -> None:
    url = (await site.tuichat("webhook", "create", "#general", "--github")).stdout.strip()
    expected = {
        "ping": "[octo/hello] Webhook works, and is sent push, pull_request",
        "push": "[hello:main] 2 new commits",
        "pull_request": "[octo/hello] Pull request merged: #8 Open the gate",
        "issues": "[octo/hello] Issue opened: #7 It breaks",
        "issue_comment": "[octo/hello] New comment on issue #7: It breaks",
        "workflow_run": "[hello] CI #12 failure on main",
        "check_run": "[hello] lint success on main",
        "release": "[octo/hello] New release published: First",
        "star": "[octo/hello] New star added",
        "fork": "[octo/hello] Fork created: mona/hello",
    }
    assert {path.stem for path in (BODIES / "github").iterdir()} == set(expected)
    for place, (event, title) in enumerate(expected.items()):
        body = BODIES / "github" / f"{event}.json"
        headers = (
            "-H",
            f"X-GitHub-Event: {event}",
            "-H",
            "X-Hub-Signature-256: sha256=0",
            "-H",
            "User-Agent: GitHub-Hookshot/1",
        )
        if place % 2:  # a repository's webhook is set to one of the two content types
            sent = await curl(*headers, "--data-urlencode", f"payload@{body}", url)
        else:
            sent = await curl(*headers, "-H", "Content-Type: application/json", "--data-binary", f"@{body}", url)
        assert sent == (204, ""), event
        (message,) = await newest(site)
        (embed,) = message.embeds
        assert (message.author.username, embed.title, embed.author and embed.author.name) == ("GitHub", title, "mona")
    found = await newest(site, 20)
    (push,) = [each for each in found if each.embeds and "2 new commits" in each.embeds[0].title]
    assert push.embeds[0].description.splitlines()[1].endswith("Paint <it> & more - mona")


async def test_slack_s_messages_are_shown(site: ScriptSite) -> None:
    url = (await site.tuichat("webhook", "create", "#general", "--name", "ci", "--slack")).stdout.strip()
    for name in ("text", "attachments", "blocks"):
        body = BODIES / "slack" / f"{name}.json"
        by_form = ("--data-urlencode", f"payload@{body}")
        by_json = ("-H", "Content-Type: application/json", "--data-binary", f"@{body}")
        assert await curl(*(by_form if name == "attachments" else by_json), url) == (200, "ok")
    text, attachments, blocks = await newest(site, 3)
    assert text.content == ("Build [#12](https://ci.example/12) **passed** & `main` is ~~red~~ green\n> today by @mona")
    assert (text.author.username, attachments.author.username) == ("ci", "Jenkins")
    assert attachments.content == "deploy\n[#13](https://ci.example/13)"
    failed, passed = attachments.embeds
    assert (failed.title, failed.description, failed.color) == ("Failed", "2 of 102 **failed**", 0xE01E5A)
    assert [(field["name"], field["inline"]) for field in failed.fields] == [("Branch", True), ("Took", True)]
    assert (passed.description, passed.color) == ("retry **passed**", 0x36A64F)
    assert blocks.content.splitlines() == [
        "## Deploy of v1.2",
        "**Done** on [web](https://web.example)",
        "[Log](https://ci.example/log)",
        "**Branch**",
        "main",
        "2 \\* 3 = 6",
        "───",
        "-# by _mona_",
        "[Dashboard](https://web.example/board)",
        "Load",
        "It is **well**[there](https://web.example)",
        "- one",
        "```",
        "make test",
        "```",
    ]
    assert len(blocks.embeds) == 1  # the picture


async def test_a_wrong_body_is_refused_in_the_sender_s_words(site: ScriptSite) -> None:
    url = (await site.tuichat("webhook", "create", "#general")).stdout.strip()
    json = ("-H", "Content-Type: application/json")
    for end, words, answer in (
        ("/slack", (*json, "-d", "{}"), "no_text\n"),
        ("/slack", (*json, "-d", '{"text": 7}'), "invalid_payload\ntext: Expected `str"),
        ("/slack", (*json, "-d", '{"blocks": [{"type": 1}]}'), "invalid_payload\nblocks.0.type: "),
        ("/slack", (*json, "-d", "{"), "invalid_payload\n"),
        ("/slack", ("-d", "payload=%7B"), "invalid_payload\n"),
        ("/github", (*json, "-d", "{}"), '"X-GitHub-Event"'),
        ("/github", (*json, "-H", "X-GitHub-Event: push", "-d", '{"commits": 1}'), '"commits"'),
        ("", (*json, "-d", '{"content": 1}'), '"content"'),
    ):
        status, body = await curl(*words, f"{url}{end}")
        assert status == 400
        assert answer in body
    assert await site.texts() == []


async def test_the_example_for_ci_tells_of_success_and_failure(site: ScriptSite) -> None:
    url = (await site.tuichat("webhook", "create", "#general", "--name", "ci")).stdout.strip()
    environment = site.home.environment | {
        "TUICHAT_WEBHOOK": url,
        "GITHUB_REPOSITORY": "octo/hello",
        "GITHUB_REF_NAME": 'a"b\\c',
        "GITHUB_SHA": "a10867b14bb761a2",
        "GITHUB_SERVER_URL": "https://github.example",
        "GITHUB_RUN_ID": "5",
    }
    for command, code in (("true", 0), ("exit 3", 3)):
        done = await asyncio.to_thread(
            subprocess.run,
            ["sh", str(EXAMPLE), "sh", "-c", command],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (code, "")
        assert url not in done.stdout
    passed, failed = await newest(site, 2)
    assert passed.content == '✓ octo/hello a"b\\c a10867b: passed'
    assert failed.content == (
        '✗ octo/hello a"b\\c a10867b: failed (3) https://github.example/octo/hello/actions/runs/5'
    )
