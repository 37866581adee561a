"""Routes: strangers' pictures through this server."""

import hashlib

from tuichat.server.actions import errors, external
from tuichat.server.api.exchange import Request, Resource, Response, query_int, query_text
from tuichat.server.api.file_answer import answer_bytes
from tuichat.server.files.picture import EXTENSIONS

A_DAY = "public, max-age=86400"
MAX_ASKED_SIDE = 4096


class External(Resource):
    """The URL is signed by this server, for a picture that some message shows."""

    async def on_get(self, req: Request, resp: Response, signature: str, url: str) -> None:
        wanted = query_text(req, "format")
        if wanted and wanted not in EXTENSIONS:
            raise errors.invalid_field("format", "BASE_TYPE_CHOICES", f"Must be one of {tuple(EXTENSIONS)}.")
        width = query_int(req, "width", 0, minimum=0, maximum=MAX_ASKED_SIDE) or None
        height = query_int(req, "height", 0, minimum=0, maximum=MAX_ASKED_SIDE) or None
        content, format_ = await external.load(
            self.context, url, signature, width=width, height=height, wanted=EXTENSIONS.get(wanted)
        )
        etag = hashlib.sha256(content).hexdigest()[:32]
        answer_bytes(req, resp, content, etag=etag, content_type=format_.content_type, cache=A_DAY)

    on_head = on_get


CDN_ROUTES = {"/external/{signature}/{url:path}": External}
