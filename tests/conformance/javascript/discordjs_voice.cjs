// The conformance of @discordjs/voice: `node discordjs_voice.cjs PACKAGE`, told by the variables of environment.py.
// One bot plays, another hears it; then the first moves, leaves and joins again. NODE_EXTRA_CA_CERTS names the authority.
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
const { Report } = require("./report.cjs");

const env = process.env;
const FRAMES = 100;
const SILENCE = "f8fffe";
const READY_LIMIT_MS = 15_000;

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

/** Wait until a bot's own voice state names a channel. */
async function movedTo(client, channelId) {
  const own = () => client.guilds.cache.get(env.TUICHAT_GUILD_ID).members.me.voice.channelId;
  while (own() !== channelId) await new Promise((resolve) => setTimeout(resolve, 20));
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
