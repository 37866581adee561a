"""Runs the enabled plugins of a profile beside its tuichat: tells them events, carries out what they ask, and begins them anew."""

import asyncio
import logging
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import msgspec

import tuichat
from tuichat.automation.events import Events
from tuichat.automation.plugins import answer, confinement, shelf, status
from tuichat.automation.plugins.confinement import Cell, Confinement
from tuichat.automation.plugins.grants import Grant, Grants
from tuichat.automation.plugins.log import PluginLog
from tuichat.automation.plugins.obedience import Obedience
from tuichat.automation.plugins.permission import Permission
from tuichat.automation.plugins.process import PluginProcess
from tuichat.automation.plugins.shelf import Installed
from tuichat.automation.plugins.status import State, Status, folder_of
from tuichat.automation.records import AnyRecord
from tuichat.automation.site import Site
from tuichat.commands.screen import Severity
from tuichat.config.private_files import make_private_dir, write_private
from tuichat.errors import TuichatError
from tuichat.translation import _

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0  # taste: how soon `tuichat plugin enable` shows in a tuichat that is open
BACK_OFF_S = (1.0, 2.0, 4.0, 8.0, 16.0)  # after so many ends in a row it is disabled
STEADY_S = 300.0  # taste: who ran so long begins to count anew


class Host:
    """A part of automation. `find` says what confines plugins here."""

    def __init__(self, site: Site, find: Callable[[], Confinement] = confinement.find) -> None:
        self._site = site
        self._find = find
        self._grants = Grants(site.profile)
        self._kind = Confinement.NONE
        self._library = site.profile.state_dir / "plugins" / ".library"  # no plugin has such a name
        self._running: dict[str, tuple[Permission, PluginProcess]] = {}
        self._keepers: dict[str, tuple[Grant, asyncio.Task[None]]] = {}
        self._task: asyncio.Task[None] | None = None
        self._events: Events | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._watch(), name="plugins")

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._events is not None:
            self._events.close()
        keepers = [task for _grant, task in self._keepers.values()]
        for task in keepers:
            task.cancel()
        await asyncio.gather(*keepers, return_exceptions=True)
        self._keepers.clear()

    async def _watch(self) -> None:
        """Begin and end plugins as the grants say, which the command line changes."""
        known = None
        while True:
            try:
                now = await asyncio.to_thread(_version, self._grants.path)
                if now != known:
                    known = now
                    await self._follow(await asyncio.to_thread(self._grants.all))
            except TuichatError as error:
                self._tell(str(error))
            except Exception:
                logger.exception("plugins could not be begun or ended")
            await asyncio.sleep(LOOK_EVERY_S)

    async def _follow(self, grants: dict[str, Grant]) -> None:
        wanted = {name: grant for name, grant in grants.items() if grant.is_enabled}
        for name, (grant, task) in list(self._keepers.items()):
            if wanted.get(name) != grant:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
                del self._keepers[name]
        begun = {name: grant for name, grant in wanted.items() if name not in self._keepers}
        if begun and self._events is None:
            self._kind = await asyncio.to_thread(self._find)
            await asyncio.to_thread(self._write_library)
            self._events = Events(self._site, self._put)
        for name, grant in begun.items():
            self._keepers[name] = grant, asyncio.create_task(self._keep(name, grant), name=f"plugin {name}")

    def _put(self, record: AnyRecord) -> None:
        line = b""
        for permission, process in self._running.values():
            if permission.allows_event(record, self._site.clients, self._site.settings.scripts.guild):
                line = line or msgspec.json.encode(record) + b"\n"
                process.event(line)

    async def _keep(self, name: str, grant: Grant) -> None:
        try:
            await self._run_again_and_again(name, grant)
        except (TuichatError, OSError) as error:
            self._tell(_("The plugin {name} does not run: {error}").format(name=name, error=error))
        except Exception:
            logger.exception("the plugin %s is not run any more", name)
            self._tell(_("The plugin {name} does not run; `tuichat logs` has the reason.").format(name=name))

    async def _run_again_and_again(self, name: str, grant: Grant) -> None:
        loop = asyncio.get_running_loop()
        failures = 0
        while True:
            plugin = await asyncio.to_thread(shelf.find, name)
            if plugin.manifest.sha256 != grant.sha256:
                self._tell(
                    _(
                        "The plugin {name} asks for something else now, so it does not run: see `tuichat plugin enable {name}`."
                    ).format(name=name)
                )
                return
            if grant.is_confined and self._kind is Confinement.NONE:
                self._tell(
                    _(
                        "Nothing confines the plugin {name} here any more, so it does not run: see `tuichat plugin enable {name}`."
                    ).format(name=name)
                )
                return
            begun_s = loop.time()
            reason = await self._run(plugin)
            if not reason:
                return
            failures = 1 if loop.time() - begun_s > STEADY_S else failures + 1
            if failures > len(BACK_OFF_S):
                sentence = _(
                    "The plugin {name} ended {count} times in a row and is disabled now: {reason}. See `tuichat plugin log {name}`."
                ).format(name=name, reason=reason, count=failures)
                self._tell(sentence)  # first: the watch ends what the grants do not have any more
                await asyncio.to_thread(self._grants.disable, name, sentence)
                return
            await asyncio.sleep(BACK_OFF_S[failures - 1])

    async def _run(self, plugin: Installed) -> str:
        """Run a plugin once; return why it ended, empty where it wanted to."""
        profile = self._site.profile
        cell = await asyncio.to_thread(self._cell, plugin)
        log = PluginLog(profile, plugin.name)
        permission = Permission(plugin.manifest)
        process = PluginProcess(plugin.manifest, self._kind, cell, log, Obedience(self._site, permission, log).take)
        process.event(answer.hello(plugin.manifest))
        self._running[plugin.name] = permission, process
        reason = _("tuichat ended it")
        try:
            await self._note(plugin.name, State.RUNNING)
            log.host(_("It begins. Confined by: {confinement}.").format(confinement=self._kind.value or _("nothing")))
            reason = await process.run()
        finally:
            process.close()
            log.host(_("It ended: {reason}.").format(reason=reason or _("by itself")))
            del self._running[plugin.name]
            log.close()
            await asyncio.shield(self._note(plugin.name, State.ENDED, reason))
        return reason

    async def _note(self, name: str, state: State, reason: str = "") -> None:
        when = datetime.now().astimezone().isoformat(timespec="seconds")
        text = "" if state is State.RUNNING else reason or _("it ended by itself")
        noted = Status(state, when=when, text=text, confined_by=self._kind.value)
        await asyncio.to_thread(status.write, self._site.profile, name, noted)

    def _cell(self, plugin: Installed) -> Cell:
        """Make the folders that a plugin may write: its home, which is kept, and one for what is temporary, which is empty."""
        own = make_private_dir(folder_of(self._site.profile, plugin.name))
        temporary = own / "tmp"
        shutil.rmtree(temporary, ignore_errors=True)
        return Cell(
            plugin.folder,
            self._library.resolve(),
            make_private_dir(own / "home").resolve(),
            make_private_dir(temporary).resolve(),
        )

    def _write_library(self) -> None:
        """Put `tuichat.plugin` where plugins find it, and nothing else of tuichat."""
        package = make_private_dir(self._library / "tuichat")
        write_private(package / "__init__.py", b'"""What plugins see of tuichat: the module plugin."""\n')
        write_private(package / "plugin.py", Path(tuichat.__file__).with_name("plugin.py").read_bytes())

    def _tell(self, sentence: str) -> None:
        logger.warning("%s", sentence)
        screen = self._site.context().screen
        if screen is not None:
            screen.show_notice(sentence, Severity.WARNING)


def _version(path: Path) -> tuple[int, int] | None:
    """Return what differs when a file was replaced."""
    try:
        there = path.stat()
    except FileNotFoundError:
        return None
    return there.st_ino, there.st_mtime_ns
