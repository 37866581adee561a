"""Components: buttons, menus, layouts and inputs that messages and modals are built of (Discord's "Component Reference")."""

from enum import IntEnum
from typing import TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol.snowflake import Snowflake


class ButtonStyle(IntEnum):
    PRIMARY = 1
    SECONDARY = 2
    SUCCESS = 3
    DANGER = 4
    LINK = 5
    PREMIUM = 6


class ComponentEmoji(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A unicode emoji by its `name`, or one of a guild by its `id`."""

    id: Snowflake | None = None
    name: str | None = None
    animated: bool = False


class Component(msgspec.Struct, kw_only=True, tag_field="type"):
    """What all components have: `id` is unique in its message, 0 where it is still to be given."""

    id: int = 0


class Interactive(Component, kw_only=True):
    custom_id: str | UnsetType | None = UNSET


class Button(Interactive, kw_only=True, tag=2):
    style: int
    label: str | UnsetType | None = UNSET
    emoji: ComponentEmoji | UnsetType | None = UNSET
    sku_id: Snowflake | UnsetType | None = UNSET
    url: str | UnsetType | None = UNSET
    disabled: bool = False


class SelectOption(msgspec.Struct, kw_only=True):
    label: str
    value: str
    description: str | UnsetType | None = UNSET
    emoji: ComponentEmoji | UnsetType | None = UNSET
    default: bool = False


class DefaultValue(msgspec.Struct, kw_only=True):
    """What a menu has chosen before anybody chose: `type` is user, role or channel."""

    id: Snowflake
    type: str


class Select(Interactive, kw_only=True):
    placeholder: str | UnsetType | None = UNSET
    min_values: int = 1
    max_values: int = 1
    required: bool | UnsetType | None = UNSET
    disabled: bool = False


class StringSelect(Select, kw_only=True, tag=3):
    options: list[SelectOption]


class UserSelect(Select, kw_only=True, tag=5):
    default_values: list[DefaultValue] | UnsetType | None = UNSET


class RoleSelect(Select, kw_only=True, tag=6):
    default_values: list[DefaultValue] | UnsetType | None = UNSET


class MentionableSelect(Select, kw_only=True, tag=7):
    default_values: list[DefaultValue] | UnsetType | None = UNSET


class ChannelSelect(Select, kw_only=True, tag=8):
    channel_types: list[int] | UnsetType | None = UNSET
    default_values: list[DefaultValue] | UnsetType | None = UNSET


class TextInput(Interactive, kw_only=True, tag=4):
    style: int = 1
    label: str | UnsetType | None = UNSET
    min_length: int | UnsetType | None = UNSET
    max_length: int | UnsetType | None = UNSET
    required: bool = True
    value: str | UnsetType | None = UNSET
    placeholder: str | UnsetType | None = UNSET


AnySelect: TypeAlias = StringSelect | UserSelect | RoleSelect | MentionableSelect | ChannelSelect


class ActionRow(Component, kw_only=True, tag=1):
    components: list[Button | AnySelect | TextInput]


class MediaItem(msgspec.Struct, kw_only=True):
    """A picture or file by its address: http, https, or `attachment://name` of the same message.

    `proxy_url`: where clients load it from, the server.
    """

    url: str
    proxy_url: str | UnsetType = UNSET


class TextDisplay(Component, kw_only=True, tag=10):
    content: str


class Thumbnail(Component, kw_only=True, tag=11):
    media: MediaItem
    description: str | None = None
    spoiler: bool = False


class Section(Component, kw_only=True, tag=9):
    components: list[TextDisplay]
    accessory: Button | Thumbnail


class GalleryItem(msgspec.Struct, kw_only=True):
    media: MediaItem
    description: str | None = None
    spoiler: bool = False


class MediaGallery(Component, kw_only=True, tag=12):
    items: list[GalleryItem]


class File(Component, kw_only=True, tag=13):
    file: MediaItem
    spoiler: bool = False


class Separator(Component, kw_only=True, tag=14):
    divider: bool = True
    spacing: int = 1


class Container(Component, kw_only=True, tag=17):
    components: list[ActionRow | TextDisplay | Section | MediaGallery | Separator | File]
    accent_color: int | None = None
    spoiler: bool = False


class FileUpload(Interactive, kw_only=True, tag=19):
    min_values: int = 1
    max_values: int = 1
    required: bool = True
    file_types: list[str] | UnsetType | None = UNSET


class ChoiceOption(msgspec.Struct, kw_only=True):
    label: str
    value: str
    description: str | UnsetType | None = UNSET
    default: bool = False


class RadioGroup(Interactive, kw_only=True, tag=21):
    options: list[ChoiceOption]
    required: bool = True


class CheckboxGroup(Interactive, kw_only=True, tag=22):
    options: list[ChoiceOption]
    min_values: int | UnsetType | None = UNSET
    max_values: int | UnsetType | None = UNSET
    required: bool = True


class Checkbox(Interactive, kw_only=True, tag=23):
    default: bool = False


class Label(Component, kw_only=True, tag=18):
    label: str
    description: str | UnsetType | None = UNSET
    component: TextInput | AnySelect | FileUpload | RadioGroup | CheckboxGroup | Checkbox


MessageComponent: TypeAlias = ActionRow | Section | TextDisplay | MediaGallery | File | Separator | Container
ModalComponent: TypeAlias = ActionRow | Label | TextDisplay
