"""`tuichat ssh` is an ordinary session of ssh that has a socket and a file beside it, which go with it."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.client.waiting import until
from tests.ssh.host import ROOT, SHELLS, Account, Host, needs_sshd, read_line, ssh_host
from tests.ssh.laptop import Laptop, laptop

pytestmark = [*needs_sshd, pytest.mark.slow]

TUICHAT = (sys.executable, "-P", "-m", "tuichat", "ssh")
SHOW = "stat -c '%a %F' ~/.cache/tuichat ~/.cache/tuichat/ssh-*; cat ~/.cache/tuichat/ssh-*.json"


def left(account: Account) -> list[str]:
    """Return the names of a session's files on the host."""
    folder = account.folder / ".cache" / "tuichat"
    return sorted(name for name in os.listdir(folder) if name.startswith("ssh-")) if folder.exists() else []


def here(one: Laptop) -> list[str]:
    """Return what runs or lies in the laptop's runtime folder."""
    folder = Path(one.environment["XDG_RUNTIME_DIR"]) / "tuichat"
    return sorted(os.listdir(folder)) if folder.exists() else []


@pytest.mark.parametrize("number", range(len(SHELLS)), ids=list(SHELLS))
def test_session_has_its_files_and_leaves_none(host: Host, visitor: Laptop, number: int) -> None:
    done = visitor.run(*TUICHAT, f"devbox{number or ''}", SHOW)
    assert done.returncode == 0, done.stderr
    *modes, written = done.stdout.splitlines()
    assert modes == ["700 directory", "600 regular file", "600 socket"]
    told = json.loads(written)
    assert told["v"] == 1
    assert len(bytes.fromhex(told["secret"])) == 32
    assert left(host.accounts[number]) == []
    assert here(visitor) == []


@pytest.mark.parametrize("code", [0, 1, 7, 254, 255])
def test_exit_code_is_kept(visitor: Laptop, code: int) -> None:
    assert visitor.run(*TUICHAT, "devbox", f"exit {code}").returncode == code


def test_exit_code_of_a_signal_is_that_of_ssh(visitor: Laptop) -> None:
    asked = "kill -9 $$"
    assert visitor.run(*TUICHAT, "devbox", asked).returncode == visitor.run("ssh", "devbox", asked).returncode


def test_input_and_output_pass_untouched(visitor: Laptop) -> None:
    given = bytes(range(256)) * 4096
    done = subprocess.run(
        visitor.command(*TUICHAT, "devbox", "cat"),
        input=given,
        env=visitor.environment,
        cwd=visitor.home,
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert done.stdout == given, done.stderr


def test_secret_is_in_no_list_of_processes(host: Host, visitor: Laptop) -> None:
    done = visitor.run(
        *TUICHAT, "devbox", "cat ~/.cache/tuichat/ssh-*.json; cat /proc/*/cmdline /proc/*/environ | tr '\\0' ' '"
    )
    written, rest = done.stdout.split("\n", 1)
    assert "sh -s" in rest or "sshd" in rest
    assert json.loads(written)["secret"] not in rest


def test_what_the_machine_writes_beside_the_session_never_reaches_the_terminal(host: Host, visitor: Laptop) -> None:
    begin = r"printf '\033]2;early\007\n' >&2; until ls ~/.cache/tuichat/ssh-*.json; do sleep 0.1; done >/dev/null 2>&1"
    then = "sleep 0.5; printf '\\033]2;late\\007\\n' >&2; touch ~/said"
    # Not in the session itself, which may write what it likes.
    host.accounts[0].write(".bashrc", f'[ "$BASH_EXECUTION_STRING" = "exec sh -s" ] && ({begin}; {then}) &\n')
    try:
        done = visitor.run(*TUICHAT, "devbox", "until test -e ~/said; do sleep 0.1; done; rm ~/said; echo over")
        assert (done.returncode, done.stdout) == (0, "over\n"), done.stderr
        assert "]2;early" in done.stderr
        assert "late" not in done.stderr
        assert "\x1b" not in done.stderr
        log = (Path(visitor.environment["XDG_STATE_HOME"]) / "tuichat" / "bridge" / "ssh.log").read_text()
        assert "ssh says: ?]2;late?" in log
    finally:
        host.accounts[0].write(".bashrc", "")


def test_a_stop_holds_for_a_login_that_is_under_way(host: Host, visitor: Laptop) -> None:
    account = host.accounts[0]
    bridge = (sys.executable, "-P", "-m", "tuichat", "bridge")
    assert visitor.run(*bridge, "allow", "devbox").returncode == 0
    wait = "touch ~/begun; until test -e ~/go; do sleep 0.1; done"
    account.write(".bashrc", f'[ "$BASH_EXECUTION_STRING" = "exec sh -s" ] && {{ {wait}; }}\n')
    try:
        with visitor.start(*TUICHAT, "devbox", "true") as login:
            asyncio.run(until(lambda: (account.folder / "begun").exists()))
            assert left(account) == []
            assert ": ssh is logging in" in visitor.run(*bridge, "status").stdout
            stopped = visitor.run(*bridge, "stop")
            assert "devbox has no sound any more" in stopped.stdout, stopped.stderr
            account.write("go", "")
            assert login.wait(20) == 0, visitor.errors
        assert "has no sound until `tuichat bridge allow" in visitor.run(*bridge, "status").stdout
    finally:
        account.write(".bashrc", "")
        for name in ("go", "begun"):
            (account.folder / name).unlink(missing_ok=True)
        visitor.run(*bridge, "allow", "devbox")


def test_run_says_where_there_is_no_tuichat(visitor: Laptop) -> None:
    done = visitor.run(*TUICHAT, "--run", "devbox")
    assert done.returncode == 127
    assert "devbox has no tuichat in the PATH of your login shell: install it there" in done.stderr


def test_wrong_host_ends_with_the_exit_code_of_ssh(visitor: Laptop) -> None:
    done = visitor.run(*TUICHAT, "-p", "1", "devbox", "true")
    assert done.returncode == 255
    assert "refused" in done.stderr
    assert here(visitor) == []


def test_bashrc_that_prints_is_no_hindrance(host: Host, visitor: Laptop) -> None:
    account = host.accounts[0]
    account.write(".bashrc", "echo welcome; seq 5000; echo = /tmp; printf 'no newline'\n")
    try:
        done = visitor.run(*TUICHAT, "devbox", SHOW)
        assert "600 socket" in done.stdout, done.stderr
        assert left(account) == []
    finally:
        (account.folder / ".bashrc").unlink()


def test_what_dead_sessions_left_is_swept(host: Host, visitor: Laptop) -> None:
    account = host.accounts[0]
    keys = ("0" * 16, "1" * 16, "2" * 16)
    machine = os.uname().nodename
    for key, name, pid in zip(keys, (machine, "elsewhere", machine), (999_999, 999_999, 1), strict=True):
        account.write(f".cache/tuichat/ssh-{key}.json", f'{{"v":1,"pid":{pid},"machine":"{name}"}}\n')
    done = visitor.run(*TUICHAT, "devbox", "cd ~/.cache/tuichat && ls ssh-*.json")
    assert f"ssh-{keys[0]}.json" not in done.stdout
    assert f"ssh-{keys[1]}.json" in done.stdout, "another machine that shares the home has its own"
    for name in left(account):
        (account.folder / ".cache" / "tuichat" / name).unlink()


@pytest.mark.parametrize("link", [True, False])
def test_folder_that_is_not_ones_own_is_refused(host: Host, visitor: Laptop, link: bool) -> None:
    account = host.accounts[3]
    account.write("elsewhere/x", "")
    folder = account.folder / ".cache" / "tuichat"
    account.write(".cache/x", "")
    subprocess.run(["rm", "-rf", str(folder)], check=True)
    if link:
        folder.symlink_to("/tmp")
    else:
        folder.mkdir()  # root's
    try:
        done = visitor.run(*TUICHAT, "devbox3", "echo went on")
        assert done.stdout == "went on\n"
        assert "without your laptop's sound" in done.stderr
    finally:
        subprocess.run(["rm", "-rf", str(folder)], check=True)


def test_files_go_when_tuichat_is_killed(host: Host, visitor: Laptop) -> None:
    process = visitor.start(*TUICHAT, "devbox", "echo begun; cat")
    assert process.stdout is not None
    assert process.stdin is not None
    assert process.stdout.readline() == b"begun\n", visitor.errors
    assert len(left(host.accounts[0])) == 2
    process.kill()
    process.wait(10)
    until_gone(host.accounts[0])
    process.stdin.close()
    process.stdout.close()


@pytest.mark.parametrize("signal", [1, 15])
def test_files_go_when_tuichat_is_told_to_end(host: Host, visitor: Laptop, signal: int) -> None:
    with visitor.start(*TUICHAT, "devbox", "echo begun; cat") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"begun\n", visitor.errors
        process.send_signal(signal)
        assert process.wait(10) == 128 + signal
    assert left(host.accounts[0]) == []
    assert here(visitor) == []


def test_files_go_when_the_connection_drops(host: Host, visitor: Laptop) -> None:
    with visitor.start(*TUICHAT, "devbox", "echo begun; cat") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"begun\n", visitor.errors
        for pid in host.login_processes():
            os.kill(pid, 9)
        assert process.wait(15) == 255
    until_gone(host.accounts[0])
    assert here(visitor) == []


def until_gone(account: Account) -> None:
    import asyncio

    asyncio.run(until(lambda: left(account) == []))


def test_a_master_of_the_users_is_shared_and_left(host: Host, visitor: Laptop) -> None:
    path = visitor.folder / "own-%C"
    visitor.configure("Host *", "    ControlMaster auto", f"    ControlPath {path}", "    ControlPersist 30")
    first = visitor.run("ssh", "devbox", "echo $PPID; sh -c 'echo $SSH_CONNECTION'")
    done = visitor.run(*TUICHAT, "devbox", f"echo $SSH_CONNECTION; {SHOW}")
    assert "600 socket" in done.stdout, done.stderr
    assert done.stdout.splitlines()[0] == first.stdout.splitlines()[1]
    assert left(host.accounts[0]) == []
    again = visitor.run("ssh", "devbox", "echo $SSH_CONNECTION")
    assert again.stdout.splitlines()[0] == first.stdout.splitlines()[1]
    visitor.run("ssh", "-O", "exit", "devbox")


def test_without_a_shared_connection_it_is_said_and_works(host: Host, visitor: Laptop) -> None:
    done = visitor.run(*TUICHAT, "-S", "none", "devbox", SHOW)
    assert "600 socket" in done.stdout, done.stderr
    assert "ControlMaster" in done.stderr
    assert left(host.accounts[0]) == []


def test_option_without_session_is_ssh_alone(visitor: Laptop) -> None:
    done = visitor.run(*TUICHAT, "-V")
    assert "OpenSSH" in done.stderr
    assert "ssh alone" in done.stderr


def test_usage_and_missing_ssh_are_said(visitor: Laptop) -> None:
    assert visitor.run(*TUICHAT).returncode == 2
    visitor.environment["PATH"] = "/nowhere"
    done = visitor.run(*TUICHAT, "devbox")
    assert done.returncode == 127
    assert "OpenSSH" in done.stderr


@pytest.mark.parametrize(("name", "value"), [("AllowStreamLocalForwarding", "no"), ("DisableForwarding", "yes")])
@pytest.mark.parametrize("options", [(), ("-S", "none", "-oExitOnForwardFailure=yes")], ids=["shared", "unshared"])
def test_sshd_that_forbids_forwarding_has_the_session_all_the_same(
    name: str, value: str, options: tuple[str, ...]
) -> None:
    with ssh_host("bash", **{name: value}) as strict, laptop(*strict.accounts) as one:
        one.environment["PYTHONPATH"] = str(ROOT)
        done = one.run(*TUICHAT, *options, "devbox", "echo went on")
        assert done.stdout == "went on\n", done.stderr
        assert "forwards no sockets" in done.stderr
        assert left(strict.accounts[0]) == []


@pytest.mark.parametrize("persists", [False, True], ids=["private", "user's own"])
@pytest.mark.parametrize("sessions", [1, 2, 3])
def test_sshd_that_allows_few_sessions_is_told_of_and_there_is_sound(sessions: int, persists: bool) -> None:
    with ssh_host("bash", MaxSessions=str(sessions)) as strict, laptop(*strict.accounts) as one:
        one.environment["PYTHONPATH"] = str(ROOT)
        if persists:
            path = one.folder / "own-%C"
            one.configure("Host *", "    ControlMaster auto", f"    ControlPath {path}", "    ControlPersist 30")
            first = one.start("ssh", "devbox", "echo begun; cat")  # it takes one
            assert read_line(first.stdout) == "begun", one.errors
        done = one.run(*TUICHAT, "devbox", SHOW)
        assert "600 socket" in done.stdout, done.stderr
        has_room = sessions >= (3 if persists else 2)
        assert ("MaxSessions" in done.stderr) is not has_room, done.stderr
        assert "refused" not in done.stderr, "it is said in our words"
        assert left(strict.accounts[0]) == []
        if persists:
            first.communicate(timeout=10)
            one.run("ssh", "-O", "exit", "devbox")


@pytest.mark.parametrize("options", [(), ("-oControlPath=none",)], ids=["shared", "unshared"])
def test_a_host_that_never_answers_the_keeper_is_waited_for_no_longer_than_a_while(
    host: Host, options: tuple[str, ...]
) -> None:
    account = host.add_account("bash")
    with laptop(account) as one:
        one.environment["PYTHONPATH"] = str(ROOT)
        forced = 'case $SSH_ORIGINAL_COMMAND in *"sh -s") exec sleep 300 ;; esac; eval "$SSH_ORIGINAL_COMMAND"'
        account.write("forced", forced)
        account.write(".ssh/authorized_keys", f'command="sh ./forced" {one.public_key}')
        done = one.run(*TUICHAT, *options, "devbox", "echo went on", timeout_s=60)
        assert done.stdout == "went on\n", done.stderr
        assert "did not run what keeps the sound's socket" in done.stderr


COUNT = "ls ~/.cache/tuichat/ssh-* | wc -l"


@pytest.mark.parametrize(
    ("options", "command", "expected"),
    [
        (("-J", "devbox1", "devbox"), COUNT, "2\n"),
        (("-o", "ProxyCommand=ssh -W %h:%p devbox1", "devbox"), COUNT, "2\n"),
        (("-oSetEnv=LC_FOO=bar", "devbox"), f"echo $LC_FOO; {COUNT}", "bar\n2\n"),
        (("-R", "0:127.0.0.1:1", "-oExitOnForwardFailure=yes", "devbox"), COUNT, "2\n"),
        (("-oRemoteCommand=echo theirs; " + COUNT, "devbox"), "", "theirs\n2\n"),
        (("-n", "devbox"), f"cat; {COUNT}", "2\n"),
        (("-M", "-S", "/tmp/tuichat-test-%C", "devbox"), COUNT, "2\n"),
        (("-oControlMaster=auto", "-oControlPath=/tmp/tuichat-test-%C", "-oControlPersist=1", "devbox"), COUNT, "2\n"),
    ],
    ids=["jump", "proxy", "environment", "forwarding", "remote command", "no input", "master", "persisting"],
)
def test_ssh_s_own_options_and_settings_work(
    host: Host, visitor: Laptop, options: tuple[str, ...], command: str, expected: str
) -> None:
    done = visitor.run(*TUICHAT, *options, *([command] if command else []))
    assert (done.returncode, done.stdout) == (0, expected), done.stderr
    assert left(host.accounts[0]) == []
    assert here(visitor) == []
