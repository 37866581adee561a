"""Routes: soundboards, their files, and effects in voice channels."""

from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.soundboard import CreateSoundRequest, EditSoundRequest, SendEffectRequest, SendSoundRequest
from tuichat.server.actions import errors, soundboard
from tuichat.server.actions.images import ImageKind, find_image
from tuichat.server.actions.sound_cache import DEFAULT_CONTENT_TYPE, DEFAULT_SOUNDS, default_sound
from tuichat.server.api.body import read_body
from tuichat.server.api.cdn import A_DAY
from tuichat.server.api.exchange import Request, Resource, Response, answer, answer_nothing
from tuichat.server.api.file_answer import answer_bytes, answer_file


class DefaultSounds(Resource):
    async def on_get(self, req: Request, resp: Response) -> None:
        """The sounds that every server has."""
        await self.actor(req)
        answer(resp, list(DEFAULT_SOUNDS))


class Sounds(Resource):
    async def on_get(self, req: Request, resp: Response, guild_id: Snowflake) -> None:
        answer(resp, await soundboard.list_sounds(self.context, await self.actor(req), guild_id))

    async def on_post(self, req: Request, resp: Response, guild_id: Snowflake) -> None:
        actor = await self.actor(req)
        body = await read_body(req, CreateSoundRequest, max_bytes=soundboard.MAX_SOUND_BODY_BYTES)
        answer(resp, await soundboard.create_sound(self.context, actor, guild_id, body), 201)


class Sound(Resource):
    async def on_get(self, req: Request, resp: Response, guild_id: Snowflake, sound_id: Snowflake) -> None:
        answer(resp, await soundboard.get_sound(self.context, await self.actor(req), guild_id, sound_id))

    async def on_patch(self, req: Request, resp: Response, guild_id: Snowflake, sound_id: Snowflake) -> None:
        actor = await self.actor(req)
        body = await read_body(req, EditSoundRequest)
        answer(resp, await soundboard.edit_sound(self.context, actor, guild_id, sound_id, body))

    async def on_delete(self, req: Request, resp: Response, guild_id: Snowflake, sound_id: Snowflake) -> None:
        await soundboard.delete_sound(self.context, await self.actor(req), guild_id, sound_id)
        answer_nothing(resp)


class SendSound(Resource):
    async def on_post(self, req: Request, resp: Response, channel_id: Snowflake) -> None:
        actor = await self.actor(req)
        await soundboard.play_sound(self.context, actor, channel_id, await read_body(req, SendSoundRequest))
        answer_nothing(resp)


class SendEffect(Resource):
    async def on_post(self, req: Request, resp: Response, channel_id: Snowflake) -> None:
        actor = await self.actor(req)
        await soundboard.send_effect(self.context, actor, channel_id, await read_body(req, SendEffectRequest))
        answer_nothing(resp)


class SoundFile(Resource):
    async def on_get(self, req: Request, resp: Response, name: str) -> None:
        """A sound's file; the path names no hash, for it never changes."""
        sound_id = int(name) if name.isascii() and name.isdigit() and len(name) <= 19 else 0
        content = default_sound(sound_id)
        if content is not None:
            answer_bytes(req, resp, content, etag=f"sound-{sound_id}", content_type=DEFAULT_CONTENT_TYPE, cache=A_DAY)
            return
        row = self.context.sounds.get(sound_id)
        stored = None if row is None else await find_image(self.context, ImageKind.SOUND, sound_id)
        if row is None or stored is None:
            raise errors.ActionError(404, 0, "404: Not Found")
        file, read = stored.file, self.context.files.read
        answer_file(
            req,
            resp,
            lambda start, stop: read(file, start, stop),
            row.size_bytes,
            etag=file,
            content_type=row.content_type,
            cache=A_DAY,
        )

    on_head = on_get


ROUTES = {
    "/soundboard-default-sounds": DefaultSounds,
    "/guilds/{guild_id}/soundboard-sounds": Sounds,
    "/guilds/{guild_id}/soundboard-sounds/{sound_id}": Sound,
    "/channels/{channel_id}/send-soundboard-sound": SendSound,
    "/channels/{channel_id}/voice-channel-effects": SendEffect,
}
CDN_ROUTES = {"/soundboard-sounds/{name}": SoundFile}
