"""`tuichat ctl`: says to the running tuichat what the command line asks for, and loads next to nothing for it."""

import json
import os
import socket
import stat
import struct
import sys
import time
from collections.abc import Iterator, Sequence

from tuichat.automation.ctl.command_words import Complaint, Order, read
from tuichat.automation.ctl.limits import MAX_LINE_BYTES, VERSION
from tuichat.local.ctl_place import find_bridges, find_socket
from tuichat.translation import N_, _

DONE, FAILED, UNREACHABLE, TIMED_OUT, INTERRUPTED = 0, 1, 3, 124, 130  # those of exit_code.py, which loads more
QUICK_LIMIT_S = 5.0  # taste: what a status and a key wait for
GRACE_S = 5.0  # the running tuichat gives up first: it learns what became of a message, and says so
BLOCK_BYTES = 65536

Told = dict[
    str, object
]  # an answer or a record, as `request.py` has them; typing's Any would cost a tenth of the start


def main(arguments: Sequence[str], profile: str = "default") -> int:
    """Return the exit code."""
    order: Order | None = None
    try:
        order = read(arguments, profile)
        return _carry_out(order)
    except Complaint as error:
        _use_language(profile if order is None else order.profile)
        _say(str(error))
        return error.code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # whoever read the output is gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


def _carry_out(order: Order) -> int:
    if order.format is not None:
        from tuichat.automation.ctl.status_line import check_format

        check_format(order.format)
    request = order.request(_text(order))
    line = json.dumps({"v": VERSION, "id": 1, **request}, ensure_ascii=False).encode(errors="replace")
    if len(line) > MAX_LINE_BYTES:
        raise Complaint(
            N_("That is {size} bytes, and a request has at most {limit}: `tuichat send` takes what is longer."),
            size=len(line),
            limit=MAX_LINE_BYTES,
        )
    found = find_socket(order.profile.lower())
    if order.word == "ptt" and (code := _press_for_another_machine(line, order, is_last=found is None)) is not None:
        return code
    with _Line(found, order.profile) as control:
        control.write(line + b"\n")
        if order.word == "subscribe":
            return _follow(order, control)
        limit_s = QUICK_LIMIT_S if order.word in ("status", "ptt") else order.limit_s + GRACE_S
        return _tell(order, control.answer(limit_s))


def _press_for_another_machine(line: bytes, order: Order, *, is_last: bool) -> int | None:
    """Have the bridge of a `tuichat ssh` take the key; return None where none of them has a call and a tuichat may have one."""
    refusal: Told | None = None
    for path in find_bridges():
        try:
            with _Line(path, order.profile) as control:
                control.write(line + b"\n")
                answer = control.answer(QUICK_LIMIT_S)
        except (Complaint, OSError):  # its session is over, or hangs
            continue
        if _code(answer) != UNREACHABLE:
            return _tell(order, answer)
        refusal = answer
    return _tell(order, refusal) if refusal is not None and is_last else None


def close_microphones() -> None:
    """Have every bridge of a `tuichat ssh` end its sound, and wait for no answer: `tuichat bridge stop` asks for that after."""
    for path in find_bridges():
        try:
            with _Line(path, "") as control:
                control.write(b'{"v":1,"op":"stop"}\n')
        except (Complaint, OSError):  # what is wrong with it is said after, too
            continue


def _text(order: Order) -> str:
    if order.word != "send" or len(order.words) > 1 or order.files:
        return " ".join(order.words[1:])
    if sys.stdin.isatty():
        _use_language(order.profile)
        _say(_("Write what is to be sent; Ctrl+D at the beginning of a line ends it."))
    return sys.stdin.buffer.read(MAX_LINE_BYTES + 1).decode(errors="replace").replace("\r\n", "\n").rstrip("\n")


def _tell(order: Order, answer: Told) -> int:
    """Print an answer: data to standard output, talk to standard error."""
    record = answer.get("record")
    if answer.get("say"):
        _say(str(answer["say"]))
    if order.is_json:
        if record is not None:
            _print(_as_line(record))
    elif order.format is not None and isinstance(record, dict):
        from tuichat.automation.ctl.status_line import format_status

        _print(format_status(order.format, record))
    elif answer.get("out"):
        _print(str(answer["out"]))
    return _code(answer)


def _code(answer: Told) -> int:
    code = answer.get("code", DONE)
    return code if isinstance(code, int) else FAILED


def _follow(order: Order, control: "_Line") -> int:
    """Print records, or of statuses the line that is asked for, until the running tuichat ends, or Ctrl+C does."""
    shown = ""
    for told in control.lines(QUICK_LIMIT_S):
        record = told.get("record")
        if order.format is None and record is not None:
            _print(_as_line(record))
        elif isinstance(record, dict) and record["type"] == "status":
            from tuichat.automation.ctl.status_line import format_status

            line = format_status(order.format or "", record)
            if line != shown:
                _print(line)
            shown = line
        elif code := _code(told):
            _say(str(told.get("say", "")))
            return code
    raise Complaint(N_("tuichat has ended."), code=UNREACHABLE)


class _Line:
    """The connection to the running tuichat of a profile, or to a bridge, at the socket that was found."""

    def __init__(self, path: str | None, profile: str) -> None:
        if path is None:
            raise Complaint(NOBODY, code=UNREACHABLE, profile=profile)
        _check_place(path)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(QUICK_LIMIT_S)
        try:
            self._socket.connect(path)
        except (ConnectionRefusedError, FileNotFoundError) as error:
            raise Complaint(NOBODY, code=UNREACHABLE, profile=profile) from error
        except OSError as error:
            raise Complaint(
                N_("{path} cannot be reached: {error}."), code=UNREACHABLE, path=path, error=error.strerror or error
            ) from error
        self._process = _check_peer(self._socket)
        self._begun = b""

    def __enter__(self) -> "_Line":
        return self

    def __exit__(self, *_how: object) -> None:
        self._socket.close()

    def write(self, line: bytes) -> None:
        try:
            self._socket.sendall(line)
        except TimeoutError as error:
            raise self._silence(QUICK_LIMIT_S) from error
        except OSError:
            pass  # the running tuichat has said why before it hung up, or the read says that it is gone

    def answer(self, limit_s: float) -> Told:
        """Return the answer. Raises Complaint where none comes in time."""
        for told in self.lines(limit_s):
            return told
        raise Complaint(N_("tuichat has ended."), code=UNREACHABLE)

    def lines(self, limit_s: float) -> Iterator[Told]:
        """Yield what comes; the first has to within the limit, and the others may take as long as they like."""
        end_s = time.monotonic() + limit_s
        is_first = True
        while True:
            *whole, self._begun = self._begun.split(b"\n")
            for line in whole:
                yield json.loads(line)
                is_first = False
            self._socket.settimeout(max(end_s - time.monotonic(), 0.001) if is_first else None)
            try:
                block = self._socket.recv(BLOCK_BYTES)
            except TimeoutError as error:
                raise self._silence(limit_s) from error
            except ConnectionError:
                block = b""
            if not block:
                return
            self._begun += block

    def _silence(self, limit_s: float) -> Complaint:
        return Complaint(
            N_("tuichat (process {process}) does not answer within {count:g} seconds: it may hang."),
            code=TIMED_OUT,
            process=self._process,
            count=limit_s,
        )


NOBODY = N_(
    "No tuichat of the profile {profile} runs: start tuichat, or use `tuichat run` and `tuichat send`, which need none."
)


def _check_place(path: str) -> None:
    """Raise Complaint unless the socket lies in a folder that is one's own alone, behind no symbolic link."""
    folder = os.path.dirname(path)
    found = os.lstat(folder)
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & 0o077:
        raise Complaint(
            N_("{folder} has to be a folder of your own with mode 700, and is not: nothing in it is trusted."),
            code=FAILED,
            folder=folder,
        )
    if not stat.S_ISSOCK(os.lstat(path).st_mode):
        raise Complaint(N_("{path} is no socket; remove it."), code=FAILED, path=path)


def _check_peer(connection: socket.socket) -> int:
    """Return the id of the process at the other end, 0 where the system does not tell. Raises Complaint where it is not the user's."""
    if sys.platform == "linux":
        credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        process, uid, _gid = struct.unpack("3i", credentials)
    else:
        from tuichat.local.unix_socket import peer_uid

        process, uid = 0, peer_uid(connection)
    if uid != os.getuid():
        raise Complaint(N_("The process at the other end runs as user {uid}, not as you."), code=FAILED, uid=uid)
    return int(process)


def _as_line(record: object) -> str:
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"))


def _print(text: str) -> None:
    sys.stdout.buffer.write(text.encode(errors="replace") + b"\n")
    sys.stdout.buffer.flush()


def _say(sentence: str) -> None:
    from tuichat.text.safe_text import safe_block

    sys.stderr.write(f"tuichat: {safe_block(sentence)}\n")
    sys.stderr.flush()


def _use_language(profile: str) -> None:
    from tuichat.config.choices import Choices
    from tuichat.config.language import use_language
    from tuichat.config.loader import load
    from tuichat.config.paths import Profile, config_dir
    from tuichat.errors import TuichatError

    try:
        setting = Choices(Profile(profile)).over(load()).ui.language
    except TuichatError:
        setting = ""
    use_language(setting, os.environ, config_dir() / "locale")
