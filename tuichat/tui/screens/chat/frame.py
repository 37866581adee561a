"""The frame of the main screen: which panes it has and where they stand."""

from collections.abc import Callable
from datetime import datetime

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from tuichat.tui.key_order import EchoingScreen
from tuichat.tui.panes.attached_strip import AttachedStrip
from tuichat.tui.panes.call_strip import CallStrip
from tuichat.tui.panes.channel_list import ChannelList
from tuichat.tui.panes.composer import Composer
from tuichat.tui.panes.footer import Footer
from tuichat.tui.panes.guild_rail import GuildRail
from tuichat.tui.panes.header import Header
from tuichat.tui.panes.me_panel import MePanel
from tuichat.tui.panes.member_list import MemberList
from tuichat.tui.panes.message_list import MessageList
from tuichat.tui.panes.offer_list import OfferList
from tuichat.tui.panes.room_pane import RoomPane
from tuichat.tui.panes.status_line import StatusLine
from tuichat.tui.panes.tab_bar import TabBar
from tuichat.tui.panes.voice_pane import VoicePane

NARROW, MEDIUM, WIDE = "-narrow", "-medium", "-wide"
# What is shown: a voice channel, a stage; of these, what is written there.
VOICE, ROOM, TALK = "-voice", "-room", "-talk"


class ChatFrame(EchoingScreen):
    """The panes, without anything in them. What a query found stays true while the screen lives."""

    HORIZONTAL_BREAKPOINTS = [(0, NARROW), (100, MEDIUM), (120, WIDE)]  # noqa: RUF012  as Textual declares it
    VERTICAL_BREAKPOINTS = [(0, "-short"), (30, "-tall")]  # noqa: RUF012

    def __init__(self, *, now: Callable[[], datetime]) -> None:
        super().__init__()
        self._now = now

    def compose(self) -> ComposeResult:
        # Textual sets these with the first resize, which comes after the first layout.
        width, height = self.app.size
        self.add_class(_breakpoint(self.HORIZONTAL_BREAKPOINTS, width), _breakpoint(self.VERTICAL_BREAKPOINTS, height))
        with Horizontal(id="panes"):
            with Horizontal(id="side"):
                yield GuildRail(id="rail")
                with Vertical(id="left"):
                    yield ChannelList(id="channels")
                    yield MePanel(id="me")
            with Vertical(id="middle"):
                yield TabBar(id="tabs")
                yield Header(id="header")
                with Horizontal(id="page"):
                    yield VoicePane(id="voice")
                    yield RoomPane(id="room")
                    with Vertical(id="talk"):
                        yield MessageList(now=self._now, id="messages")
                        yield StatusLine(id="status")
                        yield AttachedStrip(id="attached")
                        yield Composer(id="composer")
                        yield OfferList(id="offers")
            yield MemberList(id="members")
        yield CallStrip(id="call")
        yield Footer(id="footer")

    @property
    def rail(self) -> GuildRail:
        return self.query_one("#rail", GuildRail)

    @property
    def channels(self) -> ChannelList:
        return self.query_one("#channels", ChannelList)

    @property
    def messages(self) -> MessageList:
        return self.query_one("#messages", MessageList)

    @property
    def offers(self) -> OfferList:
        return self.query_one("#offers", OfferList)

    @property
    def composer(self) -> Composer:
        return self.query_one("#composer", Composer)

    @property
    def members(self) -> MemberList:
        return self.query_one("#members", MemberList)

    @property
    def voice(self) -> VoicePane:
        return self.query_one("#voice", VoicePane)

    @property
    def room(self) -> RoomPane:
        return self.query_one("#room", RoomPane)

    @property
    def talk(self) -> Vertical:
        """Return what is written: messages and composer."""
        return self.query_one("#talk", Vertical)

    @property
    def spoken_page(self) -> VoicePane | RoomPane | None:
        """Return the page of the voice channel or the stage that is shown, None where what is shown is read."""
        if self.has_class(ROOM):
            return self.room
        return self.voice if self.has_class(VOICE) else None

    @property
    def shows_talk(self) -> bool:
        """Whether messages and composer are in view."""
        return self.spoken_page is None or self.has_class(TALK) or (self.has_class(ROOM) and self.has_class(WIDE))


def _breakpoint(breakpoints: list[tuple[int, str]], cells: int) -> str:
    return max((limit, name) for limit, name in breakpoints if limit <= max(0, cells))[1]
