"""Request bodies: bounded, of the right type, and as structs; what is wrong is told field by field."""

import re
from collections.abc import Collection
from typing import TypeVar
from urllib.parse import parse_qs

import msgspec
from falcon.asgi import Request

from tuichat.protocol import codec
from tuichat.protocol.rest.error import ErrorCode, FieldError
from tuichat.server.actions.errors import ActionError, FieldErrors, invalid_form

T = TypeVar("T")

MAX_JSON_BYTES = 1024 * 1024

MAX_FORM_FIELDS = 100
PERCENT_ENCODED = 3  # how many bytes of a URL-encoded form one byte may take

_JSON = "application/json"
_FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"

_WHERE = re.compile(r" - at `(?:key )?(?:in )?\$(?P<path>.*)`$")
_STEP = re.compile(r"\.(?P<key>[^.\[]+)|\[(?P<index>[^\]]*)\]")
_MISSING = re.compile(r"^Object missing required field `(?P<field>[^`]+)`$")
_EXPECTED = re.compile(r"^Expected `(?P<kind>[^`|]+)")
_CODES = {
    "int": "NUMBER_TYPE_COERCE",
    "float": "NUMBER_TYPE_COERCE",
    "bool": "BOOLEAN_TYPE_CONVERT",
    "str": "STRING_TYPE_CONVERT",
    "array": "LIST_TYPE_CONVERT",
    "object": "DICT_TYPE_CONVERT",
}


async def read_body(req: Request, kind: type[T], *, max_bytes: int = MAX_JSON_BYTES) -> T:
    """Read a JSON body into a struct; no body at all counts as an empty object.

    Where a picture may stand in it, `max_bytes` is `images.MAX_IMAGE_BODY_BYTES`.

    Raises ActionError: 413 over the limit, 415 for another type, 50109 for what is no JSON, 50035 for wrong fields.
    """
    data = await _read(req, max_bytes)
    if not data:
        return decode_body(b"{}", kind)  # libraries send such bodies as octet-stream
    if media_type(req) != _JSON:
        raise _wrong_type(media_type(req), _JSON)
    return decode_body(data, kind)


async def read_payload(
    req: Request,
    kind: type[T],
    *,
    field: str = "payload",
    words: Collection[str] = (),
    max_bytes: int = MAX_JSON_BYTES,
) -> T:
    """Read what services and libraries post: JSON, or a form of which one field is JSON, or else some are `words`, texts of
    the JSON's own names. Raises ActionError like `read_body`."""
    if media_type(req) != _FORM:
        return await read_body(req, kind, max_bytes=max_bytes)
    data = await _read(req, PERCENT_ENCODED * max_bytes)
    try:
        fields = parse_qs(data.decode("ascii"), max_num_fields=MAX_FORM_FIELDS, errors="strict")
    except ValueError as error:  # a UnicodeError is one
        raise ActionError(400, ErrorCode.INVALID_FORM_BODY, f"The form is not valid: {error}"[:200]) from None
    if field in fields:
        payload = fields[field][-1].encode()
    elif texts := {name: found[-1] for name, found in fields.items() if name in words}:
        payload = msgspec.json.encode(texts)
    else:
        names = ", ".join([field, *words])
        raise _wrong_type(_FORM, f"{_JSON}, or a form with the field {names}")
    if len(payload) > max_bytes:
        raise too_large(max_bytes)
    return decode_body(payload, kind)


async def drop_body(req: Request) -> None:
    """Read a body that nobody looks at. Raises ActionError 413 over the limit."""
    await _read(req, MAX_JSON_BYTES)


def decode_body(data: bytes, kind: type[T]) -> T:
    """Decode a stranger's JSON. Raises ActionError 50109 or 50035, and nothing else."""
    try:
        if not data.isascii():
            data.decode()  # the decoder does not look at what it does not keep
        return codec.decode(data, kind)
    except msgspec.ValidationError as error:
        raise invalid_form(field_errors(str(error))) from None
    except (msgspec.DecodeError, UnicodeError) as error:
        raise _invalid_json(str(error)[:200]) from None
    except RecursionError:
        raise _invalid_json("nested too deep") from None


def field_errors(message: str) -> FieldErrors:
    """Turn msgspec's sentence, which ends with the path, into the nested errors of Discord."""
    steps: list[str] = []
    where = _WHERE.search(message)
    if where is not None:
        message = message[: where.start()]
        steps = [step["key"] or step["index"].strip("'\"") or "0" for step in _STEP.finditer(where["path"])]
    missing = _MISSING.match(message)
    if missing is not None:
        fault = FieldError("BASE_TYPE_REQUIRED", "This field is required")
        steps.append(missing["field"])
    else:
        expected = _EXPECTED.match(message)
        code = _CODES.get(expected["kind"].strip(), "BASE_TYPE_BAD_VALUE") if expected else "BASE_TYPE_BAD_VALUE"
        fault = FieldError(code, message)
    errors: FieldErrors | list[FieldError] = [fault]
    for step in reversed(steps or ["body"]):
        errors = {step: errors}
    assert not isinstance(errors, list)
    return errors


async def _read(req: Request, max_bytes: int) -> bytes:
    length = req.content_length
    if length is not None and length > max_bytes:
        raise too_large(max_bytes)
    data: bytes = await req.stream.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise too_large(max_bytes)
    return data


def media_type(req: Request) -> str:
    return (req.content_type or "").partition(";")[0].strip().lower()


def _invalid_json(reason: str) -> ActionError:
    return ActionError(400, ErrorCode.INVALID_JSON, f"The request body contains invalid JSON: {reason}")


def too_large(max_bytes: int) -> ActionError:
    return ActionError(413, ErrorCode.TOO_LARGE, f"Request entity too large: the limit is {max_bytes} bytes")


def _wrong_type(got: str, expected: str) -> ActionError:
    return ActionError(
        415, ErrorCode.GENERAL, f"415: Unsupported Media Type (expected {expected}, got {got[:60] or 'none'})"
    )
