"""Reading and drawing pictures, as functions of one thread."""

import io
import warnings
from pathlib import Path

from PIL import Image, ImageDraw, ImageOps, ImageSequence

from tuichat.server.files.picture import Format, Picture, PictureRefused

MAX_PIXELS = 32_000_000  # of one frame in memory: 128 MB
MAX_DRAFT_PIXELS = 200_000_000  # of a JPEG, which is read at an eighth of its size where that is enough
MAX_FRAMES = 600
MAX_ANIMATED_PIXELS = 40_000_000  # of all frames together: 160 MB
_ORIENTATION = 0x0112  # of EXIF
_SIDEWAYS = (5, 6, 7, 8)  # the camera was held upright
_AVATAR_COLOURS = ("#5865f2", "#747f8d", "#3ba55d", "#faa61a", "#ed4245", "#eb459e")

warnings.simplefilter("error", Image.DecompressionBombWarning)
Image.MAX_IMAGE_PIXELS = MAX_DRAFT_PIXELS


def _open(source: bytes | Path) -> Image.Image:
    """Read the header of a picture, and no pixels yet."""
    try:
        return Image.open(
            io.BytesIO(source) if isinstance(source, bytes) else source, formats=[kind.value for kind in Format]
        )
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureRefused("Unsupported image type given: PNG, JPEG, GIF and WebP are taken.") from error


def _check(image: Image.Image) -> int:
    """Return the number of frames. Raises PictureRefused for more than we would hold in memory."""
    pixels = image.width * image.height
    most = MAX_DRAFT_PIXELS if image.format == "JPEG" else MAX_PIXELS
    if not 0 < pixels <= most:
        raise PictureRefused(f"An image has at most {most} pixels, this one {image.width} x {image.height}.")
    frames = int(getattr(image, "n_frames", 1))
    if frames > MAX_FRAMES or (frames > 1 and frames * pixels > MAX_ANIMATED_PIXELS):
        raise PictureRefused(
            f"An animation has at most {MAX_FRAMES} frames and {MAX_ANIMATED_PIXELS} pixels in all, "
            f"this one {frames} of {image.width} x {image.height}."
        )
    return frames


_BROKEN = (OSError, ValueError, SyntaxError, EOFError, IndexError, OverflowError, MemoryError)  # what decoders raise


def inspect(source: bytes | Path) -> Picture:
    with _open(source) as image:
        try:
            frames = _check(image)
            format_ = Format(image.format)
            exif = image.getexif()
            is_turned = exif.get(_ORIENTATION, 1) in _SIDEWAYS
            width, height = (image.height, image.width) if is_turned else image.size
            image.draft("RGB", (1024, 1024))
            image.load()
            return Picture(format=format_, width=width, height=height, is_animated=frames > 1, has_exif=bool(len(exif)))
        except (*_BROKEN, Image.DecompressionBombError) as error:
            raise PictureRefused("The image is damaged.") from error


def measure(source: bytes | Path) -> tuple[int, int]:
    """Return width and height as the header says, turned as the camera was held, and read no pixels."""
    with _open(source) as image:
        try:
            is_turned = image.format != "GIF" and image.getexif().get(_ORIENTATION, 1) in _SIDEWAYS
            return (image.height, image.width) if is_turned else image.size
        except _BROKEN as error:
            raise PictureRefused("The image is damaged.") from error


def without_exif(source: bytes) -> bytes:
    with _open(source) as image:
        try:
            _check(image)
            format_ = Format(image.format)
            if image.width * image.height > MAX_PIXELS:
                image.draft("RGB", (4096, 4096))
            return _encode(ImageOps.exif_transpose(image), format_)
        except _BROKEN as error:
            raise PictureRefused("The image is damaged.") from error


def render(source: bytes | Path, wanted: Format, width: int | None, height: int | None, animated: bool) -> bytes:
    with _open(source) as image:
        try:
            frames = _check(image)
            if width is None and height is None and image.format == wanted.value and (animated or frames == 1):
                return source if isinstance(source, bytes) else source.read_bytes()
            box = (width or image.width, height or image.height)
            if animated and frames > 1 and wanted in (Format.GIF, Format.WEBP, Format.PNG):
                return _encode_frames(image, wanted, box)
            if image.format == "JPEG":
                image.draft("RGB", box)
            if image.width * image.height > MAX_PIXELS:
                raise PictureRefused(f"An image of more than {MAX_PIXELS} pixels is shown smaller only.")
            still = ImageOps.exif_transpose(image)
            still = still.convert("RGBA" if _has_alpha(still) else "RGB")
            still.thumbnail(box, Image.Resampling.LANCZOS, reducing_gap=3.0)
            return _encode(still, wanted)
        except _BROKEN as error:
            raise PictureRefused("The image is damaged.") from error


def _has_alpha(image: Image.Image) -> bool:
    return image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info


def _encode(image: Image.Image, wanted: Format) -> bytes:
    out = io.BytesIO()
    if wanted is Format.JPEG:
        if image.mode != "RGB":
            backdrop = Image.new("RGB", image.size, "white")
            backdrop.paste(image, mask=image.convert("RGBA").getchannel("A"))
            image = backdrop
        image.save(out, "JPEG", quality=90)
    elif wanted is Format.WEBP:
        image.save(out, "WEBP", quality=90, method=2)
    else:
        image.save(out, wanted.value)
    return out.getvalue()


def _encode_frames(image: Image.Image, wanted: Format, box: tuple[int, int]) -> bytes:
    frames, durations = [], []
    for frame in ImageSequence.Iterator(image):
        durations.append(max(int(frame.info.get("duration", 100)), 20))
        shown = frame.convert("RGBA")
        shown.thumbnail(box, Image.Resampling.BILINEAR)
        frames.append(shown)
    out = io.BytesIO()
    frames[0].save(
        out, wanted.value, save_all=True, append_images=frames[1:], duration=durations, loop=0,
        **({"disposal": 2} if wanted is Format.GIF else {}),
    )  # fmt: skip
    return out.getvalue()


def default_avatar(index: int, size: int) -> bytes:
    """A head and shoulders on one of the colours."""
    side = 4 * min(size, 512)  # drawn larger, for smooth edges
    image = Image.new("RGB", (side, side), _AVATAR_COLOURS[index])
    draw = ImageDraw.Draw(image)
    draw.ellipse((side * 0.34, side * 0.20, side * 0.66, side * 0.52), fill="white")
    draw.ellipse((side * 0.20, side * 0.60, side * 0.80, side * 1.20), fill="white")
    return _encode(image.resize((size, size), Image.Resampling.LANCZOS), Format.PNG)
