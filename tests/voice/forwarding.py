"""A Unix socket forwarded as ssh does it: the bytes go on, later where a test wants that, and descriptors sent along do not."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

READ_BYTES = 65536


class Forwarding:
    """`delay_s` may be changed at any time, for what comes from then on."""

    def __init__(self, path: Path, target: Path, delay_s: float) -> None:
        self._path = path
        self._target = target
        self.delay_s = delay_s
        self._end = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self.is_listening = threading.Event()
        self.loop = asyncio.new_event_loop()

    async def run(self) -> None:
        async with await asyncio.start_unix_server(self._serve, self._path):
            self.is_listening.set()
            await self._end.wait()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def end(self) -> None:
        self.loop.call_soon_threadsafe(self._end.set)

    async def _serve(self, near: asyncio.StreamReader, to_near: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        with contextlib.suppress(OSError, asyncio.CancelledError):  # nobody is there, or the test is over
            far, to_far = await asyncio.open_unix_connection(self._target)
            try:
                await asyncio.gather(self._pass_on(near, to_far), self._pass_on(far, to_near))
            finally:
                to_far.close()
        to_near.close()

    async def _pass_on(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        """Write everything `delay_s` after it came, in order."""
        loop = asyncio.get_running_loop()
        while data := await source.read(READ_BYTES):
            loop.call_later(self.delay_s, sink.write, data)
        loop.call_later(self.delay_s, sink.close)


@contextlib.contextmanager
def forwarded(path: Path, target: Path, delay_s: float = 0.0) -> Iterator[Forwarding]:
    """Listen at `path` for what listens at `target`, `delay_s` away in each direction."""
    forwarding = Forwarding(path, target, delay_s)
    thread = threading.Thread(target=forwarding.loop.run_until_complete, args=(forwarding.run(),), daemon=True)
    thread.start()
    assert forwarding.is_listening.wait(5)
    try:
        yield forwarding
    finally:
        forwarding.end()
        thread.join(5)
        forwarding.loop.close()
        path.unlink(missing_ok=True)
