"""A message and its files as one form, read back by another reader of MIME."""

from collections.abc import AsyncIterator
from email import policy
from email.parser import BytesParser

from tuichat.client.form_body import FormBody

CONTENTS = [b"one\r\n--two", bytes(range(256)) * 20, b""]


async def read(number: int) -> AsyncIterator[bytes]:
    for start in range(0, len(CONTENTS[number]), 1000):
        yield CONTENTS[number][start : start + 1000]


async def test_a_form_has_the_length_that_it_tells_and_is_read_back() -> None:
    names = ["plan.txt", 'qu"ote\r\nX: y.bin', "e\u0301t\u00e9 \u6f22.txt"]
    form = FormBody(b'{"content":"hi"}', [(name, len(part)) for name, part in zip(names, CONTENTS, strict=True)])
    body = b"".join([part async for part in form.parts(read)])
    assert int(form.headers["Content-Length"]) == len(body)
    head = f"Content-Type: {form.headers['Content-Type']}\r\n\r\n".encode()
    parts = list(BytesParser(policy=policy.HTTP).parsebytes(head + body).iter_parts())
    assert [part.get_param("name", header="content-disposition") for part in parts] == [
        "payload_json",
        "files[0]",
        "files[1]",
        "files[2]",
    ]
    assert [part.get_payload(decode=True) for part in parts] == [b'{"content":"hi"}', *CONTENTS]
    assert b'filename="qu%22ote%0D%0AX: y.bin"' in body  # nobody's name adds a header
    assert "e\u0301t\u00e9 \u6f22.txt".encode() in body
