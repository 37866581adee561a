"""GitHub's events as the messages that tell of them: those that Discord's documentation lists, `ping`, `star` and `workflow_run`."""

from collections.abc import Callable

import msgspec
from msgspec import Raw

from tuichat.protocol import codec
from tuichat.protocol.rest.webhook import ExecuteWebhookRequest
from tuichat.server.actions.embeds import Author, Embed
from tuichat.server.actions.github_payload import Commit, GitHubPayload, Repository, Topic

USERNAME = "GitHub"
MAX_TITLE_CHARACTERS = 256
MAX_TEXT_CHARACTERS = 500  # taste: a message tells that something was written, and GitHub has all of it
MAX_SUBJECT_CHARACTERS = 72  # of a commit
MAX_COMMITS = 10
BLUE, GREEN, ORANGE, RED, PURPLE = 0x7289DA, 0x009800, 0xEB6420, 0xFC2929, 0x6F42C1
_FAILED = ("failure", "timed_out", "startup_failure")


class _News(msgspec.Struct, frozen=True, kw_only=True):
    """What an event says: a title after the repository's name, where it leads, and the words that were written."""

    title: str
    url: str | None = None
    text: str | None = None
    color: int | None = None


def request_of(event: str, payload: GitHubPayload) -> ExecuteWebhookRequest | None:
    """Return the message that tells of an event; None for one that nobody is told of."""
    tell = _EVENTS.get(event)
    news = None if tell is None else tell(payload)
    if news is None:
        return None
    repository = payload.repository or Repository()
    name = repository.name if event in ("push", "check_run", "check_suite", "workflow_run") else repository.full_name
    name = name or "GitHub"  # an organization's event
    branch = _branch(payload) if event == "push" and not payload.forced else None
    place = f"[{name}:{branch}]" if branch else f"[{name}]"
    sender = payload.sender
    embed = Embed(
        author=None
        if sender is None or not sender.login
        else Author(name=sender.login, url=_url(sender.html_url), icon_url=_url(sender.avatar_url)),
        title=_cut(f"{place} {news.title}", MAX_TITLE_CHARACTERS),
        url=_url(news.url),
        description=news.text or None,
        color=news.color,
    )
    return ExecuteWebhookRequest(username=USERNAME, embeds=[Raw(codec.encode(embed))])


def _push(payload: GitHubPayload) -> _News | None:
    commits = payload.commits or []
    if payload.forced:
        sha = (payload.after or "")[:7]
        compare = _url(payload.compare)
        text = f"[Compare changes]({compare})" if compare else None
        return _News(title=f"Branch {_branch(payload)} was force-pushed to `{sha}`", url=compare, text=text, color=RED)
    if payload.deleted or not commits:
        return None
    noun = "new commit" if len(commits) == 1 else "new commits"
    lines = [_line(commit) for commit in commits[:MAX_COMMITS]]
    if len(commits) > MAX_COMMITS:
        lines.append(f"... and {len(commits) - MAX_COMMITS} more")
    url = commits[0].url if len(commits) == 1 else payload.compare
    return _News(title=f"{len(commits)} {noun}", url=url, text="\n".join(lines), color=BLUE)


def _line(commit: Commit) -> str:
    subject = _cut(commit.message.partition("\n")[0], MAX_SUBJECT_CHARACTERS)
    author = commit.author
    by = "" if author is None else author.username or author.name or ""
    sha, url = f"`{commit.id[:7]}`", _url(commit.url)
    return f"{f'[{sha}]({url})' if url else sha} {subject}" + (f" - {_cut(by, 80)}" if by else "")


def _issues(payload: GitHubPayload) -> _News | None:
    issue = payload.issue
    if issue is None or payload.action not in ("opened", "closed", "reopened"):
        return None
    is_new = payload.action == "opened"
    return _News(
        title=f"Issue {payload.action}: {_name(issue)}",
        url=issue.html_url,
        text=_text(issue.body) if is_new else None,
        color=ORANGE if is_new else None,
    )


def _pull_request(payload: GitHubPayload) -> _News | None:
    found = payload.pull_request
    if found is None or payload.action not in ("opened", "closed", "reopened", "ready_for_review"):
        return None
    verb = "merged" if payload.action == "closed" and found.merged else payload.action.replace("_", " ")
    is_new = payload.action == "opened"
    return _News(
        title=f"Pull request {verb}: {_name(found)}",
        url=found.html_url,
        text=_text(found.body) if is_new else None,
        color=GREEN if is_new else PURPLE if verb == "merged" else None,
    )


def _issue_comment(payload: GitHubPayload) -> _News | None:
    if payload.issue is None:
        return None
    noun = "issue" if payload.issue.pull_request is None else "pull request"
    return _comment(payload, f"New comment on {noun} {_numbered(payload.issue)}", ORANGE)


def _review(payload: GitHubPayload) -> _News | None:
    found, review = payload.pull_request, payload.review
    if found is None or review is None or payload.action != "submitted":
        return None
    if review.state.lower() == "commented" and not review.body:
        return None  # its comments are told of one by one
    verb = {"approved": "approved", "changes_requested": "changes requested"}.get(review.state.lower(), "submitted")
    color = {"approved": GREEN, "changes requested": RED}.get(verb)
    title = f"Pull request review {verb}: {_name(found)}"
    return _News(title=title, url=review.html_url, text=_text(review.body), color=color)


def _review_comment(payload: GitHubPayload) -> _News | None:
    if payload.pull_request is None:
        return None
    return _comment(payload, f"New review comment on pull request {_numbered(payload.pull_request)}", BLUE)


def _commit_comment(payload: GitHubPayload) -> _News | None:
    sha = "" if payload.comment is None else (payload.comment.commit_id or "")[:7]
    return _comment(payload, f"New comment on commit `{sha}`", BLUE)


def _comment(payload: GitHubPayload, title: str, color: int) -> _News | None:
    if payload.comment is None or payload.action != "created":
        return None
    return _News(title=title, url=payload.comment.html_url, text=_text(payload.comment.body), color=color)


def _create(payload: GitHubPayload) -> _News | None:
    url = None if payload.repository is None else payload.repository.html_url
    return _News(title=f"New {_kind(payload)} created: {payload.ref or ''}", url=url)


def _delete(payload: GitHubPayload) -> _News | None:
    return _News(title=f"{_kind(payload).capitalize()} deleted: {payload.ref or ''}")


def _fork(payload: GitHubPayload) -> _News | None:
    forked = payload.forkee
    return None if forked is None else _News(title=f"Fork created: {forked.full_name}", url=forked.html_url)


def _watch(payload: GitHubPayload) -> _News | None:
    url = None if payload.repository is None else payload.repository.html_url
    return _News(title="New star added", url=url) if payload.action == "started" else None


def _star(payload: GitHubPayload) -> _News | None:
    return _watch(msgspec.structs.replace(payload, action="started")) if payload.action == "created" else None


def _ping(payload: GitHubPayload) -> _News | None:
    """What GitHub sends as the webhook is made there: whoever made it sees that it works."""
    if payload.hook is None:
        return None
    events = payload.hook.events or []
    told = "every event" if "*" in events else ", ".join(events) or "nothing"
    repository = payload.repository
    url = None if repository is None else repository.html_url
    return _News(title=f"Webhook works, and is sent {told}", url=url, text=_text(payload.zen), color=GREEN)


def _workflow_run(payload: GitHubPayload) -> _News | None:
    run = payload.workflow_run
    if run is None or payload.action != "completed":
        return None
    found = _checked(f"{run.name or 'Workflow'} #{run.run_number}", run.conclusion, run.head_branch, run.html_url)
    return None if found is None else msgspec.structs.replace(found, text=_text(run.display_title))


def _release(payload: GitHubPayload) -> _News | None:
    release = payload.release
    if release is None or payload.action != "published":
        return None
    title = f"New release published: {release.name or release.tag_name}"
    return _News(title=title, url=release.html_url, text=_text(release.body))


def _member(payload: GitHubPayload) -> _News | None:
    if payload.member is None or payload.action != "added":
        return None
    return _News(title=f"New collaborator added: {payload.member.login}", url=payload.member.html_url)


def _public(payload: GitHubPayload) -> _News | None:
    url = None if payload.repository is None else payload.repository.html_url
    return _News(title="Now open sourced!", url=url)


def _check_run(payload: GitHubPayload) -> _News | None:
    run = payload.check_run
    if run is None or payload.action != "completed":
        return None
    branch = None if run.check_suite is None else run.check_suite.head_branch
    return _checked(run.name, run.conclusion, branch, run.html_url)


def _check_suite(payload: GitHubPayload) -> _News | None:
    suite = payload.check_suite
    if suite is None or payload.action != "completed":
        return None
    return _checked("GitHub Actions checks", suite.conclusion, suite.head_branch, None)


def _checked(name: str, conclusion: str | None, branch: str | None, url: str | None) -> _News | None:
    if conclusion != "success" and conclusion not in _FAILED:
        return None
    color = GREEN if conclusion == "success" else RED
    return _News(title=f"{name} {conclusion.replace('_', ' ')} on {branch or 'a commit'}", url=url, color=color)


def _discussion(payload: GitHubPayload) -> _News | None:
    found = payload.discussion
    if found is None:
        return None
    if payload.action == "answered":
        url = found.answer_html_url or found.html_url
        text = None if payload.answer is None else _text(payload.answer.body)
        return _News(title=f"Discussion answered {_numbered(found)}", url=url, text=text, color=GREEN)
    if payload.action != "created":
        return None
    return _News(title=f"New discussion {_numbered(found)}", url=found.html_url, text=_text(found.body), color=BLUE)


def _discussion_comment(payload: GitHubPayload) -> _News | None:
    if payload.discussion is None:
        return None
    return _comment(payload, f"New comment on discussion {_numbered(payload.discussion)}", BLUE)


_EVENTS: dict[str, Callable[[GitHubPayload], _News | None]] = {
    "push": _push,
    "issues": _issues,
    "issue_comment": _issue_comment,
    "pull_request": _pull_request,
    "pull_request_review": _review,
    "pull_request_review_comment": _review_comment,
    "commit_comment": _commit_comment,
    "create": _create,
    "delete": _delete,
    "fork": _fork,
    "watch": _watch,
    "star": _star,
    "ping": _ping,
    "workflow_run": _workflow_run,
    "release": _release,
    "member": _member,
    "public": _public,
    "check_run": _check_run,
    "check_suite": _check_suite,
    "discussion": _discussion,
    "discussion_comment": _discussion_comment,
}


def _name(topic: Topic) -> str:
    return f"#{topic.number} {topic.title}"


def _numbered(topic: Topic) -> str:
    return f"#{topic.number}: {topic.title}"


def _kind(payload: GitHubPayload) -> str:
    return payload.ref_type if payload.ref_type in ("branch", "tag") else "ref"


def _branch(payload: GitHubPayload) -> str:
    return (payload.ref or "").removeprefix("refs/heads/").removeprefix("refs/tags/")


def _text(body: str | None) -> str | None:
    return _cut(body.strip(), MAX_TEXT_CHARACTERS) if body and body.strip() else None


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _url(url: str | None) -> str | None:
    """A link that an embed takes; strangers' other ones are left out."""
    return url if url and url.startswith(("https://", "http://")) and len(url) <= 2000 else None
