"""Components: what messages and modals may be built of, and what is refused, with the place of the fault."""

from typing import Any

import msgspec
import pytest

from tests.server.actions.conftest import Town, refused
from tuichat.protocol import codec
from tuichat.protocol.rest.message import CreateMessageRequest
from tuichat.server.actions import components, messages
from tuichat.server.actions.context import Actor
from tuichat.server.actions.errors import ActionError

V2 = 1 << 15


def raws(*found: object) -> list[msgspec.Raw]:
    return [msgspec.Raw(msgspec.json.encode(component)) for component in found]


def check(*found: object, v2: bool = False, may_interact: bool = True) -> list[dict[str, Any]]:
    checked = components.check(raws(*found), may_use_v2=v2, may_interact=may_interact)
    return msgspec.json.decode(checked, type=list[dict[str, Any]])


def row(*children: object) -> dict[str, object]:
    return {"type": 1, "components": list(children)}


def button(custom_id: str = "go", **more: object) -> dict[str, object]:
    return {"type": 2, "style": 1, "label": "Go", "custom_id": custom_id} | more


def menu(**more: object) -> dict[str, object]:
    return {"type": 3, "custom_id": "menu", "options": [{"label": "A", "value": "a"}]} | more


def text(content: str = "hi") -> dict[str, object]:
    return {"type": 10, "content": content}


def test_ids_are_given_in_order_and_leave_out_those_that_are_taken() -> None:
    (found,) = check(row(button("a"), button("b", id=1), button("c")))
    assert found["id"] == 2
    assert [child["id"] for child in found["components"]] == [3, 1, 4]


def test_nulls_and_unknown_keys_do_not_stay() -> None:
    (found,) = check(row(menu(placeholder=None, nonsense=1, min_values=0)))
    assert found["components"][0] == {
        "type": 3, "id": 2, "custom_id": "menu", "min_values": 0, "max_values": 1, "disabled": False,
        "options": [{"label": "A", "value": "a", "default": False}],
    }  # fmt: skip


LAYOUTS: dict[str, dict[str, object]] = {
    "section": {"type": 9, "components": [text()], "accessory": button()},
    "thumbnail": {
        "type": 9,
        "components": [text(), text(), text()],
        "accessory": {"type": 11, "media": {"url": "https://a.example/x.png"}, "description": None},
    },
    "gallery": {"type": 12, "items": [{"media": {"url": "attachment://x.png"}, "spoiler": True}]},
    "file": {"type": 13, "file": {"url": "attachment://x.pdf"}},
    "separator": {"type": 14, "spacing": 2},
    "container": {"type": 17, "components": [text(), row(button()), {"type": 14}], "accent_color": 0xFF},
}


def test_a_null_is_as_good_as_an_absent_key() -> None:
    sparse = {"id": None, "disabled": None, "url": None, "emoji": None}
    assert check({"id": None, **row({**button(), **sparse})}) == check(row(button()))
    assert check(row({**menu(), "min_values": None, "placeholder": None})) == check(row(menu()))


@pytest.mark.parametrize("name", LAYOUTS)
def test_layouts_need_the_flag(name: str) -> None:
    (found,) = check(LAYOUTS[name], v2=True)
    assert found["type"] == LAYOUTS[name]["type"]
    with refused(50035):
        check(LAYOUTS[name])


@pytest.mark.parametrize(
    ("component", "path"),
    [
        (row(), "components.0.components"),
        (row(*(button(str(index)) for index in range(6))), "components.0.components"),
        (row(button(), menu()), "components.0.components"),
        (row(button(), button()), "components.0.components.1.custom_id"),
        (row(button("a", id=7), button("b", id=7)), "components.0.components.1.id"),
        (row(button("x" * 101)), "components.0.components.0.custom_id"),
        (row(button(label="x" * 81)), "components.0.components.0.label"),
        (row(button(style=7)), "components.0.components.0.style"),
        (row(button(style=5)), "components.0.components.0.url"),
        (row(button(url="https://a.example")), "components.0.components.0.url"),
        (row({"type": 2, "style": 5, "label": "x", "url": "javascript:1"}), "components.0.components.0.url"),
        (row({"type": 2, "style": 1, "custom_id": "x"}), "components.0.components.0.label"),
        (row({"type": 2, "style": 1, "label": "x"}), "components.0.components.0.custom_id"),
        (row({"type": 2, "style": 6, "sku_id": "5", "label": "x"}), "components.0.components.0.label"),
        (row(button(emoji={"animated": True})), "components.0.components.0.emoji"),
        (row(menu(options=[])), "components.0.components.0.options"),
        (row(menu(options=[{"label": "x", "value": str(n)} for n in range(26)])), "components.0.components.0.options"),
        (row(menu(options=[{"label": "x", "value": "a"}] * 2)), "components.0.components.0.options.1.value"),
        (row(menu(options=[{"label": "x" * 101, "value": "a"}])), "components.0.components.0.options.0.label"),
        (row(menu(max_values=26)), "components.0.components.0.max_values"),
        (row(menu(min_values=2, max_values=2)), "components.0.components.0.min_values"),
        (row(menu(placeholder="x" * 151)), "components.0.components.0.placeholder"),
        (
            row({"type": 5, "custom_id": "u", "default_values": [{"id": "1", "type": "role"}]}),
            "components.0.components.0.default_values.0.type",
        ),
        (row({"type": 4, "custom_id": "t", "style": 1, "label": "L"}), "components.0.components.0"),
        ({"type": 99}, "components.0"),
        ({"type": "x"}, "components.0"),
        ([], "components.0"),
    ],
)
def test_faults_are_named_with_their_place(component: object, path: str) -> None:
    with pytest.raises(ActionError) as caught:
        check(component)
    errors = msgspec.json.decode(caught.value.encode())["errors"]
    for step in path.split("."):
        errors = errors[step]
    assert errors["_errors"]


def test_rows_and_components_are_counted() -> None:
    assert len(check(*(row(button(str(index))) for index in range(5)))) == 5
    with refused(50035):
        check(*(row(button(str(index))) for index in range(6)))
    check(*[text()] * 40, v2=True)
    with refused(50035):
        check({"type": 17, "components": [text()] * 40}, v2=True)
    with refused(50035):
        check(text("x" * 2001), text("x" * 2000), v2=True)


def test_a_webhook_of_nobody_has_links_only() -> None:
    check(row({"type": 2, "style": 5, "label": "x", "url": "https://a.example"}), may_interact=False)
    for interactive in (button(), menu()):
        with refused(50035):
            check(row(interactive), may_interact=False)


def test_modals_hold_inputs() -> None:
    text_input = {"type": 4, "custom_id": "t", "style": 1}
    label = {"type": 18, "label": "Name?", "component": text_input}
    found = msgspec.json.decode(
        components.check_modal(raws(label, text("see"), row(text_input | {"label": "L", "custom_id": "u"})))
    )
    assert [component["type"] for component in found] == [18, 10, 1]
    assert found[0]["component"]["id"] == 2
    choices = [{"label": "A", "value": "a"}, {"label": "B", "value": "b"}]
    for child in (
        menu(), {"type": 8, "custom_id": "c", "channel_types": [0]}, {"type": 19, "custom_id": "f", "max_values": 10},
        {"type": 21, "custom_id": "r", "options": choices}, {"type": 22, "custom_id": "b", "options": choices},
        {"type": 23, "custom_id": "k", "default": True},
    ):  # fmt: skip
        components.check_modal(raws({"type": 18, "label": "x", "component": child}))
    for wrong in (
        row(button()), row(text_input), label | {"label": "x" * 46}, {"type": 14},
        {"type": 18, "label": "x", "component": menu(disabled=True)},
        {"type": 18, "label": "x", "component": menu(min_values=0)},
        {"type": 18, "label": "x", "component": {"type": 21, "custom_id": "r", "options": choices[:1]}},
        {"type": 18, "label": "x", "component": text_input | {"min_length": 10, "max_length": 5}},
    ):  # fmt: skip
        with refused(50035):
            components.check_modal(raws(wrong))
    with refused(50035):
        components.check_modal([])
    with refused(50035):
        components.check_modal(raws(*[text()] * 6))


def request(**fields: object) -> CreateMessageRequest:
    return codec.decode(codec.encode(fields), CreateMessageRequest)


async def test_bots_send_components_and_people_do_not(town: Town) -> None:
    bot = Actor(town.bob.user_id, is_bot=True)
    sent = await messages.create_message(town.ctx, bot, town.general, request(components=raws(row(button()))))
    assert msgspec.json.decode(sent.components[0])["components"][0]["custom_id"] == "go"
    (event,) = town.told("MESSAGE_CREATE")
    assert msgspec.json.decode(event.body)["components"][0]["type"] == 1
    assert event.content_free_body is not None
    assert msgspec.json.decode(event.content_free_body)["components"] == []
    with refused(50035):
        await messages.create_message(town.ctx, town.bob, town.general, request(components=raws(row(button()))))


async def test_a_message_of_components_alone_names_whom_its_texts_name(town: Town) -> None:
    bot = Actor(town.bob.user_id, is_bot=True)
    told = raws(text(f"ask <@{town.ada.user_id}>"))
    sent = await messages.create_message(town.ctx, bot, town.general, request(components=told, flags=V2))
    assert [user.id for user in sent.mentions] == [town.ada.user_id]
    assert sent.flags == V2
    for legacy in ({"content": "x"}, {"embeds": raws({"title": "x"})}):
        with refused(50035):
            await messages.create_message(town.ctx, bot, town.general, request(components=told, flags=V2, **legacy))


async def test_stickers_are_refused_by_name(town: Town) -> None:
    with refused(50081, 400) as caught:
        await messages.create_message(town.ctx, town.bob, town.general, request(content="x", sticker_ids=["1"]))
    assert b"sticker_ids" in caught.value.encode()
