// Raw REST of other accounts: never through the library under test.
"use strict";

const { randomBytes } = require("node:crypto");

const env = process.env;
const DISCORD_EPOCH_MS = 1_420_070_400_000n;

async function request(method, path, authorization, body) {
  const headers = { "Content-Type": "application/json" };
  if (authorization) headers.Authorization = authorization;
  const answer = await fetch(env.TUICHAT_API + path, { method, headers, body: body && JSON.stringify(body) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path} -> ${answer.status} ${text.slice(0, 300)}`);
  return text ? JSON.parse(text) : true;
}

/** Post a message as the second bot. */
function postAsOther(content) {
  const path = `/channels/${env.TUICHAT_CHANNEL_ID}/messages`;
  return request("POST", path, `Bot ${env.TUICHAT_BOT_TOKEN2}`, { content });
}

/** Make an account that is in no guild, and return its id. */
async function registerUser() {
  const account = {
    username: `stranger_${randomBytes(4).toString("hex")}`,
    password: randomBytes(16).toString("hex"),
    date_of_birth: "1990-01-01",
    consent: true,
  };
  const { token } = await request("POST", "/auth/register", "", account);
  return (await request("GET", "/users/@me", token)).id;
}

/** Invoke a slash command as the user account, as a user's client does. */
function invoke(applicationId, commandId, name, options) {
  const guildId = env.TUICHAT_GUILD_ID;
  return request("POST", "/interactions", env.TUICHAT_USER_TOKEN, {
    type: 2,
    application_id: applicationId,
    guild_id: guildId,
    channel_id: env.TUICHAT_CHANNEL_ID,
    session_id: "0".repeat(32),
    nonce: String((BigInt(Date.now()) - DISCORD_EPOCH_MS) << 22n),
    data: { id: commandId, name, type: 1, version: commandId, options, guild_id: guildId },
  });
}

/** Change a member as the user account, who owns the guild: mute, deaf, channel_id. */
function moderate(userId, changes) {
  return request("PATCH", `/guilds/${env.TUICHAT_GUILD_ID}/members/${userId}`, env.TUICHAT_USER_TOKEN, changes);
}

module.exports = { invoke, moderate, postAsOther, registerUser };
