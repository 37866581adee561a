"""Voice in plain mode: commands do it, sentences tell what happens."""

from msgspec.structs import replace

from tests.plain.talking import Talk
from tests.tui.fake_desk import CALL, PEOPLE, FakeDesk
from tests.tui.samples import STANDUP
from tuichat.client.voice_desk import Engine, Incoming, SoundTest, Stage, VoicePerson, VoicePlace, VoiceView
from tuichat.client.voice_way import VoiceWay, Way
from tuichat.voice.call_protocol import MediaPath
from tuichat.voice.place_protocol import PlaceState


def talking() -> tuple[Talk, FakeDesk]:
    desk = FakeDesk()
    return Talk(desk=desk), desk


async def test_joining_by_name_and_who_is_there() -> None:
    talk, desk = talking()
    await talk.open()
    await talk.type("/call join #standup")
    assert desk.asked[-1] == ("join", "s1/101", STANDUP)
    desk.show(CALL)
    (line,) = talk.new()
    assert "You are in" in line
    assert "grace" in line
    assert "barbara (muted by a moderator)" in line
    assert "Encrypted to the server." in line


async def test_who_comes_goes_and_mutes_is_told() -> None:
    talk, desk = talking()
    desk.show(CALL)
    talk.new()
    desk.change(people=PEOPLE[:4])
    assert talk.new() == ["margaret left the call."]
    desk.change(people=(*PEOPLE[:4], VoicePerson(user_id=5, name="ken")))
    assert talk.new() == ["ken joined the call."]
    desk.change(people=(*PEOPLE[:4], VoicePerson(user_id=5, name="ken", is_muted=True)))
    assert talk.new() == ["ken: muted."]
    desk.change(people=(*PEOPLE[:4], VoicePerson(user_id=5, name="ken")))
    assert talk.new() == ["ken: not muted any more."]


async def test_speaking_and_levels_are_not_told() -> None:
    talk, desk = talking()
    desk.show(CALL)
    talk.new()
    desk.change(people=tuple(replace(each, is_speaking=not each.is_speaking, level_db=-3.0) for each in PEOPLE))
    desk.change(input_db=-10.0, rtt_ms=40.0)
    assert [line for line in talk.new() if "priority" not in line] == []


async def test_a_call_that_is_joined_again_fails_or_ends_is_told() -> None:
    talk, desk = talking()
    desk.show(CALL)
    talk.new()
    desk.change(stage=Stage.REJOINING, sentence="The voice server does not answer; trying again …")
    assert talk.new() == ["The voice server does not answer; trying again …"]
    desk.change(stage=Stage.FAILED, sentence="The channel is gone.")
    assert talk.new() == ["The channel is gone."]
    desk.show(CALL)
    talk.new()
    desk.show(VoiceView(sentence="You were disconnected from the voice channel."))
    assert talk.new() == ["You were disconnected from the voice channel."]


async def test_a_call_rings_once_and_says_what_can_be_done() -> None:
    talk, desk = talking()
    incoming = Incoming(account_key="s1/101", channel_id=9102, title="gr\x1b[2Jace")
    desk.change(incoming=(incoming,))
    desk.change(input_db=-20.0)
    (line,) = talk.new()
    assert "/call accept" in line
    assert "\x1b" not in line


async def test_figures_are_lines() -> None:
    talk, desk = talking()
    desk.show(CALL)
    await talk.open()
    lines = await talk.type("/call stats")
    assert any("round trip 24 ms" in line for line in lines)
    assert "audio on time: at worst 1.7 ms late, 1 gap" in lines
    assert any(line.startswith("grace: ") for line in lines)


async def test_a_test_of_the_devices_is_told_step_by_step() -> None:
    talk, desk = talking()
    await talk.open()
    lines = await talk.type("/call test")
    assert lines == ["Three seconds are recorded: say something."]
    desk.change(test=SoundTest(step="recording", done=0.9))
    assert talk.new() == []
    desk.change(test=SoundTest(verdict="All is well.", is_good=True, delay_ms=80))
    assert talk.new() == ["All is well. Delay: 80 ms. How voice reaches the server is told in a call."]
    desk.show(replace(CALL, test=SoundTest(verdict="All is well.", is_good=True), path=MediaPath.WEBSOCKET))
    assert "All is well. Voice goes through the WebSocket, since UDP is blocked, 24 ms there and back." in talk.new()
    desk.show(replace(CALL, test=SoundTest(verdict="All is fine.", is_good=True), rtt_ms=None))
    assert "All is fine. Voice goes through UDP." in talk.new()


async def test_which_way_voice_goes_from_a_laptop_is_told_when_it_is_agreed_and_when_it_changes() -> None:
    talk, desk = talking()
    laptop = VoicePlace(key="a" * 16, name="mobile")
    desk.show(replace(CALL, place=laptop, stage=Stage.CONNECTING, path=MediaPath.NONE))
    assert not any("ssh" in line for line in talk.new())
    desk.change(stage=Stage.CONNECTED, path=MediaPath.WEBSOCKET)
    told = talk.new()
    assert "Voice goes from your laptop through ssh, then through the WebSocket." in told
    assert not any("UDP is blocked" in line for line in told)
    desk.change(input_db=-20.0)
    assert talk.new() == []
    desk.change(path=MediaPath.UDP)
    assert talk.new() == ["Voice goes directly from your laptop, through UDP."]
    desk.change(place=replace(laptop, state=PlaceState.STALLED))
    assert talk.new() == []
    desk.change(place=laptop)
    assert "ssh" not in " ".join(talk.new())


async def test_what_is_missing_is_told_when_one_joins_though_it_was_known_before() -> None:
    talk, desk = talking()
    desk.change(engine=Engine(sentence="no audio library", advice=("PyAudio is not installed: run make voice",)))
    assert talk.new() == []
    desk.show(replace(CALL, engine=desk.view.engine))
    assert "PyAudio is not installed: run make voice" in talk.new()
    desk.change(input_db=-10.0)
    assert talk.new() == []


async def test_a_verdict_that_ends_with_a_command_is_parted_from_what_follows() -> None:
    talk, desk = talking()
    desk.change(test=SoundTest(verdict="The microphone is muted: run pactl set-source-mute @DEFAULT_SOURCE@ 0"))
    (line,) = talk.new()
    assert "@DEFAULT_SOURCE@ 0 · How voice" in line


async def test_the_way_of_voice_is_told_with_a_test_or_after_it() -> None:
    talk, desk = talking()
    await talk.open()
    desk.change(test=SoundTest(verdict="All is well.", is_good=True))
    assert talk.new() == ["All is well. How voice reaches the server is told in a call."]
    way = VoiceWay(way=Way.UDP, host="192.0.2.7", port=50000, round_trip_ms=3.2)
    desk.change(way=way)
    assert talk.new() == ["Voice would go by UDP to 192.0.2.7:50000, 3 ms there and back."]
    desk.change(input_db=-20.0)
    assert talk.new() == []
    desk.change(test=SoundTest(), way=None)
    desk.change(test=SoundTest(), way=way)
    desk.change(test=SoundTest(verdict="All is well.", is_good=True))
    assert talk.new() == ["All is well. Voice would go by UDP to 192.0.2.7:50000, 3 ms there and back."]
