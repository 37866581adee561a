"""murmur (Debian's mumble-server) under the load that our forwarder is measured with.

Its protocol, as far as it takes: a control connection over TLS with a few protobuf messages, and voice in UDP sealed with
OCB2-AES128 (Mumble's documentation, "Mumble protocol"; Rogaway, "Efficient instantiations of tweakable blockciphers").
"""

import contextlib
import select
import socket
import ssl
import struct
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

from tests.benchmarks.voice_load import FRAME_BYTES, Listener, Outcome, Speaker, listening_socket, run

VERSION, AUTHENTICATE, SERVER_SYNC, CRYPT_SETUP = 0, 2, 5, 15
START_LIMIT_S = 15.0
MAX_PING_BYTES = 20  # what answers a ping in UDP is this short, and is no sound

SETTINGS = """
port={port}
host=127.0.0.1
database={folder}/murmur.sqlite
logfile={folder}/murmur.log
users=2000
usersperchannel=2000
bandwidth=558000
autobanAttempts=0
bonjour=false
allowping=true
sendversion=true
"""


def _varint(number: int) -> bytes:
    """As protobuf writes it."""
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _voice_varint(number: int) -> bytes:
    """As Mumble's voice packets write it."""
    if number < 0x80:
        return bytes((number,))
    return (number | 0x8000).to_bytes(2) if number < 0x4000 else (number | 0xC00000).to_bytes(3)


def _doubled(block: int) -> int:
    return (block << 1 & (1 << 128) - 1) ^ (0x87 if block >> 127 else 0)


class Ocb2:
    """Seals what a client sends; the counter counts as murmur counts it, its first byte first."""

    def __init__(self, key: bytes, nonce: bytes) -> None:
        self._encrypt = Cipher(AES(key), ECB()).encryptor().update  # OCB2 is made of it
        self._nonce = int.from_bytes(nonce, "little")

    def _block(self, number: int) -> int:
        return int.from_bytes(self._encrypt(number.to_bytes(16)))

    def seal(self, plaintext: bytes) -> bytes:
        self._nonce = self._nonce + 1 & (1 << 128) - 1
        nonce = self._nonce.to_bytes(16, "little")
        delta, checksum, out = self._block(int.from_bytes(nonce)), 0, b""
        last = (len(plaintext) - 1) // 16 * 16
        for at in range(0, last, 16):
            delta = _doubled(delta)
            block = int.from_bytes(plaintext[at : at + 16])
            out += (delta ^ self._block(delta ^ block)).to_bytes(16)
            checksum ^= block
        rest = plaintext[last:]
        delta = _doubled(delta)
        pad = self._block(delta ^ len(rest) * 8)
        padded = int.from_bytes(rest + pad.to_bytes(16)[len(rest) :])
        out += (pad ^ padded).to_bytes(16)[: len(rest)]
        tag = self._block(delta ^ _doubled(delta) ^ checksum ^ padded).to_bytes(16)
        return nonce[:1] + tag[:3] + out


class MumbleClient:
    """One user: its control connection, and the socket of its voice."""

    def __init__(self, port: int, name: str) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        self._tls = context.wrap_socket(socket.create_connection(("127.0.0.1", port)))
        self._buffer = b""
        self._sequence = 0
        self.sock = listening_socket()
        self._port = port
        self._send(VERSION, b"\x08" + _varint(1 << 16 | 3 << 8) + b"\x12\x04load\x1a\x05Linux")
        self._send(AUTHENTICATE, b"\x0a" + _varint(len(name)) + name.encode() + b"\x28\x01")  # with Opus
        setup = self._wait(CRYPT_SETUP)
        # Three fields of 16 bytes: key, the client's nonce, the server's.
        assert (len(setup), setup[0], setup[18]) == (54, 0x0A, 0x12)
        self._cipher = Ocb2(setup[2:18], setup[20:36])
        self._wait(SERVER_SYNC)
        self._tls.setblocking(False)

    def ping(self) -> None:
        """Tell murmur the address of the voice."""
        self.sock.sendto(self._cipher.seal(b"\x20" + _voice_varint(1)), ("127.0.0.1", self._port))

    def packet(self) -> bytes:
        """The next frame of sound: Opus, to everybody in the channel."""
        self._sequence += 2  # it counts 10 ms
        sound = _voice_varint(FRAME_BYTES) + bytes(range(FRAME_BYTES))
        return self._cipher.seal(b"\x80" + _voice_varint(self._sequence) + sound)

    def drain(self) -> None:
        """Read and forget what murmur tells of the others."""
        with contextlib.suppress(ssl.SSLWantReadError, BlockingIOError):
            while self._tls.recv(65536):
                pass

    def close(self) -> None:
        self._tls.close()
        self.sock.close()

    def _send(self, kind: int, body: bytes) -> None:
        self._tls.sendall(struct.pack(">HI", kind, len(body)) + body)

    def _wait(self, kind: int) -> bytes:
        while True:
            while len(self._buffer) < 6:
                self._buffer += self._tls.recv(65536)
            found, size = struct.unpack(">HI", self._buffer[:6])
            while len(self._buffer) < 6 + size:
                self._buffer += self._tls.recv(65536)
            body, self._buffer = self._buffer[6 : 6 + size], self._buffer[6 + size :]
            if found == kind:
                return body


@contextlib.contextmanager
def murmur() -> Iterator[tuple[int, int]]:
    """Run it on a free port; yield its process id and the port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)  # started by root, it becomes a user of its own
        settings = Path(folder) / "murmur.ini"
        settings.write_text(SETTINGS.format(port=port, folder=folder))
        command = ["/usr/sbin/murmurd", "-fg", "-ini", str(settings)]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            try:
                _wait_for(port)
                yield process.pid, port
            finally:
                process.terminate()


def _wait_for(port: int) -> None:
    end_s = time.monotonic() + START_LIMIT_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            if time.monotonic() > end_s:
                raise
            time.sleep(0.1)
        else:
            return


def measure_murmur(listeners: int, *, seconds: float) -> Outcome:
    with murmur() as (pid, port), contextlib.ExitStack() as held:
        clients: list[MumbleClient] = []
        for number in range(listeners + 1):
            client = MumbleClient(port, f"user{number}")
            held.callback(client.close)
            clients.append(client)
            for other in clients:
                other.drain()
        for client in clients:
            client.ping()
            select.select([client.sock], [], [], 5)  # it answers
            client.sock.recv(2048)
        speaker = Speaker(clients[0].sock, port, clients[0].packet, listeners)
        heard = [Listener(client.sock, speaker) for client in clients[1:]]
        return run(pid, [speaker], heard, seconds=seconds, is_sound=lambda packet: len(packet) > MAX_PING_BYTES)
