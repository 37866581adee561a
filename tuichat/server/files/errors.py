"""What can go wrong with stored files."""

from tuichat.errors import TuichatError


class FileStoreError(TuichatError):
    """Files could not be written, read or removed; the text says why."""


class FileTooLarge(FileStoreError):
    """A file has more bytes than its limit."""

    def __init__(self, max_bytes: int) -> None:
        super().__init__(f"The file is larger than {max_bytes} bytes.")
        self.max_bytes = max_bytes


class FileMissing(FileStoreError):
    """A file that is referred to is not there."""
