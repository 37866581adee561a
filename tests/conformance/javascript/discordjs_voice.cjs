// The conformance of @discordjs/voice: `node discordjs_voice.cjs PACKAGE`, told by the variables of environment.py.
// One bot plays, another hears it; then the first loses its connection, is moderated, moves, leaves and joins again.
// NODE_EXTRA_CA_CERTS names the authority.
"use strict";

const { Readable } = require("node:stream");
const { Client, Events, GatewayIntentBits } = require("discord.js");
const {
  AudioPlayerStatus,
  createAudioPlayer,
  createAudioResource,
  EndBehaviorType,
  entersState,
  joinVoiceChannel,
  StreamType,
  VoiceConnectionStatus,
} = require(process.argv[2] ?? "@discordjs/voice");
const { moderate } = require("./other_account.cjs");
const { Report } = require("./report.cjs");

const env = process.env;
const FRAMES = 100;
const SILENCE = "f8fffe";
const READY_LIMIT_MS = 15_000;
const READY = 4; // of the library's NetworkingStatusCode
const RESUMING = 5;

const report = new Report("discordjs_voice");

function makeClient() {
  return new Client({
    intents: [GatewayIntentBits.Guilds, GatewayIntentBits.GuildVoiceStates],
    rest: { api: env.TUICHAT_API.replace(/\/v\d+$/, ""), cdn: new URL(env.TUICHAT_API).origin, version: "10" },
  });
}

const speaker = makeClient();
const listener = makeClient();

async function signIn(client, token) {
  const ready = new Promise((resolve) => client.once(Events.ClientReady, resolve));
  await client.login(token);
  await ready;
}

/** Join a channel and return the connection once it is ready. */
async function join(client, channelId) {
  const guild = client.guilds.cache.get(env.TUICHAT_GUILD_ID);
  const connection = joinVoiceChannel({
    channelId,
    guildId: guild.id,
    adapterCreator: guild.voiceAdapterCreator,
    group: client.user.id,
    selfDeaf: false,
  });
  connection.on("error", (error) => report.line(false, "connection error", String(error)));
  await entersState(connection, VoiceConnectionStatus.Ready, READY_LIMIT_MS);
  return connection;
}

/** Frames that are no Opus, for nobody decodes them; each is known by its number. */
function frames(count) {
  return Array.from({ length: count }, (_, number) => Buffer.from([0x78, number >> 8, number & 0xff, 1, 2, 3, 4]));
}

async function play(connection, sent) {
  const player = createAudioPlayer();
  player.on("error", (error) => report.line(false, "player error", String(error)));
  connection.subscribe(player);
  const resource = createAudioResource(Readable.from(sent, { objectMode: true }), { inputType: StreamType.Opus });
  player.play(resource);
  await entersState(player, AudioPlayerStatus.Playing, 5_000);
  await entersState(player, AudioPlayerStatus.Idle, sent.length * 20 + 5_000);
  await new Promise((resolve) => setTimeout(resolve, 500));
}

/** Note what a connection hears of a user from now on. */
function hear(connection, userId) {
  const heard = [];
  const stream = connection.receiver.subscribe(userId, { end: { behavior: EndBehaviorType.Manual } });
  stream.on("data", (packet) => heard.push(Buffer.from(packet).toString("hex")));
  return heard;
}

function soundOf(heard) {
  return heard.filter((each) => each !== SILENCE);
}

async function checkAll() {
  if (!(await report.step("speaker signs in", signIn(speaker, env.TUICHAT_BOT_TOKEN)))) return;
  if (!(await report.step("listener signs in", signIn(listener, env.TUICHAT_BOT_TOKEN2)))) return;
  const hearing = await report.step("listener joins", join(listener, env.TUICHAT_VOICE_ID));
  let speaking = await report.step("speaker joins", join(speaker, env.TUICHAT_VOICE_ID));
  if (!hearing || !speaking) return;
  const begun = new Promise((resolve) => hearing.receiver.speaking.once("start", resolve));
  const heard = hear(hearing, speaker.user.id);
  const sent = frames(FRAMES);
  await report.step("speaker plays", play(speaking, sent));
  report.check("the listener is told who speaks", (await report.step("speaking starts", begun)) === speaker.user.id);
  const expected = new Set(sent.map((each) => each.toString("hex")));
  const sound = soundOf(heard);
  report.check("98 % of the frames arrive", sound.length >= FRAMES * 0.98, `${sound.length} of ${FRAMES}`);
  report.check("byte by byte", sound.every((each) => expected.has(each)));
  report.check("silence ends them", heard.length > sound.length, String(heard.length - sound.length));
  report.check("the round trip is known", (await pingOf(speaking)) !== undefined);

  await checkResume(speaking, heard);
  await checkModeration(speaking, heard);

  heard.length = 0;
  speaking.rejoin({ ...speaking.joinConfig, channelId: env.TUICHAT_VOICE2_ID });
  await report.step("speaker moves", movedTo(speaker, env.TUICHAT_VOICE2_ID));
  await report.step("ready after the move", entersState(speaking, VoiceConnectionStatus.Ready, READY_LIMIT_MS));
  await report.step("speaker plays elsewhere", play(speaking, frames(25)));
  report.check("the old channel hears nothing", soundOf(heard).length === 0, String(soundOf(heard).length));

  speaking.destroy();
  await report.step("speaker leaves", movedTo(speaker, null));
  speaking = await report.step("speaker joins again", join(speaker, env.TUICHAT_VOICE_ID));
  if (!speaking) return;
  const again = hear(hearing, speaker.user.id);
  await report.step("speaker plays again", play(speaking, frames(25)));
  const count = Math.max(soundOf(again).length, soundOf(heard).length);
  report.check("sound after joining again", count >= 24, String(count));
  speaking.destroy();
  hearing.destroy();
}

/** Play, and return how many frames of sound were heard. */
async function countHeard(what, connection, heard) {
  heard.length = 0;
  await report.step(what, play(connection, frames(25)));
  return soundOf(heard).length;
}

/** Break the voice WebSocket of the one who speaks, without a close frame: it resumes, and keeps its SSRC. */
async function checkResume(speaking, heard) {
  const { networking } = speaking.state;
  const { ssrc } = networking.state.connectionData;
  const resumed = new Promise((resolve) => {
    networking.on("stateChange", (before, after) => {
      if (before.code === RESUMING && after.code === READY) resolve();
    });
  });
  networking.state.ws.ws.terminate();
  await report.step("a broken connection is resumed", resumed);
  const isKept = speaking.state.networking === networking && networking.state.connectionData.ssrc === ssrc;
  report.check("its SSRC is kept", isKept);
  const count = await countHeard("speaker plays after the resume", speaking, heard);
  report.check("sound after the resume", count >= 24, String(count));
}

/** A moderator mutes the one who speaks, moves it there and back, and puts it out. */
async function checkModeration(speaking, heard) {
  const isMuted = () => memberOf(speaker).voice.serverMute;
  const moderated = (changes) => moderate(speaker.user.id, changes);
  await report.step("a moderator mutes", moderated({ mute: true }));
  await report.step("speaker knows", until(() => isMuted() === true));
  const silenced = await countHeard("speaker plays muted", speaking, heard);
  report.check("nobody hears the muted", silenced === 0, String(silenced));
  await report.step("a moderator unmutes", moderated({ mute: false }));
  await report.step("speaker knows of that", until(() => isMuted() === false));

  for (const [channelId, isHere] of [
    [env.TUICHAT_VOICE2_ID, false],
    [env.TUICHAT_VOICE_ID, true],
  ]) {
    const where = isHere ? "back" : "away";
    const { networking } = speaking.state;
    await report.step(`a moderator moves it ${where}`, moderated({ channel_id: channelId }));
    await report.step(`moved ${where}`, movedTo(speaker, channelId));
    const isReady = () => speaking.state.status === VoiceConnectionStatus.Ready && speaking.state.networking !== networking;
    await report.step(`ready ${where}`, until(isReady));
    const count = await countHeard(`speaker plays ${where}`, speaking, heard);
    report.check(`heard ${where}`, isHere ? count >= 24 : count === 0, String(count));
  }

  await report.step("a moderator puts it out", moderated({ channel_id: null }));
  await report.step("put out", entersState(speaking, VoiceConnectionStatus.Disconnected, READY_LIMIT_MS));
  report.check("by close code 4014", speaking.state.closeCode === 4014, String(speaking.state.closeCode));
  report.check("speaker asks to be let in again", speaking.rejoin());
  await report.step("let in again", entersState(speaking, VoiceConnectionStatus.Ready, READY_LIMIT_MS));
  const count = await countHeard("speaker plays after that", speaking, heard);
  report.check("sound after that", count >= 24, String(count));
}

function memberOf(client) {
  return client.guilds.cache.get(env.TUICHAT_GUILD_ID).members.me;
}

async function until(holds) {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Wait until a bot's own voice state names a channel. */
async function movedTo(client, channelId) {
  await until(() => memberOf(client).voice.channelId === channelId);
}

/** The round trip of the voice gateway, once a heartbeat was answered. */
async function pingOf(connection) {
  const end = Date.now() + 16_000;
  while (connection.ping.ws === undefined && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 100));
  return connection.ping.ws;
}

async function main() {
  try {
    await checkAll();
  } catch (error) {
    report.line(false, "script", String(error?.stack ?? error).replaceAll("\n", " ").slice(0, 600));
  }
  await report.step("close", Promise.all([speaker.destroy(), listener.destroy()]));
  process.exit(report.done());
}

main();
