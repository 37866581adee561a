"""A picture of the screen: draws the cells of a running app with the fonts of the package, emoji with the system's."""

from functools import lru_cache
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageDraw, ImageFont
from rich.cells import cell_len
from rich.color import Color as RichColor

from tuichat.text.graphemes import graphemes

if TYPE_CHECKING:
    from rich.style import Style
    from textual.app import App

CELL_WIDTH, CELL_HEIGHT = 12, 26  # pixels
FONT_SIZE = 20
BASELINE = 0.76  # of a cell's height (taste)
MARGIN = 18
TITLE_HEIGHT = 30
FRAME, FRAME_EDGE, OUTSIDE, TITLE = (24, 26, 36), (42, 45, 60), (11, 12, 18), (124, 129, 156)
LIGHTS = ((255, 95, 87), (254, 188, 46), (40, 200, 64))

FACES = ("JetBrainsMono-Regular", "DejaVuSansMono")
EMOJI_FONTS = (  # 10 MB, so not in the package; the first that is installed is used
    "/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf",  # Debian, Ubuntu: fonts-noto-color-emoji
    "/usr/share/fonts/google-noto-color-emoji-fonts/NotoColorEmoji.ttf",  # Fedora
    "/usr/share/fonts/noto/NotoColorEmoji.ttf",  # Arch
)
EMOJI_SIZE = 109  # pixels: the one size that the bitmaps of these fonts have

Rgb = tuple[int, int, int]
# Block elements as parts of a cell (left, top, right, bottom), drawn as boxes so that neighbours touch.
_BLOCKS: dict[str, tuple[float, float, float, float]] = {
    "█": (0, 0, 1, 1),
    "▀": (0, 0, 1, 0.5),
    "▌": (0, 0, 0.5, 1),
    "▐": (0.5, 0, 1, 1),
    "▍": (0, 0, 0.375, 1),
    "▎": (0, 0, 0.25, 1),
    "▏": (0, 0, 0.125, 1),
    "▊": (0, 0, 0.75, 1),
    "▔": (0, 0, 1, 0.125),
    "▕": (0.875, 0, 1, 1),
    **{chr(0x2580 + eighths): (0, 1 - eighths / 8, 1, 1) for eighths in range(1, 8)},
    "╻": (0.42, 0.5, 0.6, 1),
}
_LINES = {"─": "h", "│": "v"}


@lru_cache(maxsize=8)
def _font(name: str, size: int = FONT_SIZE) -> ImageFont.FreeTypeFont:
    data = (files("tuichat.tui") / "fonts" / f"{name}.ttf").read_bytes()
    return ImageFont.truetype(BytesIO(data), size)


@lru_cache(maxsize=4096)
def _has_glyph(name: str, character: str) -> bool:
    """Say whether a font can draw a character: what it cannot looks like U+FFFF, which no font has."""
    font = _font(name)
    return bytes(font.getmask(character)) != bytes(font.getmask("\uffff"))


@lru_cache(maxsize=256)
def _emoji(sign: str) -> Image.Image | None:
    """Return an emoji in colours, cut to what is drawn of it; None where no font shows it."""
    path = next((path for path in EMOJI_FONTS if Path(path).is_file()), None)
    if path is None:
        return None
    image = Image.new("RGBA", (EMOJI_SIZE * 2, EMOJI_SIZE * 2))
    try:
        font = ImageFont.truetype(path, EMOJI_SIZE)
        ImageDraw.Draw(image).text((0, 0), sign, font=font, embedded_color=True)
    except OSError:  # a file that is no font, or one of another kind
        return None
    box = image.getbbox()
    return None if box is None else image.crop(box)


def _rgb(colour: RichColor | None, otherwise: Rgb) -> Rgb:
    if colour is None or colour.is_default:
        return otherwise
    triplet = colour.get_truecolor()
    return triplet.red, triplet.green, triplet.blue


def _theme_colour(app: "App[Any]", name: str) -> RichColor:
    return RichColor.parse(app.theme_variables[name].removeprefix("ansi_"))


def write_png(app: "App[Any]", path: Path) -> None:
    """Write what the app shows now to a PNG file."""
    background = _rgb(_theme_colour(app, "main-bg"), (18, 20, 29))
    foreground = _rgb(_theme_colour(app, "text-fg"), (202, 211, 245))
    strips = app.screen._compositor.render_strips()
    width = app.size.width * CELL_WIDTH + 2 * MARGIN
    image = Image.new("RGB", (width, len(strips) * CELL_HEIGHT + 2 * MARGIN + TITLE_HEIGHT), OUTSIDE)
    draw = ImageDraw.Draw(image)
    _draw_frame(draw, image.width, image.height, app.title)
    for row, strip in enumerate(strips):
        column = 0
        for text, style, _ in strip:
            y = MARGIN + TITLE_HEIGHT - 12 + row * CELL_HEIGHT
            _draw_run(image, text, style, MARGIN + column * CELL_WIDTH, y, foreground, background)
            column += cell_len(text)
    image.save(path, optimize=True)


def _draw_frame(draw: ImageDraw.ImageDraw, width: int, height: int, title: str) -> None:
    draw.rounded_rectangle((4, 4, width - 5, height - 5), 12, fill=FRAME, outline=FRAME_EDGE, width=2)
    for number, colour in enumerate(LIGHTS):
        left = MARGIN + number * 22
        draw.ellipse((left, 13, left + 12, 25), fill=colour)
    size = 14
    faces = [next((name for name in FACES if _has_glyph(name, sign)), FACES[0]) for sign in title]
    fonts = [_font(name, size) for name in faces]
    x = (width - sum(font.getlength(sign) for font, sign in zip(fonts, title, strict=True))) / 2
    for font, sign in zip(fonts, title, strict=True):
        draw.text((x, 19), sign, font=font, fill=TITLE, anchor="lm")
        x += font.getlength(sign)


def _draw_run(
    image: Image.Image, text: str, style: "Style | None", x: int, y: int, foreground: Rgb, background: Rgb
) -> None:
    cells = cell_len(text)
    if not cells:
        return
    draw = ImageDraw.Draw(image)
    face = "Regular"
    ink, paper = foreground, background
    if style is not None:
        ink, paper = _rgb(style.color, foreground), _rgb(style.bgcolor, background)
        if style.reverse:
            ink, paper = paper, ink
        if style.dim:
            ink = tuple((part + under) // 2 for part, under in zip(ink, paper, strict=True))  # type: ignore[assignment]
        face = ("Bold" if style.bold else "") + ("Italic" if style.italic else "") or "Regular"
    right = x + cells * CELL_WIDTH - 1
    draw.rectangle((x, y, right, y + CELL_HEIGHT - 1), fill=paper)
    left = x
    for sign in graphemes(text):
        width = cell_len(sign)
        if sign != " ":
            _draw_sign(image, draw, sign, left, y, width, face, ink)
        left += width * CELL_WIDTH
    if style is not None and style.underline:
        line = y + round(CELL_HEIGHT * 0.86)
        draw.line((x, line, right, line), fill=ink)
    if style is not None and style.strike:
        line = y + CELL_HEIGHT // 2
        draw.line((x, line, right, line), fill=ink)


def _draw_sign(
    image: Image.Image, draw: ImageDraw.ImageDraw, sign: str, x: int, y: int, cells: int, face: str, ink: Rgb
) -> None:
    """Draw one grapheme: of those that are no emoji, the base alone."""
    character = sign[0]
    if box := _BLOCKS.get(character):
        left, top, right, bottom = box
        draw.rectangle(
            (
                x + round(left * CELL_WIDTH),
                y + round(top * CELL_HEIGHT),
                x + round(right * CELL_WIDTH) - 1,
                y + round(bottom * CELL_HEIGHT) - 1,
            ),
            fill=ink,
        )
        return
    if direction := _LINES.get(character):
        middle_x, middle_y = x + CELL_WIDTH // 2, y + CELL_HEIGHT // 2
        if direction == "h":
            draw.line((x, middle_y, x + CELL_WIDTH - 1, middle_y), fill=ink, width=2)
        else:
            draw.line((middle_x, y, middle_x, y + CELL_HEIGHT - 1), fill=ink, width=2)
        return
    for name in (f"JetBrainsMono-{face}", *FACES):
        if _has_glyph(name, character):
            draw.text((x, y + CELL_HEIGHT * BASELINE), character, font=_font(name), fill=ink, anchor="ls")
            return
    if emoji := _emoji(sign):
        side = min(max(1, cells) * CELL_WIDTH, CELL_HEIGHT)
        scale = side / max(emoji.size)
        small = emoji.resize((max(1, round(emoji.width * scale)), max(1, round(emoji.height * scale))))
        image.paste(small, (x + (side - small.width) // 2, y + (CELL_HEIGHT - small.height) // 2), small)
        return
    # No font has it: a box of its width says that something stands there.
    draw.rectangle((x + 2, y + 5, x + max(1, cells) * CELL_WIDTH - 3, y + CELL_HEIGHT - 6), outline=ink)
