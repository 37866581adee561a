"""The commands of a login share one connection, the user's own where there is one."""

from pathlib import Path

import pytest

from tuichat.bridge.connection_plan import (
    RUN,
    ConnectionPlan,
    PathError,
    Sharing,
    choose_sharing,
    forwarding,
    private_control_path,
)
from tuichat.bridge.ssh_arguments import parse
from tuichat.bridge.ssh_configuration import SshConfiguration
from tuichat.local.runtime import SOCKET_PATH_LIMIT_BYTES


def configuration(**values: str) -> SshConfiguration:
    return SshConfiguration({"user": "ada", "hostname": "box.example", "port": "22", **values})


def plan(line: str, sharing: Sharing, path: str = "/run/m-1", *, run: bool = False, **values: str) -> ConnectionPlan:
    return ConnectionPlan("ssh", parse(line.split()), configuration(**values), sharing, path, runs_tuichat=run)


def test_destination_is_what_ssh_makes_of_a_name() -> None:
    assert configuration().destination == "ada@box.example:22"


def test_behind_another_machine_a_name_is_another_destination() -> None:
    ways: tuple[dict[str, str], ...] = (
        {},
        {"proxyjump": "gate"},
        {"proxyjump": "gate2"},
        {"proxycommand": "nc %h %p"},
        {"proxycommand": "nc -6 %h %p"},
    )
    destinations = [configuration(**way).destination for way in ways]
    assert destinations[1] == "ada@box.example:22 via gate"
    assert len(set(destinations)) == len(ways)
    assert configuration(proxyjump="none").destination == destinations[0]


@pytest.mark.parametrize(
    ("line", "values", "has_master", "sharing"),
    [
        ("box", {}, False, Sharing.PRIVATE),
        ("box", {"controlpath": "none", "controlmaster": "auto"}, False, Sharing.PRIVATE),
        ("box", {"controlpath": "/c", "controlmaster": "false"}, False, Sharing.PRIVATE),
        ("box", {"controlpath": "/c", "controlmaster": "false"}, True, Sharing.USERS),
        ("box", {"controlpath": "/c", "controlmaster": "auto"}, False, Sharing.USERS),
        ("box", {"controlpath": "/c", "controlmaster": "true"}, False, Sharing.USERS),
        ("-S none box", {}, False, Sharing.NONE),
    ],
)
def test_whose_connection_is_taken(line: str, values: dict[str, str], has_master: bool, sharing: Sharing) -> None:
    assert choose_sharing(parse(line.split()), configuration(**values), has_master=has_master) is sharing


def test_private_connection_is_made_by_the_keeper_and_joined_by_the_session() -> None:
    made = plan("-n -p 22 box", Sharing.PRIVATE, ipqos="af21 cs1", remotecommand="tmux")
    keeper = made.keeper()
    assert keeper[-5:] == ["-S", "/run/m-1", "-T", "box", "exec sh -s"]
    assert {"-oControlMaster=yes", "-oIPQoS=af21 af21", "-oRemoteCommand=none", "-oClearAllForwardings=yes"} < set(
        keeper
    )
    assert "-n" not in keeper
    assert made.session() == ["ssh", "-oControlMaster=no", "-n", "-p", "22", "-S", "/run/m-1", "box"]


def test_the_users_own_connection_is_left_to_their_configuration() -> None:
    made = plan("box uptime", Sharing.USERS, "/c", controlmaster="auto", controlpath="/c")
    assert made.session() == ["ssh", "box", "--", "uptime"]
    assert not any("Control" in word or word == "-S" for word in made.keeper())


def test_a_second_master_is_not_begun() -> None:
    made = plan("-M -S /c box", Sharing.USERS, "/c", controlmaster="true", controlpath="/c")
    assert "-M" in made.keeper()
    assert made.session() == ["ssh", "-oControlMaster=no", "-S", "/c", "box"]


def test_run_starts_tuichat_in_a_login_shell_with_a_terminal() -> None:
    made = plan("box", Sharing.PRIVATE, run=True, remotecommand="tmux")
    assert made.session()[-3:] == ["-t", "box", RUN]
    assert "-oRemoteCommand=none" in made.session()
    assert made.wants_terminal


def test_a_session_that_shares_nothing_is_as_it_was_typed_and_the_keeper_has_a_connection_of_its_own() -> None:
    made = plan("-S none -oExitOnForwardFailure=yes box", Sharing.NONE)
    assert made.session() == ["ssh", "-S", "none", "-oExitOnForwardFailure=yes", "box"]
    keeper = made.keeper()
    assert "-oControlMaster=yes" in keeper
    assert keeper[-5:] == ["-S", "/run/m-1", "-T", "box", "exec sh -s"]


def test_a_session_that_has_no_place_in_the_shared_connection_asks_for_none() -> None:
    made = plan("-p 22 box", Sharing.NONE, controlmaster="auto", controlpath="/c")
    assert made.session() == ["ssh", "-p", "22", "-S", "none", "box"]


def test_a_probe_never_logs_in_anew() -> None:
    assert {"-oBatchMode=yes", "-oProxyCommand=false", "-oControlMaster=no"} < set(plan("box", Sharing.USERS).probe())


def test_paths_reach_ssh_as_they_are() -> None:
    assert forwarding("/home/a:b/%x/s", Path("/run/c\\d")) == "/home/a\\:b/%%x/s:/run/c\\\\d"
    for path in ("relative", "/with\nline", "/with${HOME}"):
        with pytest.raises(PathError):
            forwarding(path, Path("/run/s"))


def test_the_masters_socket_fits_below_the_longest_runtime_folder() -> None:
    folder = Path("/" + "x" * (SOCKET_PATH_LIMIT_BYTES - len("/server-0123456789abcdef.sock") - 2))
    while_it_begins = private_control_path(folder, "0123456789abcdef") + "." + "r" * 16
    assert len(while_it_begins) < SOCKET_PATH_LIMIT_BYTES
