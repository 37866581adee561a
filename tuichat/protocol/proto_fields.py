"""Settings protos: the little that a server must know of a protocol buffer to keep one that it does not look into.

A change brings whole top-level fields (protobuf.dev, "Encoding"), which take the place of those of their number; the data
version stands in the field 3 of the message in field 1 (discord-userdoccers, "Versions Structure").
"""

from tuichat.protocol.errors import ProtocolError

VERSIONS_FIELD = 1
DATA_VERSION_FIELD = 3
MAX_FIELDS = 4096  # taste: Discord's own have some forty
_MAX_VARINT_BYTES = 10


def merge(stored: bytes, change: bytes) -> bytes:
    """Put the top-level fields of a change in the place of the stored ones. Raises ProtocolError for what is no message."""
    replaced = split(change)
    numbers = {number for number, _ in replaced}
    kept = [content for number, content in split(stored) if number not in numbers]
    return b"".join([*kept, *(content for _, content in replaced)])


def with_data_version(content: bytes, version: int) -> bytes:
    """Write the data version into a message, its other versions as they are."""
    fields = split(content)
    versions = b"".join(
        inner
        for number, field in fields
        if number == VERSIONS_FIELD
        for inner_number, inner in split(_payload(field))
        if inner_number != DATA_VERSION_FIELD
    )
    versions += _varint(DATA_VERSION_FIELD << 3) + _varint(version)
    header = _varint(VERSIONS_FIELD << 3 | 2) + _varint(len(versions))
    return header + versions + b"".join(field for number, field in fields if number != VERSIONS_FIELD)


def split(content: bytes) -> list[tuple[int, bytes]]:
    """Return a message's fields, each as its number and its whole encoding. Raises ProtocolError."""
    fields: list[tuple[int, bytes]] = []
    position = 0
    while position < len(content):
        start = position
        tag, position = _read_varint(content, position)
        number, wire_type = tag >> 3, tag & 7
        if number == 0:
            raise ProtocolError(f"a field has the number 0 at byte {start}")
        position = _skip(content, position, wire_type)
        fields.append((number, content[start:position]))
        if len(fields) > MAX_FIELDS:
            raise ProtocolError(f"a message has more than {MAX_FIELDS} fields")
    return fields


def _skip(content: bytes, position: int, wire_type: int) -> int:
    """Return where a value ends."""
    if wire_type == 0:
        _, end = _read_varint(content, position)
    elif wire_type == 1:
        end = position + 8
    elif wire_type == 2:
        length, position = _read_varint(content, position)
        end = position + length
    elif wire_type == 5:
        end = position + 4
    else:
        raise ProtocolError(f"no field has the wire type {wire_type}")
    if end > len(content):
        raise ProtocolError(f"a field ends at byte {end} of {len(content)}")
    return end


def _payload(field: bytes) -> bytes:
    """The content of a length-delimited field; of another kind of field, nothing."""
    tag, position = _read_varint(field, 0)
    if tag & 7 != 2:
        return b""
    _, position = _read_varint(field, position)
    return field[position:]


def _read_varint(content: bytes, position: int) -> tuple[int, int]:
    value = 0
    for index in range(_MAX_VARINT_BYTES):
        if position + index >= len(content):
            raise ProtocolError(f"a number is cut off at byte {len(content)}")
        byte = content[position + index]
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            return value, position + index + 1
    raise ProtocolError(f"a number has more than {_MAX_VARINT_BYTES} bytes")


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
