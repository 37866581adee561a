"""A desk of voice that does nothing: it keeps what it was asked, and shows what a test says."""

from collections.abc import Callable, Mapping, Sequence

import msgspec

from tests.tui.samples import ADA_NICK, BARBARA, GRACE, GUILD, LINUS, MARGARET, ME, STANDUP
from tuichat.client.client import Client
from tuichat.client.voice_desk import Engine, Listener, Moment, SoundTest, Stage, VoicePerson, VoiceView
from tuichat.config.schema import VoiceSettings
from tuichat.voice.call_protocol import MediaPath
from tuichat.voice.device import AudioDevice
from tuichat.voice.place_protocol import SoundPlace

MICROPHONE = AudioDevice(0, "Headset microphone", "pulse", 1, 48000.0, is_default=True, key="headset-in")
WEBCAM = AudioDevice(1, "Webcam", "pulse", 1, 48000.0, key="webcam-in")
SPEAKER = AudioDevice(2, "Headset", "pulse", 2, 48000.0, is_default=True, key="headset-out")
GOOD_ENGINE = Engine(sentence="voice engine: ready", is_good=True, inputs=(MICROPHONE, WEBCAM), outputs=(SPEAKER,))
MINUTE = tuple(
    Moment(
        rtt_ms=20 + second % 7 * 5,
        jitter_ms=3,
        loss=0.02 * (second % 11 == 0),
        concealed=0.0,
        delay_ms=40 + second % 3,
        late_ms=1.7 if second == 20 else 0.4,
    )
    for second in range(60)
)
PEOPLE = (
    VoicePerson(user_id=ME, name=ADA_NICK, is_me=True),
    VoicePerson(user_id=BARBARA, name="barbara", is_server_muted=True),
    VoicePerson(user_id=GRACE, name="grace", is_speaking=True, level_db=-18.0, moments=MINUTE),
    VoicePerson(user_id=LINUS, name="linus", is_muted=True, is_deafened=True, volume_percent=150),
    VoicePerson(user_id=MARGARET, name="margaret", is_speaking=True, is_priority=True, level_db=-42.0, moments=MINUTE),
)
CALL = VoiceView(
    stage=Stage.CONNECTED,
    account_key="s1/101",
    guild_id=GUILD,
    channel_id=STANDUP,
    title="♪ standup",
    people=PEOPLE,
    input_db=-30.0,
    threshold_db=-45.0,
    is_sending=True,
    path=MediaPath.UDP,
    has_statistics=True,
    rtt_ms=24.0,
    jitter_ms=3.2,
    loss=0.001,
    concealed=0.004,
    sent_loss=0.02,
    redundancy=1,
    sent_bytes_s=6_100,
    received_bytes_s=12_400,
    underruns=1,
    moments=MINUTE,
    mode="aead_aes256_gcm_rtpsize",
    input_name="Headset microphone",
    output_name="Headset",
    processing=("noise suppression", "echo cancellation"),
    engine=GOOD_ENGINE,
)


class FakeDesk:
    def __init__(self, view: VoiceView | None = None) -> None:
        self._view = view or VoiceView(engine=GOOD_ENGINE)
        self.asked: list[tuple[object, ...]] = []
        self.languages: list[str] = []
        self.volumes: dict[tuple[str, int], int] = {}
        self.fault: Exception | None = None
        self._listeners: list[Listener] = []

    @property
    def view(self) -> VoiceView:
        return self._view

    def show(self, view: VoiceView) -> None:
        self._view = view
        for listener in list(self._listeners):
            listener()

    def change(self, **fields: object) -> None:
        self.show(msgspec.structs.replace(self._view, **fields))

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def use_clients(self, clients: Mapping[str, Client]) -> None:
        pass

    def use_settings(self, settings: VoiceSettings) -> None:
        self.change(is_enabled=settings.enabled, gate=settings.gate)

    def use_language(self, setting: str) -> None:
        self.languages.append(setting)

    def start(self) -> None:
        self.asked.append(("start",))

    def retry(self) -> None:
        self.asked.append(("retry",))

    async def close(self) -> None:
        pass

    def join(self, account_key: str, channel_id: int) -> None:
        if self.fault is not None:
            raise self.fault
        self.asked.append(("join", account_key, channel_id))

    async def start_call(self, account_key: str, channel_id: int) -> None:
        self.asked.append(("call", account_key, channel_id))

    async def decline(self, account_key: str, channel_id: int) -> None:
        self.asked.append(("decline", account_key, channel_id))

    def leave(self) -> None:
        self.asked.append(("leave",))
        self.show(VoiceView(engine=self._view.engine))

    def set_muted(self, is_muted: bool) -> None:
        self.asked.append(("mute", is_muted))
        self.change(is_muted=is_muted)

    def set_deafened(self, is_deafened: bool) -> None:
        self.asked.append(("deafen", is_deafened))
        self.change(is_deafened=is_deafened)

    def talk(self, is_pressed: bool) -> None:
        self.asked.append(("talk", is_pressed))
        self.change(is_talking=is_pressed)

    def set_priority(self, is_priority: bool) -> None:
        self.asked.append(("priority", is_priority))

    def volume(self, account_key: str, user_id: int) -> int:
        return self.volumes.get((account_key, user_id), 100)

    def set_volume(self, account_key: str, user_id: int, percent: int) -> None:
        self.volumes[account_key, user_id] = percent

    def use_meter(self, is_on: bool) -> None:
        self.asked.append(("meter", is_on))

    def refresh_devices(self) -> None:
        self.asked.append(("devices",))

    def start_test(self) -> None:
        self.asked.append(("test",))
        self.change(test=SoundTest(step="recording", done=0.4))

    def stop_test(self) -> None:
        self.asked.append(("no test",))
        self.change(test=None)

    async def look_for_laptops(self) -> Sequence[SoundPlace]:
        return self._view.place.laptops

    def choose_place(self, key: str) -> None:
        self.asked.append(("choose_place", key))
