"""One run of `tuichat ssh`: an ordinary session of ssh, which this machine lends its ears meanwhile."""

import asyncio
import contextlib
import logging
import os
import secrets
import signal
import socket
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tuichat import __version__
from tuichat.bridge.bridge import Bridge
from tuichat.bridge.capture import Capture
from tuichat.bridge.connection_plan import (
    ConnectionPlan,
    PathError,
    Sharing,
    choose_sharing,
    forwarding,
    private_control_path,
)
from tuichat.bridge.consent import Consent, ConsentError
from tuichat.bridge.keeper import Keeper
from tuichat.bridge.keeper_script import Marked, Trouble
from tuichat.bridge.master import has_room, is_answered, tell
from tuichat.bridge.question import Question, Voice
from tuichat.bridge.ssh_arguments import SshArgumentError, SshArguments, parse
from tuichat.bridge.ssh_configuration import (
    EXIT_SSH,
    IN_SESSION,
    SshConfiguration,
    SshConfigurationError,
    SshMissing,
    find_ssh,
    read_configuration,
)
from tuichat.bridge.terminal import Terminal
from tuichat.bridge.this_laptop import laptop_name, laptop_number
from tuichat.bridge.window_title import shows_title
from tuichat.local.runtime import runtime_dir
from tuichat.local.ssh_session import SessionFile, new_secret, socket_name
from tuichat.translation import _

log = logging.getLogger(__name__)

EXIT_USAGE = 2
EXIT_MISSING = 127  # as shells have it for a program that is not there


def run(words: Sequence[str], voice: Voice, *, runs_tuichat: bool) -> int:
    """Log in; return the exit code of ssh, 128 and a signal's number where one ended it."""
    try:
        arguments = parse(words)
        ssh = find_ssh()
        if arguments.command and runs_tuichat:
            raise SshArgumentError(_("--run runs tuichat: no other command can go with it."))
        if arguments.without_session:
            return _pass_on(ssh, words, voice, arguments.without_session)
        configuration = read_configuration(arguments.options, arguments.host)
    except SshMissing as error:
        voice.say(str(error))
        return EXIT_MISSING
    except SshArgumentError as error:
        voice.say(str(error))
        return EXIT_USAGE
    except SshConfigurationError as error:
        voice.say(str(error))
        return error.exit_code
    if configuration.without_session:
        return _pass_on(ssh, words, voice, configuration.without_session)
    consent = Consent()
    question = Question(voice, consent, configuration, arguments.host)
    if not question.settle_before():
        plan = ConnectionPlan(ssh, arguments, configuration, Sharing.USERS, "", runs_tuichat=runs_tuichat)
        return _become(plan.session())
    return asyncio.run(_log_in(ssh, voice, arguments, configuration, consent, question, runs_tuichat=runs_tuichat))


async def _log_in(
    ssh: str,
    voice: Voice,
    arguments: SshArguments,
    configuration: SshConfiguration,
    consent: Consent,
    question: Question,
    *,
    runs_tuichat: bool,
) -> int:
    path = configuration.control_path
    has_master = bool(path) and await is_answered(ssh, path, arguments.host)
    login = Login(
        ssh, voice, arguments, configuration, consent, question, has_master=has_master, runs_tuichat=runs_tuichat
    )
    return await login.run()


class Login:
    """The commands of one login and what they need from here."""

    def __init__(
        self,
        ssh: str,
        voice: Voice,
        arguments: SshArguments,
        configuration: SshConfiguration,
        consent: Consent,
        question: Question,
        *,
        has_master: bool,
        runs_tuichat: bool,
    ) -> None:
        self._key = secrets.token_hex(8)
        self._secret = new_secret()
        self._consent = consent
        self._question = question
        self._say = voice.say
        self._pass_on = voice.pass_on
        self._folder = runtime_dir()
        self._local = self._folder / f"bridge-{self._key}.sock"
        self._terminal: Terminal | None = None
        self._bridge: Bridge | None = None
        self._was_known = False
        self._ended_by: signal.Signals | None = None
        sharing = choose_sharing(arguments, configuration, has_master=has_master)
        self._private_path = private_control_path(self._folder, self._key)
        self._joins = has_master and sharing is Sharing.USERS
        control_path = configuration.control_path if sharing is Sharing.USERS else self._private_path
        self._plan = ConnectionPlan(ssh, arguments, configuration, sharing, control_path, runs_tuichat=runs_tuichat)

    async def run(self) -> int:
        """Run the session from its first question to its end; whatever ends it, both files there and the terminal are seen to."""
        task = asyncio.current_task()
        assert task is not None
        loop = asyncio.get_running_loop()

        def end(by: signal.Signals) -> None:
            self._ended_by = by
            task.cancel()

        for name in (signal.SIGHUP, signal.SIGTERM):
            loop.add_signal_handler(name, end, name)
        try:
            return await self._run()
        except asyncio.CancelledError:
            if self._ended_by is None:
                raise
            return 128 + self._ended_by
        finally:
            for name in (signal.SIGHUP, signal.SIGTERM):
                loop.remove_signal_handler(name)

    async def _run(self) -> int:
        configuration, host = self._plan.configuration, self._plan.arguments.host
        bridge = Bridge(
            configuration.destination,
            host,
            self._secret,
            self._local,
            consent=self._consent,
            keys=None,
            show=self._show if self._has_title() else None,
        )
        # It can be stopped from the beginning: a stop holds for the login that is under way.
        async with contextlib.AsyncExitStack() as lending:
            await lending.enter_async_context(bridge)
            return await self._log_in(bridge, lending)

    async def _log_in(self, bridge: Bridge, lending: contextlib.AsyncExitStack) -> int:
        """Run all that needs the connection; `lending` ends the bridge, before the connection or where there is no sound."""
        if self._joins and not await has_room(self._plan.probe()):
            self._say_refused()
            self._plan = replace(self._plan, sharing=Sharing.NONE, control_path=self._private_path)
        elif self._plan.sharing is Sharing.NONE:
            self._say(
                _(
                    "You share no connection (ControlPath none), so ssh logs in twice and may ask twice. Without that "
                    "option, or with ControlMaster auto, once is enough."
                )
            )
        plan, arguments = self._plan, self._plan.arguments
        session_file = SessionFile(secret=self._secret.hex(), laptop=laptop_name(), laptop_number=laptop_number())
        keeper = await Keeper.start(
            plan.keeper(),
            session_file,
            self._key,
            show=self._pass_on,
            environ={**os.environ, IN_SESSION: self._key},
        )
        waits = False
        marked: Marked | None = None
        try:
            marked = await keeper.opened(self._is_known)
            if marked is None and keeper.exit_code is not None and self._has_failed(keeper.exit_code):
                return _shells(keeper.exit_code)
            sentence, remote = self._judge(marked)
            if sentence:
                self._say(sentence)
                await lending.aclose()
                return await self._session(self._plan)
            if not await self._question.settle_there():
                await lending.aclose()
                return await self._session(await self._with_room())
            bridge.keys = self._question.keys
            self._bridge = bridge
            if self._has_terminal() and bridge.why_no_microphone():
                self._say(
                    _(
                        "Nothing here can show that the microphone is open, neither this terminal's title nor a desktop: "
                        "{host} has the loudspeaker alone. `tuichat bridge allow --unseen {host}` lends it the microphone all the same."
                    ).format(host=arguments.host)
                )
            is_forwarded, with_room = await asyncio.gather(self._forward(remote), self._with_room())
            code = await self._session(with_room)
            await lending.aclose()
            if is_forwarded:
                self._tell_if_unheard(bridge, code)
            waits = plan.sharing is not Sharing.PRIVATE or plan.configuration.has_forwardings
            return code
        finally:
            await lending.aclose()
            await self._cancel_forwarding(marked)
            await keeper.close(waits=waits and plan.sharing is not Sharing.NONE)
            if plan.sharing is not Sharing.USERS:
                Path(plan.control_path).unlink(missing_ok=True)  # of an ssh that was killed

    def _tell_if_unheard(self, bridge: Bridge, code: int) -> None:
        """Say what is missing over there, where nothing of it asked for the sound; of an ordinary session until once it did."""
        destination, host = bridge.destination, self._plan.arguments.host
        if bridge.was_heard:
            with contextlib.suppress(ConsentError):  # it is said once more at worst
                self._consent.heard(destination)
        elif self._plan.runs_tuichat and code == EXIT_MISSING:
            self._say(
                _(
                    "{host} has no tuichat in the PATH of your login shell: install it there, or link it into a folder of that "
                    "PATH. No extra is needed, since the sound is here."
                ).format(host=host)
            )
        elif self._plan.runs_tuichat or not (self._plan.arguments.command or self._consent.was_heard(destination)):
            self._say(
                _(
                    "No tuichat on {host} asked for this machine's sound. To talk, run tuichat {version} or newer there, in "
                    "such a session; it needs no extra, since the sound is here."
                ).format(host=host, version=__version__)
            )

    def _is_known(self) -> bool:
        """Whether ssh has logged in: it listens at its socket then, where a file alone may be of one that is dead."""
        self._was_known = self._was_known or (bool(self._plan.control_path) and _listens(self._plan.control_path))
        return self._was_known

    def _has_failed(self, code: int) -> bool:
        """Whether ssh has said itself that there is no session to be had; once it has logged in, that is the script's code."""
        return code < 0 or (code == EXIT_SSH and not self._is_known())

    def _judge(self, marked: Marked | None) -> tuple[str, str]:
        """Return why there is no sound in this session, or where the socket goes over there."""
        host = self._plan.arguments.host
        if marked is None:
            return _(
                "{host} did not run what keeps the sound's socket (a forced command, or a shell that prints or asks too "
                "much when it starts). This session is without your laptop's sound."
            ).format(host=host), ""
        match marked.trouble:
            case None:
                return "", f"{marked.folder}/{socket_name(self._key)}"
            case Trouble.LENGTH:
                reason = _("its path to $HOME/.cache/tuichat is too long for a socket")
            case Trouble.FOLDER:
                reason = _("$XDG_RUNTIME_DIR/tuichat or ~/.cache/tuichat there is no folder of yours alone")
            case Trouble.WRITING:
                reason = _("it cannot write there: its disk may be full")
        return _("{host}: {reason}. This session is without your laptop's sound.").format(host=host, reason=reason), ""

    async def _with_room(self) -> ConnectionPlan:
        """Return the plan by which the user's session has a place: sshd may allow one session a connection."""
        if self._plan.sharing is Sharing.NONE or await has_room(self._plan.probe()):
            return self._plan
        self._say_refused()
        return replace(self._plan, sharing=Sharing.NONE)

    def _say_refused(self) -> None:
        self._say(
            _(
                "{host}'s sshd allows no further session on this connection (MaxSessions), so ssh logs in twice and may ask "
                "twice. With MaxSessions 2 or more there, once is enough: ControlMaster needs that."
            ).format(host=self._plan.arguments.host)
        )

    async def _forward(self, remote: str) -> bool:
        """Have the connection forward the socket; return whether it does."""
        plan = self._plan
        try:
            wanted = forwarding(remote, self._local)
        except PathError as error:
            self._say(str(error))
            return False
        said = await tell(plan.control("forward", "-R", wanted))
        if said is not None:
            log.info("the forwarding was refused: %s", said)
            self._say(
                _(
                    "{host}'s sshd forwards no sockets (AllowStreamLocalForwarding, DisableForwarding, or a restricted "
                    "key). This session is without your laptop's sound."
                ).format(host=plan.arguments.host)
            )
        return said is None

    async def _cancel_forwarding(self, marked: Marked | None) -> None:
        """Have a connection that lives on forward the socket no more; one that is gone is no matter."""
        if self._plan.sharing is Sharing.USERS and marked is not None and marked.folder:
            with contextlib.suppress(PathError):
                remote = f"{marked.folder}/{socket_name(self._key)}"
                await tell(self._plan.control("cancel", "-R", forwarding(remote, self._local)))

    async def _session(self, plan: ConnectionPlan) -> int:
        """Run the user's own session; return its exit code."""
        command = plan.session()
        os.environ[IN_SESSION] = self._key
        if self._has_terminal():
            self._terminal = Terminal(
                0,
                knows_titles=self._has_title(),
                escape=self._plan.configuration.values.get("escapechar", "~"),
                on_suspend=self._suspended,
            )
            return _shells(await self._terminal.run(command))
        process = await asyncio.create_subprocess_exec(*command)
        try:
            return _shells(await process.wait())
        finally:
            if process.returncode is None:
                process.terminate()
                await process.wait()

    def _has_terminal(self) -> bool:
        return os.isatty(0) and os.isatty(1) and self._plan.wants_terminal

    def _has_title(self) -> bool:
        """Whether the session's terminal can show something beside what the session writes."""
        return self._has_terminal() and shows_title(os.environ)

    def _suspended(self) -> None:
        if self._bridge is not None:
            self._bridge.pause()

    def _show(self, capture: Capture) -> None:
        if self._terminal is not None:
            title = _("● {name} hears your microphone").format(name=capture.name)
            self._terminal.set_title(title if capture.is_open else None)


def _listens(path: str) -> bool:
    with socket.socket(socket.AF_UNIX) as asked:
        asked.setblocking(False)
        try:
            asked.connect(path)
        except BlockingIOError:  # it has no room for the moment
            return True
        except OSError:
            return False
    return True


def _pass_on(ssh: str, words: Sequence[str], voice: Voice, why: str) -> int:
    """Become ssh as it was meant, for what opens no ordinary session."""
    voice.say(
        _("{option} opens no ordinary session, so that there is no sound in it: this is ssh alone.").format(option=why)
    )
    return _become([ssh, *words])


def _become(command: Sequence[str]) -> int:
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(command[0], list(command))  # noqa: S606  # the user's own ssh and words


def _shells(code: int) -> int:
    """Return the exit code as a shell has it for one that a signal ended."""
    return code if code >= 0 else 128 - code
