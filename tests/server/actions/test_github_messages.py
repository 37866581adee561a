"""GitHub's events: what is told of each, and which are not told."""

from typing import Any

import msgspec
import pytest

from tuichat.server.actions import drafting, github_messages
from tuichat.server.actions.drafting import Sender
from tuichat.server.actions.github_payload import GitHubPayload

SENDER = {"login": "octocat", "html_url": "https://github.com/octocat", "avatar_url": "https://a.example/octocat.png"}
REPOSITORY = {"full_name": "octo/hello", "name": "hello", "html_url": "https://github.com/octo/hello"}
ISSUE = {"number": 7, "title": "It breaks", "body": "Always.", "html_url": "https://github.com/octo/hello/issues/7"}
COMMENT = {"body": "I see it too", "html_url": "https://github.com/octo/hello/issues/7#c1", "commit_id": "0123456789ab"}


def commit(sha: str, message: str, author: str = "octocat") -> dict[str, object]:
    return {
        "id": sha * 8,
        "url": f"https://github.com/octo/hello/commit/{sha}",
        "message": message,
        "author": {"username": author},
    }


def told(event: str, **payload: object) -> dict[str, Any] | None:
    """The embed that tells of an event, as a webhook may send it."""
    body = msgspec.json.encode({"sender": SENDER, "repository": REPOSITORY, "unknown": [1]} | payload)
    request = github_messages.request_of(event, msgspec.json.decode(body, type=GitHubPayload))
    if request is None:
        return None
    draft = drafting.draft(request, Sender.WEBHOOK)
    (embed,) = msgspec.json.decode(draft.embeds, type=list[dict[str, Any]])
    assert embed["author"]["name"] == "octocat"
    return embed


def test_a_push_lists_its_commits() -> None:
    commits = [commit("abcdef12", "Mend the gate\n\nIt was open."), commit("12345678", "x" * 100, "mona")]
    embed = told("push", ref="refs/heads/main", compare="https://github.com/octo/hello/compare/a...b", commits=commits)
    assert embed is not None
    assert (embed["title"], embed["url"]) == (
        "[hello:main] 2 new commits",
        "https://github.com/octo/hello/compare/a...b",
    )
    first, second = embed["description"].split("\n")
    assert first == "[`abcdef1`](https://github.com/octo/hello/commit/abcdef12) Mend the gate - octocat"
    assert second.endswith("… - mona")


def test_one_commit_is_linked_itself() -> None:
    embed = told("push", ref="refs/heads/main", commits=[commit("abcdef12", "Mend")])
    assert embed is not None
    assert (embed["title"], embed["url"]) == (
        "[hello:main] 1 new commit",
        "https://github.com/octo/hello/commit/abcdef12",
    )


def test_a_large_push_stays_a_message() -> None:
    embed = told("push", ref="refs/heads/main", commits=[commit("abcdef12", "y" * 500)] * 2000)
    assert embed is not None
    assert embed["description"].endswith("... and 1990 more")


def test_a_forced_push_is_told_as_one() -> None:
    embed = told("push", ref="refs/heads/main", forced=True, after="fedcba9876", compare="https://a.example/c")
    assert embed is not None
    assert embed["title"] == "[hello] Branch main was force-pushed to `fedcba9`"


PULL = ISSUE | {"html_url": "https://github.com/octo/hello/pull/7"}
TITLES: list[tuple[str, dict[str, object], str]] = [
    ("issues", {"action": "opened", "issue": ISSUE}, "[octo/hello] Issue opened: #7 It breaks"),
    ("issues", {"action": "closed", "issue": ISSUE}, "[octo/hello] Issue closed: #7 It breaks"),
    (
        "issue_comment",
        {"action": "created", "issue": ISSUE, "comment": COMMENT},
        "[octo/hello] New comment on issue #7: It breaks",
    ),
    (
        "issue_comment",
        {"action": "created", "issue": ISSUE | {"pull_request": {"url": "x"}}, "comment": COMMENT},
        "[octo/hello] New comment on pull request #7: It breaks",
    ),
    ("pull_request", {"action": "opened", "pull_request": PULL}, "[octo/hello] Pull request opened: #7 It breaks"),
    (
        "pull_request",
        {"action": "closed", "pull_request": PULL | {"merged": True}},
        "[octo/hello] Pull request merged: #7 It breaks",
    ),
    (
        "pull_request_review",
        {"action": "submitted", "pull_request": PULL, "review": {"state": "approved", "body": None}},
        "[octo/hello] Pull request review approved: #7 It breaks",
    ),
    (
        "pull_request_review_comment",
        {"action": "created", "pull_request": PULL, "comment": COMMENT},
        "[octo/hello] New review comment on pull request #7: It breaks",
    ),
    ("commit_comment", {"action": "created", "comment": COMMENT}, "[octo/hello] New comment on commit `0123456`"),
    ("create", {"ref": "v1", "ref_type": "tag"}, "[octo/hello] New tag created: v1"),
    ("delete", {"ref": "old", "ref_type": "branch"}, "[octo/hello] Branch deleted: old"),
    ("fork", {"forkee": {"full_name": "mona/hello"}}, "[octo/hello] Fork created: mona/hello"),
    ("watch", {"action": "started"}, "[octo/hello] New star added"),
    ("release", {"action": "published", "release": {"tag_name": "v1"}}, "[octo/hello] New release published: v1"),
    ("member", {"action": "added", "member": {"login": "mona"}}, "[octo/hello] New collaborator added: mona"),
    ("public", {}, "[octo/hello] Now open sourced!"),
    (
        "check_run",
        {
            "action": "completed",
            "check_run": {"name": "lint", "conclusion": "failure", "check_suite": {"head_branch": "main"}},
        },
        "[hello] lint failure on main",
    ),
    (
        "check_suite",
        {"action": "completed", "check_suite": {"conclusion": "success", "head_branch": "main"}},
        "[hello] GitHub Actions checks success on main",
    ),
    ("discussion", {"action": "created", "discussion": ISSUE}, "[octo/hello] New discussion #7: It breaks"),
    ("discussion", {"action": "answered", "discussion": ISSUE}, "[octo/hello] Discussion answered #7: It breaks"),
    (
        "discussion_comment",
        {"action": "created", "discussion": ISSUE, "comment": COMMENT},
        "[octo/hello] New comment on discussion #7: It breaks",
    ),
]


@pytest.mark.parametrize(("event", "payload", "title"), TITLES)
def test_what_is_told_of_an_event(event: str, payload: dict[str, object], title: str) -> None:
    embed = told(event, **payload)
    assert embed is not None
    assert embed["title"] == title


def test_the_words_of_others_are_told_and_cut() -> None:
    embed = told("issues", action="opened", issue=ISSUE | {"body": "w" * 60_000, "title": "t" * 900})
    assert embed is not None
    assert len(embed["description"]) == github_messages.MAX_TEXT_CHARACTERS
    assert len(embed["title"]) == 256


@pytest.mark.parametrize(
    ("event", "payload"),
    [
        ("ping", {}),
        ("nonsense", {}),
        ("push", {"ref": "refs/heads/main", "commits": []}),
        ("push", {"ref": "refs/heads/main", "deleted": True}),
        ("issues", {"action": "labeled", "issue": ISSUE}),
        ("issues", {"action": "opened"}),
        ("pull_request", {"action": "synchronize", "pull_request": PULL}),
        ("pull_request_review", {"action": "submitted", "pull_request": PULL, "review": {"state": "commented"}}),
        ("issue_comment", {"action": "deleted", "issue": ISSUE, "comment": COMMENT}),
        ("watch", {"action": "deleted"}),
        ("release", {"action": "created", "release": {"tag_name": "v1"}}),
        ("check_run", {"action": "completed", "check_run": {"name": "lint", "conclusion": "skipped"}}),
    ],
)
def test_what_nobody_is_told_of(event: str, payload: dict[str, object]) -> None:
    assert told(event, **payload) is None


def test_links_of_other_kinds_are_left_out() -> None:
    embed = told("issues", action="opened", issue=ISSUE | {"html_url": "javascript:1"})
    assert embed is not None
    assert "url" not in embed
