"""Makes a plugin of tuichat in ten lines; needs the standard library alone, so a copy of this one file works anywhere.

    from tuichat import plugin

    @plugin.on("message")
    def greet(message: plugin.Event) -> None:
        plugin.act("msg", to=message["channel"]["address"], text="Hello!")

    plugin.run()

tuichat puts this module where a plugin's `python3` finds it. man tuichat-plugin has the manifest and the protocol.
"""

import collections
import itertools
import json
import sys
from collections.abc import Callable, Iterator
from typing import IO, Any

Event = dict[str, Any]  # an object as `tuichat schema` describes it: its "type" says which
Handler = Callable[[Event], object]
Value = str | int | float | bool | None

PROTOCOL = 1


class Refused(Exception):
    """tuichat did not do what was asked for: its words say why; `reason` is not_granted, wrong or failed."""

    def __init__(self, text: str, reason: str) -> None:
        super().__init__(text)
        self.reason = reason


class Plugin:
    """A plugin at the two ends of its pipes. `on`, `act` and `run` of this module are those of one on standard input and output."""

    def __init__(self, source: IO[bytes] | None = None, sink: IO[str] | None = None) -> None:
        self.hello: Event = {}
        self._source = source
        self._sink = sink
        self._handlers: dict[str, list[Handler]] = {}
        self._numbers = itertools.count(1)
        self._waiting: collections.deque[Event] = collections.deque()

    def on(self, type_: str) -> Callable[[Handler], Handler]:
        """Have a function be called with each event of a type; "lost" tells how many were left out, "hello" comes first."""

        def register(handler: Handler) -> Handler:
            self._handlers.setdefault(type_, []).append(handler)
            return handler

        return register

    def act(self, action: str, *, in_: str | None = None, **arguments: Value) -> Event:
        """Run a command of tuichat that was granted, and return the answer: `text`, `message_id`, `messages`.

        `in_` is the address of the channel in which it is run, for those that are about one: reply, react, thread. A
        keyword that Python keeps for itself is written with `_` at its end. Raises Refused; EOFError where tuichat is gone.
        """
        number = next(self._numbers)
        request: Event = {"id": number, "action": action}
        if in_ is not None:
            request["in"] = in_
        request["arguments"] = {name.rstrip("_"): value for name, value in arguments.items()}
        sink = self._sink or sys.stdout
        sink.write(json.dumps(request) + "\n")
        sink.flush()
        for told in self._lines():
            if told.get("type") != "answer":
                self._waiting.append(told)  # what happens meanwhile comes after
            elif told.get("id") == number:
                if told.get("is_done"):
                    return told
                raise Refused(str(told.get("text")), str(told.get("reason")))
        raise EOFError("tuichat is gone")

    def run(self) -> None:
        """Handle events until tuichat ends. What a handler raises ends the plugin, but for Refused: that is told and it goes on."""
        for event in self._events():
            if event.get("type") == "hello":
                self.hello = event
            for handler in self._handlers.get(str(event.get("type")), ()):
                try:
                    handler(event)
                except Refused as error:
                    sys.stderr.write(f"{getattr(handler, '__name__', 'handler')}: {error}\n")
                except EOFError:
                    return

    def _events(self) -> Iterator[Event]:
        while True:
            while self._waiting:
                yield self._waiting.popleft()
            told = next(self._lines(), None)
            if told is None:
                return
            yield told

    def _lines(self) -> Iterator[Event]:
        source = self._source or sys.stdin.buffer
        while line := source.readline():
            told = json.loads(line)
            if isinstance(told, dict):
                yield told


_standard = Plugin()
on = _standard.on
act = _standard.act
run = _standard.run
