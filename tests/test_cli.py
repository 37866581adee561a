"""The command line: what each word reaches, and how it fails."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import pytest

import tuichat
from tuichat import cli
from tuichat.config.paths import Profile, bridge_state_dir, config_file, data_dir
from tuichat.config.schema import Settings
from tuichat.errors import TuichatError
from tuichat.server.options import Registration, S3Options, ServeOptions

CLOSED = subprocess.DEVNULL


def run(*words: str, stdin: int = CLOSED) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-P", "-m", "tuichat", *words]
    return subprocess.run(command, stdin=stdin, capture_output=True, text=True, check=False)


class Recorder:
    """Stands in for a part of the program; keeps what it was given."""

    def __init__(self, answer: int = 0, failure: BaseException | None = None) -> None:
        self.calls: list[tuple[object, ...]] = []
        self._answer = answer
        self._failure = failure

    def __call__(self, *given: object) -> int:
        self.calls.append(given)
        if self._failure is not None:
            raise self._failure
        return self._answer


def put_module(monkeypatch: pytest.MonkeyPatch, name: str, **members: object) -> None:
    module = ModuleType(name)
    vars(module).update(members)
    monkeypatch.setitem(sys.modules, name, module)


@pytest.fixture(autouse=True)
def no_logging(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuichat.config.log.start_logging", lambda *_: Path())
    monkeypatch.setattr("tuichat.config.log.start_logging_to_stderr", lambda *_: None)


def serve_options(monkeypatch: pytest.MonkeyPatch, words: Sequence[str]) -> ServeOptions:
    serve = Recorder()
    put_module(monkeypatch, "tuichat.server.app", serve=serve)
    assert cli.main(["serve", *words]) == 0
    (options,) = serve.calls[0]
    assert isinstance(options, ServeOptions)
    return options


def test_version_is_printed() -> None:
    answer = run("--version")
    assert (answer.returncode, answer.stdout) == (0, f"tuichat {tuichat.__version__}\n")


@pytest.mark.parametrize(
    "words",
    [
        ["--nonsense"],
        ["serve", "--port", "x"],
        ["serve", "--data", ""],
        ["serve", "--tls-cert="],
        ["serve", "--tls", "off"],
        ["server", "status", "--data", ""],
        ["admin", "account", "list", "--data="],
        ["admin"],
        ["server"],
        ["bot", "create"],
    ],
)
def test_wrong_command_line_is_a_usage_error(words: list[str]) -> None:
    answer = run(*words)
    assert answer.returncode == 2
    assert "usage: tuichat" in answer.stderr


@pytest.mark.parametrize(
    ("words", "usage"),
    [
        ("--frob", "tuichat"),
        ("serve --frob", "tuichat serve"),
        ("serve frob", "tuichat serve"),
        ("serve --profile bob", "tuichat serve"),
        ("bot create x --frob", "tuichat bot create"),
        ("admin invite list --frob", "tuichat admin invite list"),
    ],
)
def test_unknown_words_bring_the_usage_of_their_command(
    words: str, usage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(words.split())
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert told.startswith(f"usage: {usage} [-h]")
    assert f"{usage}: error: unrecognized arguments: " in told


@pytest.mark.parametrize("option", ["--host", "--voice-host"])
@pytest.mark.parametrize("host", ["", "a b", "http://a", "a..b", "-a", "a:80", "x" * 64])
def test_what_is_no_host_is_a_usage_error(option: str, host: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["serve", f"{option}={host}", "--insecure"]) == 2
    assert f"{option} takes an IP address or a host name, got {host!r}." in capsys.readouterr().err


def test_options_are_not_guessed_from_their_beginning() -> None:
    assert run("--prof", "bob").returncode == 2


def test_screen_is_not_opened_without_a_terminal() -> None:
    answer = run()
    assert answer.returncode == 2
    assert "tuichat demo" in answer.stderr


def test_expected_error_is_one_sentence() -> None:
    answer = run("--profile", "../etc")
    assert answer.returncode == 1
    assert answer.stderr.startswith("tuichat: A profile's name is")
    assert answer.stderr.count("\n") == 1


def test_screen_gets_profile_and_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Recorder(answer=5)
    put_module(monkeypatch, "tuichat.tui.app", run=screen)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    assert cli.main(["--profile", "bob"]) == 5
    assert screen.calls == [(Profile("bob"), Settings())]


def test_serve_defaults_are_safe(monkeypatch: pytest.MonkeyPatch) -> None:
    options = serve_options(monkeypatch, [])
    assert options == ServeOptions(data=data_dir())
    assert (options.host, options.port, options.registration) == ("127.0.0.1", 8765, Registration.INVITE)
    assert options.linger_s is None


def test_serve_passes_every_option_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "c").touch()
    (tmp_path / "k").touch()
    monkeypatch.chdir(tmp_path)
    words = (
        "--host 0.0.0.0 --port 0 --data team --tls-cert c --tls-key k --registration closed "
        "--public-url https://chat.example/ --voice-host 1.2.3.4 --voice-port 5000 "
        "--trusted-proxy 10.0.0.0/8 --trusted-proxy ::1 --insecure --no-rate-limits"
    )
    assert serve_options(monkeypatch, words.split()) == ServeOptions(
        data=tmp_path / "team",
        host="0.0.0.0",
        port=0,
        tls_cert=tmp_path / "c",
        tls_key=tmp_path / "k",
        registration=Registration.CLOSED,
        public_url="https://chat.example",
        voice_host="1.2.3.4",
        voice_port=5000,
        trusted_proxy=("10.0.0.0/8", "::1"),
        insecure=True,
        rate_limits=False,
    )


def test_tls_auto_is_an_option_and_a_setting_that_a_certificate_overrules(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert serve_options(monkeypatch, ["--tls", "auto"]).tls_auto
    config_file().parent.mkdir(parents=True)
    config_file().write_text('[server]\ntls = "auto"\n')
    assert serve_options(monkeypatch, ["--personal"]).tls_auto
    (tmp_path / "c").touch()
    assert not serve_options(monkeypatch, ["--tls-cert", str(tmp_path / "c")]).tls_auto


def test_personal_server_lingers_and_picks_a_port(monkeypatch: pytest.MonkeyPatch) -> None:
    options = serve_options(monkeypatch, ["--personal"])
    assert (options.personal, options.port, options.linger_s) == (True, 0, 300)


def test_settings_reach_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    config_file().parent.mkdir(parents=True)
    config_file().write_text(
        '[server]\nlinger = "forever"\nallowed_origins = ["https://a.example"]\n'
        "rate_limits = false\nrequests_per_second = 70\nmax_upload_mib = 500\nlink_previews = false\nfetch_networks = ['10.0.0.0/8']\n"
    )
    options = serve_options(monkeypatch, ["--personal"])
    assert options.linger_s is None
    assert options.allowed_origins == ("https://a.example",)
    assert (options.rate_limits, options.requests_per_second) == (False, 70)
    assert options.max_upload_bytes == 500 * 1024 * 1024
    assert options.s3 is None
    assert (options.link_previews, options.fetch_networks) == (False, ("10.0.0.0/8",))


def test_a_bucket_of_the_settings_reaches_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    config_file().parent.mkdir(parents=True)
    config_file().write_text(
        "[server]\ns3_bucket = 'team-files'\ns3_endpoint = 'https://s3.example/'\ns3_region = 'eu'\ns3_credentials = '/k'\n"
    )
    options = serve_options(monkeypatch, [])
    expected = S3Options(endpoint="https://s3.example", bucket="team-files", region="eu", credentials=Path("/k"))
    assert options.s3 == expected


def test_serve_beyond_this_machine_without_tls_is_refused() -> None:
    answer = run("serve", "--host", "0.0.0.0", "--port", "0")
    assert answer.returncode == 2
    assert "--tls-cert" in answer.stderr
    assert "--insecure" in answer.stderr
    assert answer.stdout == ""


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("admin account create al", {"noun": "account", "action": "create", "name": "al"}),
        ("admin account list", {"noun": "account", "action": "list"}),
        ("admin password reset al", {"noun": "password", "action": "reset", "name": "al"}),
        (
            "admin invite create --guild 7 --max-uses 3 --max-age 0",
            {"noun": "invite", "action": "create", "guild": "7", "max_uses": 3, "max_age": 0},
        ),
        ("admin invite create", {"noun": "invite", "action": "create", "guild": None}),
        ("admin guild create Team --owner al", {"noun": "guild", "action": "create", "name": "Team", "owner": "al"}),
        ("admin guild list", {"noun": "guild", "action": "list"}),
        ("admin invite list", {"noun": "invite", "action": "list"}),
        ("admin invite revoke abc", {"noun": "invite", "action": "revoke", "code": "abc"}),
        ("bot create robo --guild 7", {"noun": "bot", "action": "create", "name": "robo", "guild": "7"}),
    ],
)
def test_administration_is_handed_over(
    words: str, expected: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = Recorder()
    put_module(monkeypatch, "tuichat.server.admin", main=admin)
    assert cli.main(words.split()) == 0
    ((args,),) = admin.calls
    assert expected.items() <= vars(args).items()
    assert vars(args)["data"] == data_dir()


def test_no_command_takes_a_password() -> None:
    for words in (["admin", "account", "create", "al", "--password", "x"], ["admin", "account", "create", "al", "x"]):
        assert run(*words).returncode == 2


def test_demo_is_handed_its_output(monkeypatch: pytest.MonkeyPatch) -> None:
    demo = Recorder()
    put_module(monkeypatch, "tuichat.demo", main=demo)
    assert cli.main(["demo", "--output", "x.png"]) == 0
    ((args,),) = demo.calls
    assert vars(args)["output"] == Path("x.png")


@pytest.mark.parametrize(
    ("failure", "code"),
    [(TuichatError("The sea is rough."), 1), (KeyboardInterrupt(), 130), (RuntimeError("oops"), 70)],
)
def test_every_failure_has_its_exit_code(
    failure: BaseException, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    put_module(monkeypatch, "tuichat.demo", main=Recorder(failure=failure))
    assert cli.main(["demo"]) == code
    told = capsys.readouterr().err
    assert ("Traceback" in told) is (code == 70)
    if code == 1:
        assert told == "tuichat: The sea is rough.\n"


def test_bug_report_hides_secrets(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    failure = RuntimeError("Authorization: Bot hunter2hunter2")
    put_module(monkeypatch, "tuichat.demo", main=Recorder(failure=failure))
    assert cli.main(["demo"]) == 70
    assert "hunter2" not in capsys.readouterr().err


def test_reader_that_goes_away_is_no_traceback() -> None:
    config_file().parent.mkdir(parents=True)
    log = Profile().state_dir / "client.log"
    log.parent.mkdir(parents=True)
    log.write_text("line\n" * 200_000)
    reader, writer = os.pipe()
    os.close(reader)
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "tuichat", "logs"], stdout=writer, stderr=subprocess.PIPE, text=True
    ) as process:
        os.close(writer)
        assert process.communicate()[1] == ""
    assert process.returncode == 1


def test_config_check_and_path() -> None:
    assert run("config", "path").stdout == f"{config_file()}\n"
    assert "every setting has its default" in run("config", "check").stdout
    config_file().parent.mkdir(parents=True)
    config_file().write_text("[ui]\nclock = 3\n")
    answer = run("config", "check")
    assert answer.returncode == 1
    assert answer.stderr == f'tuichat: {config_file()}: ui.clock is 3; it takes "24h" or "12h".\n'


def test_keys_lists_every_action_as_the_settings_have_it() -> None:
    config_file().parent.mkdir(parents=True)
    config_file().write_text('[keys.bind]\n"messages.reply" = "Z"\n')
    answer = run("keys")
    assert answer.returncode == 0
    (line,) = [line for line in answer.stdout.splitlines() if line.startswith("messages.reply ")]
    assert line.split()[1] == "Z"
    config_file().write_text('[keys.bind]\n"messages.reply" = "c"\n')
    answer = run("keys")
    assert answer.returncode == 1
    assert 'c is both "Reply"' in answer.stderr


def test_config_edit_needs_a_terminal() -> None:
    answer = run("config")
    assert answer.returncode == 2
    assert str(config_file()) in answer.stderr


def test_logs_are_shown_and_their_absence_is_told() -> None:
    missing = run("logs")
    assert missing.returncode == 1
    assert "no log yet" in missing.stderr
    log = Profile("bob").state_dir / "client.log"
    log.parent.mkdir(parents=True)
    log.write_text("hello\n")
    assert run("--profile", "bob", "logs").stdout == "hello\n"
    assert run("logs", "server", "--path").stdout.endswith("/server/server.log\n")
    log.write_text("")
    assert run("--profile", "bob", "logs").stdout == f"The log {log} is empty: nothing was worth telling yet.\n"
    bridge_state_dir().mkdir()
    (bridge_state_dir() / "ssh.log").write_text("lent\n")
    assert run("logs", "ssh").stdout == "lent\n"
    assert run("logs", "ssh", "--path").stdout == f"{bridge_state_dir() / 'ssh.log'}\n"


def test_server_status_without_a_server_starts_none() -> None:
    answer = run("server", "status")
    assert answer.returncode == 1
    assert answer.stdout.startswith("No server is running")
    assert not (data_dir() / "server.json").exists()
    assert run("server", "stop").stdout == "No server was running.\n"
