"""What a picture is, as its own header says."""

from enum import Enum

import msgspec


class Format(Enum):
    """The formats that we take and give; the value is what the library calls it."""

    PNG = "PNG"
    JPEG = "JPEG"
    GIF = "GIF"
    WEBP = "WEBP"

    @property
    def content_type(self) -> str:
        return f"image/{self.value.lower()}"


EXTENSIONS = {"png": Format.PNG, "jpg": Format.JPEG, "jpeg": Format.JPEG, "gif": Format.GIF, "webp": Format.WEBP}


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """What a picture's own header says."""

    format: Format
    width: int
    height: int
    is_animated: bool = False
    has_exif: bool = False  # where and with what it was taken, which is nobody's business


class PictureRefused(Exception):
    """The bytes are no picture of our formats, or too large a one; the text says which."""
