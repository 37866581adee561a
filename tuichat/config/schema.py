"""Every setting there is: its name, type, default and one line that says what it does.

`config.example.toml` and the manual are made from this file; a new setting is one field here.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from tuichat.config.binding import MAX_BINDINGS, Binding

_CLOCK = "([01][0-9]|2[0-3]):[0-5][0-9]"
QUIET_HOURS_PATTERN = f"^({_CLOCK}-{_CLOCK})?\\Z"
Seconds = Annotated[int, Meta(ge=1, le=31_536_000)]


class UiSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the screen looks."""

    theme: Annotated[
        str,
        Meta(
            description="The colours of the screen: dark, light, high-contrast, ansi, or a file NAME.toml in themes/."
        ),
    ] = "dark"
    language: Annotated[
        str,
        Meta(
            description="en, fr, or a language in locale/LANGUAGE/LC_MESSAGES/tuichat.po beside this file; empty: the system's."
        ),
    ] = ""
    compact: Annotated[bool, Meta(description="Show messages line by line, without air between them.")] = False
    clock: Annotated[Literal["24h", "12h"], Meta(description="How the time of a message is written.")] = "24h"
    slow_link: Annotated[
        Literal["auto", "on", "off"],
        Meta(
            description="Send the terminal less. auto: only cells that change, and fewer frames over SSH; on: always both; off: neither."
        ),
    ] = "auto"
    images: Annotated[
        Literal["auto", "kitty", "sixel", "blocks", "off"],
        Meta(
            description="How pictures show: by kitty's graphics (in tmux with allow-passthrough), sixels, blocks, or by name alone."
        ),
    ] = "auto"
    show_members: Annotated[bool, Meta(description="Show the member list when the terminal is wide enough.")] = True


class KeySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which keys do what; `tuichat keys` lists the actions."""

    set: Annotated[Literal["default", "vim", "emacs"], Meta(description="The habit that the keys follow.")] = "default"
    leader: Annotated[
        str, Meta(description="The key before sequences; after it a popup shows how they go on. Empty turns it off.")
    ] = "ctrl+g"
    bind: Annotated[
        dict[str, str],
        Meta(
            description='Own keys by action, as in { "messages.reply" = "r, ctrl+r" }; an empty text leaves an action without.'
        ),
    ] = {}


class ComposerSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where messages are written."""

    enter_sends: Annotated[
        bool, Meta(description="Enter sends; false has it break the line, and Alt+Enter or Ctrl+Enter send.")
    ] = True
    history: Annotated[
        bool,
        Meta(
            description="Keep what you enter, to be found with Ctrl+R; false keeps nothing and deletes what was kept."
        ),
    ] = True
    typing_notices: Annotated[bool, Meta(description="Let others see that you type.")] = True
    spell_check: Annotated[
        bool,
        Meta(description="Underline words that hunspell, aspell or enchant does not know, where one is installed."),
    ] = True
    spell_language: Annotated[
        str, Meta(description="The language of spelling, as in fr_FR; empty takes that of the locale.")
    ] = ""
    spell_program: Annotated[
        str, Meta(description="The program to ask, which understands -a as ispell does; empty takes the first found.")
    ] = ""


class NotificationSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What asks for attention."""

    method: Annotated[
        Literal["auto", "osc9", "osc777", "osc99", "desktop", "bell", "none"],
        Meta(
            description="How a notice is shown: by the terminal (osc9, osc777, osc99), by the desktop, by the bell; auto finds out."
        ),
    ] = "auto"
    bell: Annotated[bool, Meta(description="Ring the terminal's bell when somebody mentions you.")] = True
    show_text: Annotated[bool, Meta(description="Show in a notice what was written, not only who wrote.")] = True
    do_not_disturb: Annotated[bool, Meta(description="Show no notices and ring no bell on this computer.")] = False
    quiet_hours: Annotated[
        str,
        Meta(
            pattern=QUIET_HOURS_PATTERN,
            examples=["22:00-07:00"],
            description="Hours of the day without notices, by this computer's clock; empty for none.",
        ),
    ] = ""
    event_minutes: Annotated[
        int,
        Meta(
            ge=0,
            le=1440,
            description="How many minutes before an event that you are interested in you are reminded of it, and again as it "
            "begins; 0 for not at all.",
        ),
    ] = 15


class CacheSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What stays on this machine."""

    messages: Annotated[
        bool,
        Meta(description="Keep the newest messages to be read offline; false keeps none and deletes what was kept."),
    ] = True


class ServerSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The server program, started by tuichat in the background or by `tuichat serve`."""

    linger: Annotated[
        Seconds | Literal["forever"],
        Meta(description="How many seconds the background server stays after its last use."),
    ] = 300
    allowed_origins: Annotated[
        tuple[str, ...],
        Meta(description="Web pages, as https://host, that may call the server from a browser."),
    ] = ()
    tls: Annotated[
        Literal["off", "auto"],
        Meta(
            description='"auto": TLS with a certificate of the server\'s own authority, as `tuichat serve --tls auto`; the '
            "background server then takes it beside plain, which bot libraries need for voice."
        ),
    ] = "off"
    max_upload_mib: Annotated[
        int,
        Meta(ge=1, le=102_400, description="How many MiB the files of a message may have together."),
    ] = 10
    database: Annotated[
        str,
        Meta(
            description="Of `tuichat serve`: keep the data in this PostgreSQL database, as postgresql://USER@HOST/NAME; empty "
            "keeps it in the folder of the data, or where that says. The password goes into ~/.pgpass or PGPASSWORD."
        ),
    ] = ""
    s3_bucket: Annotated[
        str, Meta(description="Keep files in this bucket of an S3-compatible storage, not in the folder of the data.")
    ] = ""
    s3_endpoint: Annotated[str, Meta(description="Where that storage is, as https://HOST.")] = (
        "https://s3.us-east-1.amazonaws.com"
    )
    s3_region: Annotated[str, Meta(description="The region of the bucket.")] = "us-east-1"
    s3_credentials: Annotated[
        str,
        Meta(
            description="A private file with two lines, the key id and the secret; empty takes TUICHAT_S3_KEY_ID and "
            "TUICHAT_S3_SECRET of the environment."
        ),
    ] = ""
    link_previews: Annotated[
        bool, Meta(description="Fetch pages that messages link to, and show what they are about.")
    ] = True
    fast_voice: Annotated[
        bool,
        Meta(
            description="Forward voice by a helper in C, which is built when the server starts and a C compiler is there; "
            "without it Python does the same."
        ),
    ] = False
    fetch_networks: Annotated[
        tuple[str, ...],
        Meta(description="Private addresses or networks that callbacks of applications may go to."),
    ] = ()
    rate_limits: Annotated[bool, Meta(description="Hold accounts and bots to limits, as Discord does.")] = True
    requests_per_second: Annotated[
        int,
        Meta(ge=1, le=1_000_000, description="How many requests an account or a bot may send in a second."),
    ] = 50


class VoiceSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Microphone and speaker."""

    enabled: Annotated[bool, Meta(description="Start the audio engine; false leaves sound devices alone.")] = True
    input: Annotated[
        str, Meta(description="The microphone, as the voice settings list it; empty is the system's.", max_length=400)
    ] = ""
    output: Annotated[
        str, Meta(description="The speaker, as the voice settings list it; empty is the system's.", max_length=400)
    ] = ""
    input_gain: Annotated[int, Meta(description="How loud the microphone is sent, in percent.", ge=0, le=200)] = 100
    output_gain: Annotated[int, Meta(description="How loud everybody is played, in percent.", ge=0, le=200)] = 100
    gate: Annotated[
        Literal["voice", "push_to_talk", "open"],
        Meta(description="When you are heard: while you speak, while the key of push to talk is down, or always."),
    ] = "voice"
    threshold_db: Annotated[
        Annotated[int, Meta(ge=-100, le=0)] | Literal["auto"],
        Meta(
            description="The gate opens above this level, in dB of the loudest there can be (-45); auto follows the noise."
        ),
    ] = "auto"
    mute: Annotated[
        Literal["close", "instant"],
        Meta(
            description="Muting gives the microphone back to the system (close), or keeps it open so that you are told "
            "when you talk while muted (instant)."
        ),
    ] = "close"
    noise_suppression: Annotated[bool, Meta(description="Take noise out of what the microphone hears.")] = True
    echo_cancellation: Annotated[bool, Meta(description="Take the speaker out of what the microphone hears.")] = True
    gain_control: Annotated[
        bool, Meta(description="Even out how loud you are; may distort a microphone that is loud already.")
    ] = False
    sounds: Annotated[bool, Meta(description="Play a sound when somebody joins or leaves, and when you mute.")] = True


class ScriptSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `tuichat send`, `run`, `tail` and `wait` take for granted."""

    guild: Annotated[
        str,
        Meta(description="Name or id of the server that is meant where an address names none; empty: the only one."),
    ] = ""
    channel: Annotated[
        str,
        Meta(
            description="The address that `tuichat send` and `tail` take where none is written; empty: one has to be."
        ),
    ] = ""


class LogSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `tuichat logs` has to show."""

    level: Annotated[
        Literal["debug", "info", "warning", "error"],
        Meta(description="The least serious kind of event that is written to the log."),
    ] = "info"


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole of `config.toml`."""

    ui: UiSettings = UiSettings()
    keys: KeySettings = KeySettings()
    composer: ComposerSettings = ComposerSettings()
    notifications: NotificationSettings = NotificationSettings()
    cache: CacheSettings = CacheSettings()
    server: ServerSettings = ServerSettings()
    voice: VoiceSettings = VoiceSettings()
    scripts: ScriptSettings = ScriptSettings()
    log: LogSettings = LogSettings()
    aliases: Annotated[
        dict[str, str],
        Meta(
            description='Short names of lines, as in ci = "/msg #ci $*"; $1 to $9 are the words behind the name, $* all of them.'
        ),
    ] = {}
    macros: Annotated[
        dict[str, tuple[str, ...]],
        Meta(description="Lines that /macro recorded, by name, as /macro play plays them."),
    ] = {}
    on: Annotated[tuple[Binding, ...], Meta(max_length=MAX_BINDINGS)] = ()
