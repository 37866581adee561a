"""Moments with bots, polls and profiles that are worth keeping."""

from datetime import timedelta

import msgspec

from tests.tui.bot_samples import modal, raw
from tests.tui.samples import BOT, GRACE, GUILD, LINUS, ME, NOW, message
from tests.tui.screens import Shown
from tuichat.protocol.interaction import ModalCreate
from tuichat.protocol.message import Message, MessageInteraction, Reaction, ReactionCounts, ReactionEmoji
from tuichat.protocol.poll import Poll, PollAnswer, PollAnswerCount, PollMedia, PollResults
from tuichat.protocol.profile import MutualGuild, Profile, ProfileMetadata, ProfileUser
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.user import User
from tuichat.protocol.user_settings import Note


def poll() -> Message:
    answers = [
        PollAnswer(answer_id=at, poll_media=PollMedia(text=text))
        for at, text in enumerate(("Monday", "Friday", "never"), 1)
    ]
    counts = [
        PollAnswerCount(id=1, count=3, me_voted=True),
        PollAnswerCount(id=2, count=5),
        PollAnswerCount(id=3, count=1),
    ]
    asked = Poll(
        question=PollMedia(text="When do we ship?"),
        answers=answers,
        expiry=(NOW + timedelta(hours=5)).isoformat(),
        results=PollResults(answer_counts=counts),
    )
    return msgspec.structs.replace(message(GRACE, 4, "please vote"), poll=asked)


def deployment() -> Message:
    button = {"type": 2, "style": 1, "label": "Deploy", "custom_id": "a"}
    others = [
        {"type": 2, "style": 2, "label": "Later", "custom_id": "b"},
        {"type": 2, "style": 3, "label": "Approve", "custom_id": "c"},
        {"type": 2, "style": 4, "label": "Roll back", "custom_id": "d"},
        {"type": 2, "style": 5, "label": "Log", "url": "https://ci.example.org/1184"},
        {"type": 2, "style": 2, "label": "Stop", "custom_id": "e", "disabled": True},
    ]
    options = [{"label": label, "value": label} for label in ("staging", "production", "the old machine")]
    menu = {"type": 3, "custom_id": "m", "placeholder": "Where to", "options": options}
    section = {
        "type": 9,
        "components": [{"type": 10, "content": "**Build 1184** passed in `4 min 12 s`"}],
        "accessory": button,
    }
    container = {
        "type": 17,
        "accent_color": 0xA6DA95,
        "components": [section, {"type": 14}, {"type": 1, "components": others}, {"type": 1, "components": [menu]}],
    }
    grace = User(id=Snowflake(GRACE), username="grace")
    return msgspec.structs.replace(
        message(BOT, 2, ""),
        components=[raw(container)],
        interaction=MessageInteraction(id=Snowflake(1), type=2, name="build status", user=grace),
        reactions=[
            Reaction(emoji=ReactionEmoji(name="🚀"), count=2, me=True, count_details=ReactionCounts(normal=2)),
            Reaction(emoji=ReactionEmoji(name="👀"), count=1, count_details=ReactionCounts(normal=1)),
        ],
    )


def form() -> ModalCreate:
    levels = [{"label": label, "value": label} for label in ("minor", "major", "everything is down")]
    contents: tuple[dict[str, object], ...] = (
        {"type": 10, "content": "Who is on call reads this at once."},
        {
            "type": 18,
            "label": "Title",
            "component": {"type": 4, "custom_id": "t", "style": 1, "placeholder": "what happened"},
        },
        {"type": 18, "label": "Details", "component": {"type": 4, "custom_id": "d", "style": 2, "required": False}},
        {
            "type": 18,
            "label": "How bad",
            "description": "for the night shift",
            "component": {"type": 3, "custom_id": "b", "options": levels},
        },
        {"type": 18, "label": "Call me", "component": {"type": 23, "custom_id": "c"}},
    )
    return modal(*contents)


async def voting(shown: Shown) -> None:
    shown.client.receive(poll())
    await shown.settle()
    await shown.press("shift+f6", "up")


async def pressing(shown: Shown) -> None:
    shown.client.receive(deployment())
    await shown.settle()
    await shown.press("shift+f6", "up")


async def picking(shown: Shown) -> None:
    await pressing(shown)
    await shown.press("5", *"st")


async def filling_in(shown: Shown) -> None:
    shown.client.interactions.take(form())
    await shown.until("Report an incident")
    await shown.type("the mixer is silent")


async def message_menu(shown: Shown) -> None:
    await pressing(shown)
    await shown.press("full_stop")


async def asking(shown: Shown) -> None:
    await shown.press("ctrl+g", "c", "p")
    await shown.type("When do we ship?\nMonday\nFriday")


async def profile(shown: Shown) -> None:
    shown.client.rest.answers["GET /users/{}/profile"] = Profile(
        user=ProfileUser(id=Snowflake(LINUS), username="linus"),
        user_profile=ProfileMetadata(bio="measures first, ships small"),
        mutual_guilds=[MutualGuild(id=Snowflake(GUILD))],
    )
    shown.client.rest.answers["GET /users/@me/notes/{}"] = Note(
        note="owes me a tea", note_user_id=Snowflake(LINUS), user_id=Snowflake(ME)
    )
    shown.chat.show_profile_of(LINUS)
    await shown.until("owes me")


async def rich_messages(shown: Shown) -> None:
    """Embeds, a gallery, relative times, emojis alone, and code in a quote."""
    build = {
        "author": {"name": "CI", "url": "https://ci.example.org"},
        "title": "Build 812",
        "url": "https://ci.example.org/812",
        "description": "all machines are **green**",
        "color": 0x43B581,
        "fields": [
            {"name": "time", "value": "4 min", "inline": True},
            {"name": "tests", "value": "812", "inline": True},
            {"name": "by", "value": "ada", "inline": True},
        ],
        "image": {"url": "https://ci.example.org/graph.png"},
        "footer": {"text": "runner 3"},
        "timestamp": NOW.isoformat(),
    }
    items = [
        {"media": {"url": f"https://ci.example.org/{name}.png"}, "description": name} for name in ("before", "after")
    ]
    embedded = msgspec.structs.replace(message(BOT, 4, "", number=1), embeds=[msgspec.Raw(msgspec.json.encode(build))])
    gallery = msgspec.Raw(msgspec.json.encode({"type": 12, "items": items}))
    for item in (
        embedded,
        msgspec.structs.replace(message(BOT, 3, "", number=2), components=[gallery]),
        message(
            GRACE,
            2,
            f"> it began so:\n> ```py\n> mix(frames)\n> ```\nshipped <t:{int(NOW.timestamp()) - 7300}:R>",
            number=3,
        ),
        message(LINUS, 1, "\U0001f389\U0001f680 <:party:12>", number=4),
    ):
        shown.client.receive(item)
    await shown.settle()


BOT_SCENES = (rich_messages, profile, voting, pressing, picking, filling_in, message_menu, asking)
