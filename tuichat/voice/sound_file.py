"""Turns a sound file into samples, in a process of its own: `python -m tuichat.voice.sound_file` reads it on standard input.

Files come from strangers. Whatever one does to the decoder, it ends this process and no more: it has little memory and time.
What is written is signed 16 bit, 48 kHz, one channel, at most 5.2 s; the status is 1 where the file holds no sound.
"""

import contextlib
import resource
import sys
from io import BytesIO

RATE_HZ = 48_000
MAX_FILE_BYTES = 512 * 1024  # Discord's documentation, "Create Guild Soundboard Sound"; so is the next
MAX_MS = 5200
MAX_MEMORY_BYTES = 2 * 1024**3  # of addresses, of which numpy's libraries take most
MAX_CPU_S = 5
NO_SOUND, NO_LIBRARY = 1, 2


def decode(content: bytes) -> bytes:
    """Return the samples of an MP3, Ogg or WAV file. Raises ValueError where it is none of them, ImportError."""
    import numpy as np
    import soundfile

    try:
        with soundfile.SoundFile(BytesIO(content)) as file:
            rate_hz = file.samplerate
            if not 4000 <= rate_hz <= 192_000:
                raise ValueError(f"a sound has 4000 to 192000 samples a second, not {rate_hz}")
            frames = file.read(rate_hz * MAX_MS // 1000, dtype="float32", always_2d=True)
    except soundfile.SoundFileError as error:
        raise ValueError(str(error)) from error
    if not len(frames):
        raise ValueError("there is no sound in it")
    mono = frames.mean(axis=1)
    count = len(mono) * RATE_HZ // rate_hz
    places = np.arange(count) * (rate_hz / RATE_HZ)
    samples = np.interp(places, np.arange(len(mono)), mono)
    return bytes((np.clip(np.nan_to_num(samples), -1, 1) * 32767).astype("<i2").tobytes())


def main() -> int:
    for limit, value in ((resource.RLIMIT_AS, MAX_MEMORY_BYTES), (resource.RLIMIT_CPU, MAX_CPU_S)):
        with contextlib.suppress(ValueError, OSError):  # a system without this limit
            resource.setrlimit(limit, (value, value))
    try:
        samples = decode(sys.stdin.buffer.read(MAX_FILE_BYTES + 1)[:MAX_FILE_BYTES])
    except ImportError:
        return NO_LIBRARY
    except (ValueError, MemoryError):
        return NO_SOUND
    sys.stdout.buffer.write(samples)
    return 0


if __name__ == "__main__":
    sys.exit(main())
