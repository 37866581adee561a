"""What cannot be drawn shows a placeholder, is logged without its words, and takes nothing with it."""

import logging
from pathlib import Path

import msgspec
import pytest
from PIL import Image

from tests.tui.bot_samples import raw
from tests.tui.samples import GRACE, LINUS, ME, RANDOM, FakeClient, message, sample_state
from tests.tui.screens import Shown, running
from tuichat.client.change import MessageArrived
from tuichat.config.paths import config_dir
from tuichat.config.schema import Settings, UiSettings
from tuichat.protocol.message import Attachment, Message
from tuichat.protocol.snowflake import Snowflake
from tuichat.text.notice_text import Notice
from tuichat.tui.images.gallery import Gallery
from tuichat.tui.messages import component_lines, layout
from tuichat.tui.messages.drawing import Drawing
from tuichat.tui.messages.embeds import _EmbedDrawer
from tuichat.tui.notifier import Notifier
from tuichat.tui.panes.channel_list import ChannelList
from tuichat.tui.panes.footer import Footer
from tuichat.tui.panes.member_list import MemberList
from tuichat.tui.screens.chat import notices
from tuichat.tui.screens.chat.files import Files
from tuichat.tui.styles import own_themes
from tuichat.tui.styles.themes import DARK


async def test_a_message_that_cannot_be_drawn_stands_alone(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    whole = Drawing.markdown

    def failing(self: Drawing, text: str, *arguments: object, **options: object) -> object:
        if "geheim" in text:
            raise ValueError(f"cannot read {text!r}")
        return whole(self, text, *arguments, **options)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(Drawing, "markdown", failing)
    written = [message(GRACE, 3, "before"), message(GRACE, 2, "geheim", number=1), message(GRACE, 1, "after", number=2)]
    with caplog.at_level(logging.ERROR):
        async with running(FakeClient(sample_state(written))) as shown:
            text = "\n".join(shown.messages())
            assert "this message cannot be shown" in text
            assert "before" in text
            assert "after" in text
            await shown.press("shift+f6", "up", "up")  # it can be selected like any other
            assert shown.app.is_running
    assert "ValueError" in caplog.text
    assert "geheim" not in caplog.text


async def test_a_row_that_cannot_be_drawn_stands_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = ChannelList.draw

    def failing(self: ChannelList, row: object, look: object) -> object:
        if getattr(row, "name", "") == "random":
            raise KeyError("random")
        return whole(self, row, look)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(ChannelList, "draw", failing)
    async with running(FakeClient(sample_state())) as shown:
        assert "cannot be shown" in shown.text
        assert "# general" in shown.text


# What a fault of ours says may hold what people wrote.
WORDS = "geheim"
PART = "this part of the message cannot be shown"


def fail(*_arguments: object, **_options: object) -> list[object]:
    raise ValueError(f"cannot draw {WORDS}")


def picture() -> Attachment:
    url = "https://chat.example/attachments/1/2/p.png"
    return Attachment(
        id=Snowflake(77),
        filename="p.png",
        size=99,
        url=url,
        proxy_url=url,
        width=40,
        height=40,
        content_type="image/png",
    )


def with_parts() -> Message:
    """Return a message with a bit of everything."""
    return msgspec.structs.replace(
        message(GRACE, 2, "the text", number=1),
        embeds=[raw({"title": "first embed"}), raw({"title": "second embed"})],
        components=[
            raw({"type": 10, "content": "first component"}),
            raw({"type": 10, "content": "second component"}),
        ],
        attachments=(picture(),),
    )


async def is_well(shown: Shown) -> None:
    """The app goes on: it takes what is typed, and other messages are there."""
    assert "before" in shown.text
    assert "after" in shown.text
    await shown.type("still here")
    assert "still here" in shown.text
    assert shown.app.return_code is None


def among_others(item: Message) -> FakeClient:
    return FakeClient(sample_state([message(LINUS, 3, "before"), item, message(LINUS, 1, "after", number=2)]))


async def test_an_embed_that_cannot_be_drawn_leaves_the_other_parts(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    whole = _EmbedDrawer.lines
    monkeypatch.setattr(
        _EmbedDrawer, "lines", lambda self: fail() if self._embed.title == "first embed" else whole(self)
    )
    async with running(among_others(with_parts())) as shown:
        assert PART in shown.text
        for words in ("the text", "second embed", "first component", "p.png"):
            assert words in shown.text
        assert "first embed" not in shown.text
        await is_well(shown)
    assert WORDS not in caplog.text
    assert "drawing an embed of message" in caplog.text


async def test_a_component_that_cannot_be_drawn_leaves_the_other_parts(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    whole = component_lines._Drawer._text
    monkeypatch.setattr(
        component_lines._Drawer,
        "_text",
        lambda self, text, width: fail() if text.startswith("first") else whole(self, text, width),
    )
    async with running(among_others(with_parts())) as shown:
        assert PART in shown.text
        for words in ("the text", "first embed", "second component", "p.png"):
            assert words in shown.text
        await is_well(shown)
    assert WORDS not in caplog.text


@pytest.mark.slow
@pytest.mark.parametrize(
    "part",
    [
        "poll_lines",
        "forwarded_lines",
        "embed_lines",
        "component_lines",
        "attachment_lines",
        "reaction_lines",
        "thread_lines",
    ],
)
async def test_a_part_that_cannot_be_drawn_leaves_the_text(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, part, fail)
    async with running(among_others(with_parts())) as shown:
        assert PART in shown.text
        assert "the text" in shown.text
        await shown.press("shift+f6", "up", "up", "escape")
        await is_well(shown)


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["lines_in", "half_block_lines"])
async def test_a_picture_that_cannot_be_drawn_leaves_its_name(
    moment: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "p.png"
    Image.new("RGB", (40, 40)).save(path)

    async def fetch(self: object, url: str) -> Path:
        return path

    client = among_others(with_parts())
    monkeypatch.setattr(Files, "fetch_picture", fetch)
    if moment == "lines_in":
        monkeypatch.setattr(Gallery, moment, fail)
    else:
        monkeypatch.setattr("tuichat.tui.images.gallery.half_block_lines", fail)
    async with running(client, settings=Settings(ui=UiSettings(images="blocks"))) as shown:
        await shown.until("the picture cannot be shown" if moment != "lines_in" else PART)
        assert "p.png" in shown.text
        await is_well(shown)
    assert "drawing a picture" in caplog.text
    assert WORDS not in caplog.text


async def test_a_member_that_cannot_be_drawn_stands_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = MemberList.draw
    monkeypatch.setattr(
        MemberList,
        "draw",
        lambda self, row, look: fail() if "grace" in str(getattr(row, "name", "")) else whole(self, row, look),
    )
    async with running(FakeClient(sample_state())) as shown:
        assert "cannot be shown" in shown.text
        assert "● linus" in shown.text
        await shown.type("still here")
        assert "still here" in shown.text


async def test_a_bar_that_cannot_be_drawn_stands_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Footer, "draw", fail)
    async with running(FakeClient(sample_state())) as shown:
        assert "cannot be shown" in shown.lines()[-1]
        await shown.type("still here")
        assert "still here" in shown.text


async def test_a_theme_that_cannot_be_made_shows_the_dark_one(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    folder = config_dir() / "themes"
    folder.mkdir(parents=True)
    (folder / "mine.toml").write_text('base = "dark"\n')
    monkeypatch.setattr(own_themes, "make_theme", fail)
    async with running(FakeClient(sample_state()), settings=Settings(ui=UiSettings(theme="mine"))) as shown:
        await shown.until("These colours cannot be used")
        assert shown.app.theme == DARK.name
        await shown.type("still here")
        assert "still here" in shown.text
    assert "reading the theme failed" in caplog.text
    assert WORDS not in caplog.text


async def test_a_theme_whose_base_is_no_name_is_told() -> None:
    folder = config_dir() / "themes"
    folder.mkdir(parents=True)
    (folder / "mine.toml").write_text("base = []\n")
    async with running(FakeClient(sample_state()), settings=Settings(ui=UiSettings(theme="mine"))) as shown:
        await shown.until("it takes dark, light")


@pytest.mark.parametrize("what", ["words", "way"])
async def test_a_notice_that_cannot_be_told_rings_and_the_app_goes_on(
    what: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    written: list[str] = []
    told: list[Notice] = []
    if what == "words":
        monkeypatch.setattr(notices, "beginning", fail)
        monkeypatch.setattr(Notifier, "_show", lambda self, notice, settings: told.append(notice))
    else:
        monkeypatch.setattr(Notifier, "way", fail)
    client = among_others(message(GRACE, 2, "between", number=1))
    async with running(client) as shown:
        shown.chat.use_notifier(Notifier(written.append, environment={}))
        client.emit(MessageArrived(RANDOM, message(GRACE, 0, WORDS, channel=RANDOM, number=9, mentions=[ME])))
        for _ in range(200):
            client.time_ms += 1000
            shown.chat._tell()
            if written or told:
                break
            await shown.pilot.pause(0.01)
        assert written == ["\x07"] if what == "way" else told
        await is_well(shown)
    assert "notice failed" in caplog.text
    assert WORDS not in caplog.text
