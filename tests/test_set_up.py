"""The set-up script: which Python it takes, and what it says when something is missing."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# fmt: off
TOOLS = (
    "sh", "cat", "chmod", "cksum", "dirname", "grep", "head", "id", "kill", "mkdir", "rm", "sed", "sleep", "tail",
    "uname",
)
# fmt: on


class Clone:
    """A clone with a PATH of its own: the plain tools, and programs that a test writes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "clone"
        self.programs = folder / "bin"
        (self.folder / ".ci").mkdir(parents=True)
        self.programs.mkdir()
        shutil.copy(ROOT / ".ci" / "set-up.sh", self.folder / ".ci")
        shutil.copy(ROOT / "pyproject.toml", self.folder)
        self.plugins = folder / "alsa-lib"
        self.plugins.mkdir()
        (self.plugins / "libasound_module_pcm_pulse.so").touch()
        for name in TOOLS:
            if found := shutil.which(name):
                (self.programs / name).symlink_to(found)

    @property
    def environment(self) -> dict[str, str]:
        return {"PATH": str(self.programs), "HOME": os.environ["HOME"], "ALSA_PLUGIN_DIR": str(self.plugins)}

    def program(self, name: str, script: str) -> None:
        path = self.programs / name
        path.unlink(missing_ok=True)  # writing through the link of a tool would replace this machine's own
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def python(self, name: str = "python3", *, version: str = "3.12.1", venv: bool = True) -> None:
        """Put a Python there that answers the script's questions and notes what pip is asked to do."""
        new_enough = "exit 0" if version >= "3.11" else "exit 1"
        self.program(
            name,
            f"""
            case "$*" in
                *version_info*3,\\ 11*) {new_enough} ;;
                *'import ensurepip'*) exit {0 if venv else 1} ;;
                *version_info*:2*) echo {version.rpartition(".")[0]} ;;
                --version) echo Python {version} ;;
                '-m venv .venv')
                    mkdir -p .venv/bin; echo "version = {version}" > .venv/pyvenv.cfg
                    cat "{self.programs}/{name}" > .venv/bin/python; chmod +x .venv/bin/python ;;
                '-m pip --version') exit 0 ;;
                *'sys.prefix'*) cd .venv && pwd -P ;;
                *pip\\ install*) echo "$*" >> pip-calls; [ ! -f pip-fails ] || {{ echo 'no space left'; exit 1; }} ;;
                *'import pyaudio'*) [ -f voice-works ] ;;
                *Python.h*) exit 0 ;;
                *find_library*) exit 0 ;;
                *) echo "unexpected: $*" >&2; exit 99 ;;
            esac""".replace("\n            ", "\n"),
        )

    def compiler(self, *, has_portaudio: bool) -> None:
        self.program("cc", f"exit {0 if has_portaudio else 1}")

    def set_up(self, goal: str = "run", **environment: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [".ci/set-up.sh", goal],
            cwd=self.folder,
            env={**self.environment, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def pip_calls(self) -> list[str]:
        path = self.folder / "pip-calls"
        return path.read_text().splitlines() if path.exists() else []


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path)


def test_no_python_is_told_in_one_sentence(clone: Clone) -> None:
    answer = clone.set_up()
    assert answer.returncode == 1
    assert answer.stderr.count("\n") == 1
    assert "Python 3.11 or newer is needed" in answer.stderr


def test_python_that_is_too_old_is_passed_over(clone: Clone) -> None:
    clone.python("python3", version="3.10.4")
    assert "Python 3.11 or newer is needed" in clone.set_up().stderr
    clone.python("python3.11", version="3.11.2")
    clone.compiler(has_portaudio=True)
    (clone.folder / "voice-works").touch()
    assert "Making .venv with Python 3.11.2" in clone.set_up().stderr


def test_missing_venv_module_names_its_package(clone: Clone) -> None:
    clone.python(version="3.11.2", venv=False)
    answer = clone.set_up()
    assert answer.returncode == 1
    assert "python3.11-venv" in answer.stderr


def test_second_set_up_does_nothing(clone: Clone) -> None:
    clone.python()
    clone.compiler(has_portaudio=True)
    (clone.folder / "voice-works").touch()
    assert clone.set_up().returncode == 0
    calls = clone.pip_calls()
    assert len(calls) == 1
    again = clone.set_up()
    assert (again.returncode, again.stderr) == (0, "")
    assert clone.pip_calls() == calls


def test_changed_project_is_installed_again(clone: Clone) -> None:
    clone.python()
    clone.compiler(has_portaudio=True)
    (clone.folder / "voice-works").touch()
    clone.set_up()
    with (clone.folder / "pyproject.toml").open("a") as file:
        file.write("\n# one more dependency\n")
    clone.set_up()
    assert len(clone.pip_calls()) == 2


def test_tests_need_more_than_running_does(clone: Clone) -> None:
    clone.python()
    clone.compiler(has_portaudio=True)
    (clone.folder / "voice-works").touch()
    clone.set_up("run")
    clone.set_up("test")
    clone.set_up("run")
    assert [call.rpartition(" ")[2] for call in clone.pip_calls()] == [".", ".[test,scaled]", ".[quality]"]


def test_voice_that_cannot_be_built_is_one_line_with_the_remedy(clone: Clone) -> None:
    clone.python()
    clone.program("apt-get", "echo apt-get was run >> apt-calls")
    clone.compiler(has_portaudio=False)
    answer = clone.set_up()
    assert answer.returncode == 0
    voice = [line for line in answer.stderr.splitlines() if "Voice" in line]
    assert len(voice) == 1
    assert "apt-get install -y portaudio19-dev && make voice" in voice[0]
    assert not (clone.folder / "apt-calls").exists(), "packages were installed though nobody could be asked"


def test_no_way_from_alsa_to_the_sound_server_names_its_package(clone: Clone) -> None:
    clone.python()
    clone.program("apt-get", "exit 1")
    clone.compiler(has_portaudio=True)
    (clone.plugins / "libasound_module_pcm_pulse.so").unlink()
    assert "apt-get install -y libasound2-plugins && make voice" in clone.set_up().stderr


def test_the_tools_of_this_machine_are_not_written_through_links(clone: Clone) -> None:
    before = Path(shutil.which("id") or "").read_bytes()
    clone.program("id", "echo 1000")
    assert Path(shutil.which("id") or "").read_bytes() == before


def test_voice_whose_build_fails_leaves_the_rest(clone: Clone) -> None:
    clone.python()
    clone.compiler(has_portaudio=True)
    answer = clone.set_up()
    assert answer.returncode == 0
    assert "Voice is left out" in answer.stderr
    assert clone.set_up().stderr == ""


def test_failing_install_shows_pips_last_words_and_names_its_log(clone: Clone) -> None:
    clone.python()
    (clone.folder / "pip-fails").touch()
    answer = clone.set_up()
    assert answer.returncode == 1
    assert "no space left" in answer.stderr
    assert ".venv/set-up.log" in answer.stderr
    assert not (clone.folder / ".venv.lock").exists()
    (clone.folder / "pip-fails").unlink()
    clone.compiler(has_portaudio=True)
    assert clone.set_up().returncode == 0


def test_lock_of_a_set_up_that_was_killed_is_taken_over(clone: Clone) -> None:
    clone.python()
    clone.compiler(has_portaudio=True)
    with subprocess.Popen(["true"]) as gone:
        gone.wait()
    (clone.folder / ".venv.lock").mkdir()
    (clone.folder / ".venv.lock" / "pid").write_text(f"{gone.pid}\n")
    assert clone.set_up().returncode == 0


def test_set_ups_at_the_same_instant_install_once(clone: Clone) -> None:
    clone.python()
    clone.compiler(has_portaudio=True)
    (clone.folder / "voice-works").touch()
    command = [".ci/set-up.sh", "run"]
    runs = [
        subprocess.Popen(command, cwd=clone.folder, env=clone.environment, stdin=subprocess.DEVNULL) for _ in range(3)
    ]
    assert [run.wait(60) for run in runs] == [0, 0, 0]
    assert len(clone.pip_calls()) == 1


class Terminal:
    """A terminal on which somebody has already typed an answer."""

    def __init__(self, typed: str) -> None:
        self._screen, self._keyboard = os.openpty()
        os.write(self._screen, typed.encode())

    def set_up(self, clone: Clone, goal: str = "run") -> str:
        """Run the script on the terminal; return what it showed."""
        shown = b""
        with subprocess.Popen(
            [".ci/set-up.sh", goal],
            cwd=clone.folder,
            env=clone.environment,
            stdin=self._keyboard,
            stderr=self._keyboard,
        ):
            os.close(self._keyboard)
            try:
                while chunk := os.read(self._screen, 4096):
                    shown += chunk
            except OSError:
                pass  # Linux's way to say that the other side has closed
        os.close(self._screen)
        return shown.decode()


def without_portaudio(folder: Path) -> Clone:
    """A clone on a Debian where PortAudio's headers are missing until apt-get brings them."""
    folder.mkdir()
    clone = Clone(folder)
    clone.python()
    clone.program("cc", "[ -f portaudio-installed ]")
    clone.program("id", "echo 1000")
    clone.program("sudo", 'exec "$@"')
    clone.program("apt-get", 'echo "$*" >> apt-calls; : > portaudio-installed; : > voice-works')
    return clone


def test_packages_are_asked_for_on_a_terminal_and_installed_after_a_yes(tmp_path: Path) -> None:
    clone = without_portaudio(tmp_path / "a")
    shown = Terminal("y\n").set_up(clone)
    assert 'Install them now with "sudo apt-get install -y portaudio19-dev"? [Y/n]' in shown
    assert (clone.folder / "apt-calls").read_text() == "install -y portaudio19-dev\n"
    assert "left out" not in shown
    assert clone.pip_calls()[-1].endswith(".[voice]")


def test_a_no_is_remembered_by_the_next_clone_and_make_voice_asks_again(tmp_path: Path) -> None:
    first = without_portaudio(tmp_path / "a")
    assert "[Y/n]" in Terminal("n\n").set_up(first)
    assert not (first.folder / "apt-calls").exists()
    second = without_portaudio(tmp_path / "b")
    shown = Terminal("").set_up(second)
    assert "[Y/n]" not in shown
    assert "Voice is left out" in shown
    assert "[Y/n]" in Terminal("y\n").set_up(second, "voice")
    assert (second.folder / "apt-calls").exists()
