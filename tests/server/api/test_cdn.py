"""The pictures of a running server: sizes, formats, caching, parts, and nobody else's."""

import aiohttp

from tests.server.files.pictures_drawn import animation, data_uri, opened, picture
from tests.server.running import RunningServer
from tuichat.server.actions.images import ImageKind, keep_image, put_image

OWNER = 4_000_000_000_000_001
GUILD = 4_000_000_000_000_002


async def put(site: RunningServer, kind: ImageKind, content: bytes, *, guild_id: int = 0, owner: int = OWNER) -> str:
    context = site.server.context
    mark = await keep_image(context, "image", data_uri(content))
    await context.store.write([put_image(kind, owner, mark, guild_id=guild_id)])
    return mark


async def get(
    site: RunningServer, path: str, method: str = "GET", **headers: str
) -> tuple[aiohttp.ClientResponse, bytes]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    async with site.http.request(method, site.base_url + path, headers=named) as response:
        return response, await response.read()


PATHS = (
    (ImageKind.AVATAR, "/avatars/{owner}/{hash}.png"),
    (ImageKind.ICON, "/icons/{owner}/{hash}.png"),
    (ImageKind.BANNER, "/banners/{owner}/{hash}.png"),
    (ImageKind.SPLASH, "/splashes/{owner}/{hash}.png"),
    (ImageKind.DISCOVERY_SPLASH, "/discovery-splashes/{owner}/{hash}.png"),
    (ImageKind.EMOJI, "/emojis/{owner}.png"),
    (ImageKind.ROLE_ICON, "/role-icons/{owner}/{hash}.png"),
    (ImageKind.APPLICATION_ICON, "/app-icons/{owner}/{hash}.png"),
    (ImageKind.CHANNEL_ICON, "/channel-icons/{owner}/{hash}.png"),
    (ImageKind.EVENT_COVER, "/guild-events/{owner}/{hash}.png"),
    (ImageKind.MEMBER_AVATAR, "/guilds/{guild}/users/{owner}/avatars/{hash}.png"),
    (ImageKind.MEMBER_BANNER, "/guilds/{guild}/users/{owner}/banners/{hash}.png"),
)


async def test_every_kind_has_its_path_and_shows_its_own_only(site: RunningServer) -> None:
    for kind, template in PATHS:
        mark = await put(site, kind, picture(), guild_id=GUILD)
        path = template.format(owner=OWNER, hash=mark, guild=GUILD)
        response, content = await get(site, path)
        assert (response.status, response.content_type, content) == (200, "image/png", picture()), path
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert "max-age" in response.headers["Cache-Control"]
        for other in (path.replace(str(OWNER), str(OWNER + 9)), path.replace(mark, "0" * 64)):
            assert other == path or (await get(site, other))[0].status == 404, other
        response, content = await get(site, path, "HEAD")
        assert (response.status, content, response.headers["Content-Length"]) == (200, b"", str(len(picture())))


async def test_sizes_and_formats(site: RunningServer) -> None:
    mark = await put(site, ImageKind.ICON, picture("PNG", (300, 150)))
    for extension, kind in (("webp", "WEBP"), ("jpg", "JPEG"), ("jpeg", "JPEG"), ("png", "PNG")):
        response, content = await get(site, f"/icons/{OWNER}/{mark}.{extension}?size=64")
        assert response.status == 200
        assert (opened(content).format, opened(content).size) == (kind, (64, 32))
    for query, status in (("?size=63", 400), ("?size=8", 400), ("?size=8192", 400), ("?size=x", 400), ("?size=", 200)):
        assert (await get(site, f"/icons/{OWNER}/{mark}.png{query}"))[0].status == status, query
    assert (await get(site, f"/icons/{OWNER}/{mark}.gif"))[0].status == 415
    assert (await get(site, f"/icons/{OWNER}/{mark}.svg"))[0].status == 415


async def test_an_animated_one_moves_as_gif(site: RunningServer) -> None:
    mark = await put(site, ImageKind.AVATAR, animation())
    assert mark.startswith("a_")
    _, moving = await get(site, f"/avatars/{OWNER}/{mark}.gif?size=16")
    assert (opened(moving).n_frames, opened(moving).size) == (3, (16, 8))  # type: ignore[attr-defined]  # of a GIF
    _, still = await get(site, f"/avatars/{OWNER}/{mark}.webp?size=16")
    assert opened(still).n_frames == 1  # type: ignore[attr-defined]  # of a WebP
    _, moving = await get(site, f"/avatars/{OWNER}/{mark}.webp?size=16&animated=true")
    assert opened(moving).n_frames == 3  # type: ignore[attr-defined]  # of a WebP


async def test_what_is_known_is_not_sent_again_and_parts_are(site: RunningServer) -> None:
    mark = await put(site, ImageKind.AVATAR, picture())
    path = f"/avatars/{OWNER}/{mark}.png"
    response, whole = await get(site, path)
    assert "immutable" in response.headers["Cache-Control"]
    etag = response.headers["ETag"]
    assert (await get(site, path, If_None_Match=etag))[0].status == 304
    assert (await get(site, path, If_None_Match='"other"'))[0].status == 200
    response, part = await get(site, path, Range="bytes=4-9")
    assert (response.status, part) == (206, whole[4:10])
    assert response.headers["Content-Range"] == f"bytes 4-9/{len(whole)}"
    for asked, expected in (("bytes=-5", whole[-5:]), (f"bytes={len(whole) - 1}-", whole[-1:])):
        response, part = await get(site, path, Range=asked)
        assert (response.status, part) == (206, expected)
    response, _ = await get(site, path, Range=f"bytes={len(whole)}-")
    assert (response.status, response.headers["Content-Range"]) == (416, f"bytes */{len(whole)}")
    for ignored in ("bytes=9-4", "bytes=0-1,3-4", "lines=1-2", "bytes=-"):
        response, part = await get(site, path, Range=ignored)
        assert (response.status, part) == (200, whole), ignored
    response, part = await get(site, path, Range="bytes=4-9", If_Range='"other"')
    assert (response.status, part) == (200, whole)


async def test_default_avatars_are_drawn(site: RunningServer) -> None:
    for index in range(6):
        response, content = await get(site, f"/embed/avatars/{index}.png?size=32")
        assert (response.status, opened(content).size) == (200, (32, 32))
    for name in ("6.png", "0.gif", "x.png", "0"):
        assert (await get(site, f"/embed/avatars/{name}"))[0].status == 404, name


async def test_there_are_no_stickers_and_nothing_beside(site: RunningServer) -> None:
    for path in ("/stickers/1.png", "/emojis/x.png", "/emojis/.png", f"/avatars/{OWNER}/..%2f..%2fx", "/avatars/1"):
        response, _ = await get(site, path)
        assert response.status == 404, path
        assert response.content_type == "application/json"
    assert (await get(site, "/avatars/x/y.png"))[0].status == 400
