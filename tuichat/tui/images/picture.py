"""A picture from a stranger, decoded within bounds to the size of its cells. Importing this imports PIL."""

import io
import warnings
from pathlib import Path

from PIL import Image, ImageOps

from tuichat.translation import _

MAX_PIXELS = 40_000_000
FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
CELL_PIXELS = (10, 20)  # of a cell of a terminal that draws the picture itself (taste)


class PictureFault(Exception):
    """The file is no picture that is shown."""


def pixels(path: Path, width: int, height: int) -> Image.Image:
    """Return the first frame of a picture, scaled to this size, on black. Raises PictureFault. Takes its time."""
    small = _first_frame(path, width, height).resize((width, height), Image.Resampling.BOX)
    ground = Image.new("RGBA", small.size, (0, 0, 0, 255))
    ground.alpha_composite(small)
    return ground.convert("RGB")


def _first_frame(path: Path, width: int, height: int) -> Image.Image:
    """Return a picture's first frame with its transparency, decoded for this size if its format can that."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=FORMATS) as image:
                if image.width * image.height > MAX_PIXELS:
                    raise PictureFault(
                        _("The picture has {width}x{height} pixels.").format(width=image.width, height=image.height)
                    )
                image.draft("RGB", (width * 2, height * 2))
                image.seek(0)
                return image.convert("RGBA")
    except PictureFault:
        raise
    except Exception as error:  # decoders of strangers' files raise what they like
        raise PictureFault(_("The picture cannot be read: {name}.").format(name=type(error).__name__)) from error


def fitted(path: Path, width: int, height: int) -> Image.Image:
    """Return a picture in its own shape in the middle of this size, with its transparency. Raises PictureFault."""
    frame = _first_frame(path, width, height)
    # A size that was rounded to cells is none to leave a border for.
    if abs(frame.width * height - frame.height * width) <= max(frame.width, frame.height) * 2:
        return frame.resize((width, height), Image.Resampling.BOX)
    return ImageOps.pad(frame, (width, height), Image.Resampling.BOX, color=(0, 0, 0, 0))


def png(path: Path, columns: int, rows: int) -> bytes:
    """Return a picture as the PNG that a terminal is sent: in its own shape, in the middle of its cells."""
    return png_bytes(fitted(path, columns * CELL_PIXELS[0], rows * CELL_PIXELS[1]))


def png_bytes(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def part(path: Path, width: int, height: int, zoom: int, centre: tuple[float, float]) -> Image.Image:
    """Return what of a picture is in view: 1/`zoom` of each side around `centre` (0 to 1), scaled to this size.

    Raises PictureFault. Takes its time.
    """
    side = 1 / zoom
    left = min(max(centre[0] - side / 2, 0.0), 1 - side)
    top = min(max(centre[1] - side / 2, 0.0), 1 - side)
    whole = pixels(path, width * zoom, height * zoom)
    x, y = round(left * whole.width), round(top * whole.height)
    return whole.crop((x, y, x + width, y + height))
