"""Asking the gateway for a place in voice until it says where the voice server is, over whatever happens to its line."""

import asyncio
from collections.abc import Callable

from tuichat.client.state import Connection, State
from tuichat.config.secret import remember_secret
from tuichat.protocol.call import VoiceServerUpdate
from tuichat.protocol.guild import VoiceState
from tuichat.translation import _

ANSWER_LIMIT_S = 2.0  # taste: a gateway that does not answer op 4 for so long has lost its line
PUT_OUT_LIMIT_S = 1.0  # taste: how long the gateway has to say that one was moved or put out
MAX_SILENT_ANSWERS = 5  # taste: how often silence is taken for a lost line before it is taken for a no
SEEK_EVERY_S = 0.5  # taste: who is cut off in the middle of a talk does not wait for a back-off


class PlaceClaim:
    """One place after the other. Its two halves, VOICE_STATE_UPDATE and VOICE_SERVER_UPDATE, come in any order.

    `ask` sends op 4 for the place; `seek` has the gateway try at once to come back, `drop` has it find out soon whether its
    connection still lives; `fail` is told, in a sentence, that the place cannot be had.
    """

    def __init__(
        self,
        state: State,
        *,
        ask: Callable[[], None],
        seek: Callable[[], None],
        drop: Callable[[], None],
        fail: Callable[[str], None],
    ) -> None:
        self._state = state
        self._ask = ask
        self._seek = seek
        self._drop = drop
        self._fail = fail
        self._server: VoiceServerUpdate | None = None
        self._silent_answers = 0
        self._given: tuple[str, str, int] | None = None  # token, session and channel of what was paired last
        self._timer: asyncio.TimerHandle | None = None
        self.is_open = False
        """Whether somebody wants a place at all."""
        self.is_asked = False
        """Whether an op 4 is out, so that what is known of the place is from before it."""

    @property
    def is_given(self) -> bool:
        """Whether both halves were paired, and are still good as far as is known."""
        return self._given is not None

    def begin(self) -> None:
        """Want a place, or another one."""
        self.is_open = True
        self._silent_answers = 0
        self.ask()

    def ask(self) -> None:
        """Ask for the place and a grant; where the gateway is away, that is done when it is back."""
        self._server = self._given = None
        self.is_asked = True
        if self._state.connection is not Connection.READY:
            self._set_timer(SEEK_EVERY_S, self._seek_on)
            return
        self._ask()
        self._set_timer(ANSWER_LIMIT_S, self._no_answer)

    def renew(self, *, is_put_out: bool) -> None:
        """The voice server takes the grant no more. Where one was put out, the gateway says in a moment what that means."""
        self._given = None
        if is_put_out:
            self._set_timer(PUT_OUT_LIMIT_S, self._ask_where_needed)
        else:
            self.ask()

    def prosper(self) -> None:
        """One is connected there."""
        self._silent_answers = 0

    def end(self) -> None:
        """No place is wanted any more."""
        self.is_open = self.is_asked = False
        self._server = self._given = None
        self._stop_timer()

    def connection_lost(self) -> None:
        """The gateway is away: while a place is wanted it is tried again without a back-off."""
        if self.is_open:
            self._set_timer(SEEK_EVERY_S, self._seek_on)

    def take_server(self, server: VoiceServerUpdate) -> None:
        """Take one half; the other is in the state."""
        self._server = server
        remember_secret(server.token)

    def pair(self, own: VoiceState | None, channel_id: int) -> VoiceServerUpdate | None:
        """Return the grant for a place in this channel as soon as both halves are there, and each of them once."""
        server = self._server
        if server is None or server.endpoint is None or own is None:
            return None
        if self.is_asked and own.channel_id != channel_id:
            return None
        self.is_asked = False
        self._stop_timer()
        given = (server.token, own.session_id, channel_id)
        if given == self._given:
            return None
        self._given = given
        return server

    def _ask_where_needed(self) -> None:
        if self.is_open and self._given is None:
            self.ask()

    def _no_answer(self) -> None:
        """The gateway did not say where the voice server is: its line is dead, it took it for a mute, or it says no."""
        if not self.is_open or not self.is_asked:
            return
        if self._server is not None and self._server.endpoint is None:
            return  # there is no voice server now, and another update follows
        self._silent_answers += 1
        if self._silent_answers >= MAX_SILENT_ANSWERS:
            self._fail(_("The server does not let you into this voice channel, and does not say why."))
            return
        self._drop()
        self.ask()

    def _seek_on(self) -> None:
        if not self.is_open:
            return
        if self._state.connection is Connection.REFUSED:
            self._fail(self._state.connection_note)
        elif self._state.connection is not Connection.READY:
            self._seek()
            self._set_timer(SEEK_EVERY_S, self._seek_on)
        elif self.is_asked:
            self.ask()

    def _set_timer(self, delay_s: float, action: Callable[[], None]) -> None:
        self._stop_timer()
        self._timer = asyncio.get_running_loop().call_later(delay_s, action)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
