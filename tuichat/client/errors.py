"""What goes wrong between a signed-in user and a server, told in sentences."""

from tuichat.errors import TuichatError

SERVER_ERROR = 500
TOO_MANY_REQUESTS = 429


class ClientError(TuichatError):
    """What the user wanted did not happen; the text says why.

    `status` is the HTTP status of a refusal, None when no answer came. `code` is the error code of Discord's JSON.
    """

    def __init__(self, sentence: str, *, status: int | None = None, code: int = 0) -> None:
        super().__init__(sentence)
        self.status = status
        self.code = code

    @property
    def is_transient(self) -> bool:
        """Whether the same request may well succeed later: the server said nothing against it."""
        return False


class RefusedError(ClientError):
    """The server answered, and said no."""


class NotPermittedHereError(ClientError):
    """tuichat itself does not send this: an unsafe address, or a user token for Discord."""


class ProxyError(ClientError):
    """The proxy that the environment names cannot be used as it is set; nothing was sent to the server."""


class UnreachableError(ClientError):
    """No answer came, or the server could not work just now: nobody knows whether the request was carried out.

    `was_sent` is false where the request surely never left this machine.
    """

    def __init__(self, sentence: str, *, was_sent: bool = True, status: int | None = None, code: int = 0) -> None:
        super().__init__(sentence, status=status, code=code)
        self.was_sent = was_sent

    @property
    def is_transient(self) -> bool:
        return True


class RateLimitedError(ClientError):
    """The server asked to wait, and longer than a person at a keyboard would."""

    def __init__(self, sentence: str, *, status: int | None = None, code: int = 0, wait_ms: int = 0) -> None:
        super().__init__(sentence, status=status, code=code)
        self.wait_ms = wait_ms

    @property
    def is_transient(self) -> bool:
        return True


class CertificateError(ClientError):
    """The server's certificate is not one to trust.

    `problem` says why in a sentence; `fingerprint` is the SHA-256 of the certificate that was shown, 64 hex digits, empty
    where none was seen. A person who compares it with what the server's owner says may pin it.
    """

    def __init__(self, sentence: str, *, problem: str, fingerprint: str = "") -> None:
        super().__init__(sentence)
        self.problem = problem
        self.fingerprint = fingerprint
