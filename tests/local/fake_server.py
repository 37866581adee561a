"""A server program that keeps the contract of a background server and does nothing else.

Arguments: --data DIR --journal FILE [--version V] [--open-s S] [--drain-s S] [--die SENTENCE]
[--exit-code CODE] [--no-socket] [--team]
"""

import argparse
import contextlib
import os
import select
import signal
import socket
import sys
import time
from pathlib import Path

import msgspec

from tuichat.local import unix_socket
from tuichat.local.background import EXIT_DATA_IN_USE
from tuichat.local.data_lock import DataLock
from tuichat.local.errors import DataInUse
from tuichat.local.runtime import server_socket_path
from tuichat.local.server_record import ServerRecord


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--journal", type=Path, required=True)
    parser.add_argument("--version")
    parser.add_argument("--open-s", type=float, default=0.0)
    parser.add_argument("--drain-s", type=float, default=0.0)
    parser.add_argument("--die")
    parser.add_argument("--exit-code", type=int, default=3)
    parser.add_argument("--no-socket", action="store_true")
    parser.add_argument("--team", action="store_true")
    args = parser.parse_args()
    note(args.journal, "spawned")
    if args.die:
        print(args.die, file=sys.stderr)
        return int(args.exit_code)
    read_end, write_end = os.pipe()
    signal.signal(signal.SIGTERM, lambda *_: os.write(write_end, b"x") and None)
    try:
        lock = DataLock.acquire(args.data)
    except DataInUse as error:
        print(error, file=sys.stderr)
        return EXIT_DATA_IN_USE
    with lock:
        path = server_socket_path(args.data)
        record = ServerRecord.of_this_process(path, is_personal=not args.team)
        if args.version:
            record = msgspec.structs.replace(record, version=args.version)
        record.write(args.data)
        time.sleep(args.open_s)
        listener = unix_socket.listen(path)
        if args.no_socket:
            path.unlink()
        record = record.ready(server_id="fake", tcp_host="127.0.0.1", tcp_port=1)
        record.write(args.data)
        note(args.journal, "served")
        serve(listener, read_end)
        record.stopping("asked to").write(args.data)
        time.sleep(args.drain_s)
        listener.close()
        path.unlink(missing_ok=True)
        ServerRecord.remove(args.data)
        note(args.journal, "stopped")
    return 0


def serve(listener: socket.socket, read_end: int) -> None:
    """Answer whoever asks, until told to stop; a server that a failing test forgets ends by itself."""
    until_s = time.monotonic() + 60
    while time.monotonic() < until_s:
        ready, _, _ = select.select([read_end, listener.fileno()], [], [], 1)
        if read_end in ready:
            return
        if listener.fileno() in ready:
            connection, _ = listener.accept()
            with connection, contextlib.suppress(OSError):
                connection.settimeout(1)
                if connection.recv(4096):
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


def note(journal: Path, word: str) -> None:
    with journal.open("a") as file:
        file.write(f"{word} {os.getpid()}\n")


if __name__ == "__main__":
    sys.exit(main())
