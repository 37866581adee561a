"""ssh's arguments are read as OpenSSH reads them."""

import subprocess
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuichat.bridge.ssh_arguments import SshArgumentError, arrange, parse


def words(text: str) -> list[str]:
    return text.split()


@pytest.mark.parametrize(
    ("line", "options", "host", "command"),
    [
        ("box", "", "box", ""),
        ("-p 2222 ada@box", "-p 2222", "ada@box", ""),
        ("box -p 2222", "-p 2222", "box", ""),
        ("-4Cp2222 box ls -l", "-4Cp2222", "box", "ls -l"),
        ("-o ControlMaster=no box -t htop -d 5", "-o ControlMaster=no -t", "box", "htop -d 5"),
        ("-- box ls", "", "box", "ls"),
        ("box -- -x", "", "box", "-x"),
        ("ssh://ada@box:2222 -v", "-v", "ssh://ada@box:2222", ""),
        ("-Jone,two -L 1:a:2 box", "-Jone,two -L 1:a:2", "box", ""),
        ("-vvv box -v uptime -v", "-vvv -v", "box", "uptime -v"),
    ],
)
def test_host_options_and_command_are_told_apart(line: str, options: str, host: str, command: str) -> None:
    parsed = parse(words(line))
    assert (list(parsed.options), parsed.host, list(parsed.command)) == (words(options), host, words(command))


@pytest.mark.parametrize("line", ["", "-p 22", "-p", "box -p", "-Y", "-- -x", "-é box"])
def test_what_ssh_would_refuse_is_refused_with_a_sentence(line: str) -> None:
    with pytest.raises(SshArgumentError):
        parse(words(line))


@pytest.mark.parametrize(
    ("line", "option"),
    [
        ("-N box", "-N"),
        ("-4fN box", "-N"),
        ("-f box x", "-f"),
        ("-W a:1 box", "-W"),
        ("box -O check", "-O"),
        ("-s box sftp", "-s"),
        ("-V", "-V"),
        ("-pN box", ""),
        ("box ls -N", ""),
    ],
)
def test_what_opens_no_session_is_known(line: str, option: str) -> None:
    assert parse(words(line)).without_session == option


@pytest.mark.parametrize(
    ("line", "is_unshared"),
    [
        ("box", False),
        ("-S none box", True),
        ("-Snone box", True),
        ("-S /tmp/x box", False),
        ("-o ControlPath=none box", True),
        ("-oControlPath=none box", True),
        ("-o controlpath_none box", True),
        ("-o ControlPath=/x box -S none", True),
        ("-o ControlPath=none -S /x box", False),
    ],
)
def test_a_wish_for_no_shared_connection_is_known(line: str, is_unshared: bool) -> None:
    assert parse([word.replace("_", " ") for word in words(line)]).is_unshared is is_unshared


def test_options_are_taken_out_and_others_kept() -> None:
    parsed = parse(words("-nvM -p 22 -Mn -nl ada -o n=M box"))
    assert list(parsed.options_without("nM")) == words("-v -p 22 -l ada -o n=M")


@pytest.mark.parametrize(
    ("line", "arranged"),
    [
        ("box", "-- box"),
        ("--run box -p 22", "--run -- box -p 22"),
        ("-p 22 box --run", "--run -- -p 22 box"),
        ("box ls --run", "-- box ls --run"),
        ("-l --run box", "-- -l --run box"),
        ("--help", "--help --"),
        ("-- box --run", "-- -- box --run"),
        ("box -- --run", "-- box -- --run"),
    ],
)
def test_our_own_options_go_before_those_of_ssh(line: str, arranged: str) -> None:
    assert arrange(words(line)) == words(arranged)


@given(st.lists(st.text(alphabet="-46pvNSoxh= n", max_size=6), max_size=8))
def test_any_words_are_parsed_or_refused(line: list[str]) -> None:
    try:
        parsed = parse(line)
    except SshArgumentError:
        return
    assert not Counter([*parsed.options, parsed.host, *parsed.command]) - Counter([*line, ""])


def test_every_option_of_the_ssh_here_is_known() -> None:
    try:
        usage = subprocess.run(["ssh"], capture_output=True, text=True, check=False).stderr
    except FileNotFoundError:
        pytest.skip("ssh is not installed: make test-deps")
    alone, _rest = usage.split("[-", 2)[1], usage
    assert parse([f"-{alone.split(']')[0]}", "box"]).host == "box"
