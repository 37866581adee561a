"""Pictures for tests, drawn small."""

import base64
import io

from PIL import Image


def picture(format_: str = "PNG", size: tuple[int, int] = (40, 20), colour: str = "red") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, format_)
    return out.getvalue()


def animation(format_: str = "GIF", size: tuple[int, int] = (40, 20), frames: int = 3) -> bytes:
    out = io.BytesIO()
    images = [Image.new("RGB", size, (40 * number % 256, number // 7, 0)) for number in range(frames)]
    images[0].save(out, format_, save_all=True, append_images=images[1:], duration=50, loop=0)
    return out.getvalue()


def photograph(orientation: int = 6) -> bytes:
    """A JPEG of a camera that was held upright, and that wrote down who made it."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "SecretCameras"
    out = io.BytesIO()
    Image.new("RGB", (40, 20), "green").save(out, "JPEG", exif=exif)
    return out.getvalue()


def data_uri(content: bytes, kind: str = "png") -> str:
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))
