"""A place where lines are typed by a person whose settings are kept."""

from dataclasses import replace

from tests.commands.fake_client import GENERAL, FakeClient, FakeScreen, context
from tuichat.commands.choosing import KeptChooser
from tuichat.commands.context import CommandContext, Outcome
from tuichat.commands.engine import Engine
from tuichat.commands.jobs import Jobs
from tuichat.commands.recorder import Recorder
from tuichat.commands.screen import Severity
from tuichat.config.paths import Profile
from tuichat.config.schema import Settings


class TypedSite:
    """`enter` does what a composer does."""

    def __init__(self) -> None:
        self.client = FakeClient()
        self.screen = FakeScreen()
        self.told: list[str] = []
        self.chosen: list[Settings] = []
        self.chooser = KeptChooser(Profile("ada"), Settings(), self.chosen.append)
        self.recorder = Recorder()
        self.jobs: Jobs | None = None
        self.engine = Engine()

    def begin_jobs(self) -> Jobs:
        self.jobs = Jobs(self._tell)
        return self.jobs

    def context(self) -> CommandContext:
        here = context(self.client, GENERAL, self.screen)
        return replace(here, chooser=self.chooser, recorder=self.recorder, jobs=self.jobs)

    async def enter(self, line: str) -> Outcome:
        recorded = self.recorder.take(line)
        outcome = await self.engine.submit(line, self.context())
        if not outcome.is_done:
            self.recorder.drop(recorded)
        return outcome

    @property
    def sent(self) -> list[str]:
        return [text for _channel, text, _reply in self.client.sent]

    def _tell(self, text: str, severity: Severity) -> None:
        self.told.append(text)
