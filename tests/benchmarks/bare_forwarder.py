"""The least that Python can forward with: `python -m tests.benchmarks.bare_forwarder`, as forwarder_process.py for a load.

One thread waits in the system for a packet, opens it, seals it for everybody else and sends it; no loop, no rights, no
replay window, no room. What our forwarder costs beyond this is its own; the rest is the interpreter, its ciphers and the
system's calls, on a processor whose caches forgot them in the 20 ms since the last packet.
"""

import os
import socket
import sys
import threading

import msgspec

from tests.benchmarks.forwarder_process import Given, Wanted
from tuichat.protocol.encryption import Opener, Sealer


def serve() -> None:
    wanted = msgspec.json.decode(sys.stdin.readline(), type=Wanted)
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", 0))
    speaker, *others = wanted.people
    opener = Opener(speaker.mode, bytes.fromhex(speaker.key))
    listeners = [
        (Sealer(each.mode, bytes.fromhex(each.key), first_counter=1 << 31).seal, ("127.0.0.1", each.port))
        for each in others
    ]
    given = Given(sock.getsockname()[1], list(range(1, len(wanted.people) + 1)))
    print(msgspec.json.encode(given).decode(), flush=True)
    threading.Thread(target=_end_with_input, daemon=True).start()
    while True:
        packet, _ = sock.recvfrom(2048)
        payload = opener.open(packet)
        if payload is not None:
            header = packet[:12]
            for seal, address in listeners:
                sock.sendto(seal(header, payload), address)


def _end_with_input() -> None:
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    serve()
