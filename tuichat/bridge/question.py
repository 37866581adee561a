"""The question whether a machine may have this laptop's sound, in the terminal that logs in there."""

import asyncio
import shlex
from collections.abc import Callable
from dataclasses import dataclass

from tuichat.bridge.consent import Again, Consent, ConsentError
from tuichat.bridge.host_key import is_unchecked, known_keys
from tuichat.bridge.ssh_configuration import SshConfiguration
from tuichat.translation import _


@dataclass(frozen=True)
class Voice:
    """How whoever sits here is told something, and asked; both make texts from outside safe to show."""

    say: Callable[[str], None]
    pass_on: Callable[[str], None]
    """For lines that are another program's."""
    put: Callable[[str], None]
    """Put a question, whose answer `take` reads from standard input."""
    take: Callable[[], str] | None
    """None where nobody can answer."""


class Question:
    """It is put before ssh logs in where ssh knows the machine's key by then, else as soon as it has learned that."""

    def __init__(self, voice: Voice, consent: Consent, configuration: SshConfiguration, host: str) -> None:
        self.keys = known_keys(configuration)
        self._voice = voice
        self._consent = consent
        self._configuration = configuration
        self._destination = configuration.destination
        self._host = host
        self._is_settled = False

    def settle_before(self) -> bool:
        """Return False where the machine is to have no sound."""
        if not self.keys:
            return self._tell_of(self._said)
        self._is_settled = True
        said = self._said
        if said is None and self._voice.take is not None:
            self._voice.put(self._words())
            said = self._keep(self._voice.take())
        return self._tell_of(said)

    async def settle_there(self) -> bool:
        """Do the same now that ssh has logged in, where it was not done before or ssh knows the machine by another key.

        So it is where only the key of port 22 was known of a machine at another port, and the user has taken a new one.
        """
        before = self._said
        self.keys = await asyncio.to_thread(known_keys, self._configuration)
        self._note_found()
        if self._is_settled and self._said == before:
            return True
        self._is_settled = True
        said = self._said
        if said is None and self._voice.take is not None:
            self._voice.put(self._words())
            await _readable(0)
            said = self._keep(self._voice.take())
        return self._tell_of(said)

    @property
    def _said(self) -> bool | None:
        return self._consent.of(self._destination, self.keys)

    def _note_found(self) -> None:
        try:
            self._consent.found(self._destination, self.keys)
        except ConsentError as error:
            self._voice.say(str(error))

    def _words(self) -> str:
        match self._consent.why_again(self._destination, self.keys):
            case _ if not self.keys and is_unchecked(self._configuration):
                why = _("ssh checks no key of {host}: your answer holds for any machine at this address.").format(
                    host=self._host
                )
            case _ if not self.keys:
                why = _(
                    "No known_hosts file of yours has a key of {host}: your answer holds for any machine at this address that "
                    "ssh takes for it."
                ).format(host=self._host)
            case Again.OTHER_KEY:
                why = _("{host} has another key than the machine that you answered for.").format(host=self._host)
            case Again.KEPT_WITHOUT_KEY:
                why = _("Answers hold for a machine's key now, so you are asked once again.")
            case None:
                why = ""
        question = _(
            "May {host} ({destination}) use this machine's microphone and loudspeaker in your calls? [y/N] "
        ).format(host=self._host, destination=self._destination)
        return f"{why} {question}".lstrip()

    def _keep(self, answer: str) -> bool:
        """Return whether that was a yes."""
        said = answer.strip().lower()
        is_allowed = said in ("y", "yes", *_("y yes").split())
        try:
            if is_allowed:
                self._consent.allow(self._destination, self.keys)
            elif said:  # what was no answer is asked again the next time
                self._consent.refuse(self._destination, self.keys)
        except ConsentError as error:
            self._voice.say(str(error))
        return is_allowed

    def _tell_of(self, said: bool | None) -> bool:
        command = f"tuichat bridge allow {shlex.quote(self._destination)}"
        if self._consent.is_stopped(self._destination):
            self._voice.say(
                _("You stopped the sound of {destination}: `{command}` lets it go on.").format(
                    destination=self._destination, command=command
                )
            )
        if said is False:
            self._voice.say(
                _("This session is without this machine's sound; `{command}` changes that.").format(command=command)
            )
        return said is not False


async def _readable(descriptor: int) -> None:
    """Wait until somebody has answered, without keeping a signal from ending it all."""
    loop = asyncio.get_running_loop()
    answered = asyncio.Event()
    loop.add_reader(descriptor, answered.set)
    try:
        await answered.wait()
    finally:
        loop.remove_reader(descriptor)
