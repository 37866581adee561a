"""What a message holds that needs more than SEND_MESSAGES."""

import pytest

from tests.server.actions.conftest import Town, outcome, refused
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.channel import OverwriteRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import overwrites, posting, sending
from tuichat.server.actions.access import Place, require_place
from tuichat.server.actions.posting import Draft
from tuichat.server.store.message_rows import AttachmentRow

VOICE = 1 << 13
SPEECH = AttachmentRow(
    id=Snowflake(9),
    filename="voice.ogg",
    sha256="a" * 64,
    size_bytes=9,
    content_type="audio/ogg",
    duration_s=1.5,
    waveform="AA==",
)


def place(town: Town) -> Place:
    return require_place(town.ctx, town.bob, town.general)


def test_a_voice_message_is_one_recording(town: Town) -> None:
    sending.require_allowed(town.ctx, place(town), town.bob.user_id, Draft(flags=VOICE, attachments=(SPEECH,)))


@pytest.mark.parametrize(
    ("draft", "code"),
    [
        (Draft(flags=VOICE, attachments=(SPEECH,), content="x"), 50159),
        (Draft(flags=VOICE, attachments=(SPEECH,), embeds=b'[{"title":"x"}]'), 50159),
        (Draft(flags=VOICE), 50160),
        (Draft(flags=VOICE, attachments=(SPEECH, SPEECH)), 50160),
        (
            Draft(flags=VOICE, attachments=(AttachmentRow(id=Snowflake(9), filename="x", sha256="a", size_bytes=1),)),
            50160,
        ),
        (
            Draft(
                flags=VOICE,
                attachments=(
                    AttachmentRow(
                        id=Snowflake(9),
                        filename="x",
                        sha256="a",
                        size_bytes=1,
                        content_type="audio/ogg",
                        duration_s=1.0,
                    ),
                ),
            ),
            50161,
        ),
    ],
)
def test_what_is_no_voice_message(town: Town, draft: Draft, code: int) -> None:
    with refused(code, 400):
        sending.require_allowed(town.ctx, place(town), town.bob.user_id, draft)


@pytest.mark.parametrize(
    ("permission", "draft", "code"),
    [
        (Permissions.SEND_VOICE_MESSAGES, Draft(flags=VOICE, attachments=(SPEECH,)), 50173),
        (Permissions.SEND_TTS_MESSAGES, Draft(content="x", is_tts=True), 50013),
    ],
)
async def test_permissions(town: Town, permission: Permissions, draft: Draft, code: int) -> None:
    deny = OverwriteRequest(id=Snowflake(town.guild_id), type=0, deny=permission)
    await overwrites.set_overwrite(town.ctx, town.ada, town.general, deny.id, deny)
    with refused(code, 403):
        sending.require_allowed(town.ctx, place(town), town.bob.user_id, draft)


async def test_components_show_files_that_the_message_has(town: Town) -> None:
    shown = b'[{"type":13,"id":1,"file":{"url":"attachment://%s"},"spoiler":false}]'
    author = posting.Author(id=town.bob.user_id)
    for name, expected in ((b"voice.ogg", None), (b"other.ogg", 50035)):
        draft = Draft(components=shown % name, attachments=(SPEECH,))
        result = await outcome(posting.post(town.ctx, place(town), author, draft))
        assert (result if isinstance(result, int) else None) == expected
