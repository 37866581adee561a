"""What is read of GitHub's webhook payloads (GitHub's documentation, "Webhook events and payloads"); all else is passed over."""

import msgspec


class GitHubUser(msgspec.Struct, frozen=True, kw_only=True):
    login: str = ""
    html_url: str | None = None
    avatar_url: str | None = None


class Repository(msgspec.Struct, frozen=True, kw_only=True):
    full_name: str = ""
    name: str = ""
    html_url: str | None = None


class CommitAuthor(msgspec.Struct, frozen=True, kw_only=True):
    name: str | None = None
    username: str | None = None


class Commit(msgspec.Struct, frozen=True, kw_only=True):
    id: str = ""
    url: str | None = None
    message: str = ""
    author: CommitAuthor | None = None


class Present(msgspec.Struct, frozen=True, kw_only=True):
    """An object of which only matters that it is there."""


class Topic(msgspec.Struct, frozen=True, kw_only=True):
    """An issue, pull request or discussion. `pull_request` is set for an issue that is one."""

    number: int = 0
    title: str = ""
    body: str | None = None
    html_url: str | None = None
    answer_html_url: str | None = None
    merged: bool | None = None
    pull_request: Present | None = None


class Comment(msgspec.Struct, frozen=True, kw_only=True):
    body: str | None = None
    html_url: str | None = None
    commit_id: str | None = None


class Review(msgspec.Struct, frozen=True, kw_only=True):
    body: str | None = None
    html_url: str | None = None
    state: str = ""


class Release(msgspec.Struct, frozen=True, kw_only=True):
    name: str | None = None
    tag_name: str = ""
    body: str | None = None
    html_url: str | None = None


class CheckSuite(msgspec.Struct, frozen=True, kw_only=True):
    head_branch: str | None = None
    head_sha: str = ""
    conclusion: str | None = None


class CheckRun(msgspec.Struct, frozen=True, kw_only=True):
    name: str = ""
    html_url: str | None = None
    conclusion: str | None = None
    check_suite: CheckSuite | None = None


class WorkflowRun(msgspec.Struct, frozen=True, kw_only=True):
    name: str | None = None
    display_title: str | None = None
    head_branch: str | None = None
    html_url: str | None = None
    conclusion: str | None = None
    run_number: int = 0


class Hook(msgspec.Struct, frozen=True, kw_only=True):
    """GitHub's side of a webhook; the event "*" means every one."""

    events: list[str] | None = None


class GitHubPayload(msgspec.Struct, frozen=True, kw_only=True):
    """Any event; which one it is, its header says."""

    action: str = ""
    sender: GitHubUser | None = None
    repository: Repository | None = None
    ref: str | None = None
    ref_type: str | None = None
    compare: str | None = None
    forced: bool | None = None
    deleted: bool | None = None
    after: str | None = None
    commits: list[Commit] | None = None
    issue: Topic | None = None
    pull_request: Topic | None = None
    discussion: Topic | None = None
    comment: Comment | None = None
    review: Review | None = None
    answer: Comment | None = None
    release: Release | None = None
    forkee: Repository | None = None
    member: GitHubUser | None = None
    check_run: CheckRun | None = None
    check_suite: CheckSuite | None = None
    workflow_run: WorkflowRun | None = None
    hook: Hook | None = None
    zen: str | None = None
