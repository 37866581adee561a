// discord.js' conformance: `node discordjs_text.cjs`, told by the variables of tests/conformance/environment.py.
"use strict";

const {
  ApplicationCommandOptionType,
  AttachmentBuilder,
  AuditLogEvent,
  ChannelType,
  Client,
  EmbedBuilder,
  Events,
  GatewayIntentBits,
  GuildScheduledEventEntityType,
  GuildScheduledEventPrivacyLevel,
  GuildScheduledEventRecurrenceRuleFrequency,
  GuildScheduledEventStatus,
  OverwriteType,
  Partials,
  PermissionFlagsBits,
} = require("discord.js");
const { Report } = require("./report.cjs");
const { invoke, postAsOther, registerUser } = require("./other_account.cjs");

const env = process.env;
const THUMBS_UP = "\u{1F44D}";
const PICTURE = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

const report = new Report("discordjs_text");
const client = new Client({
  intents: Object.values(GatewayIntentBits).filter((bit) => typeof bit === "number"),
  partials: [Partials.Channel],
  rest: {
    api: env.TUICHAT_API.replace(/\/v\d+$/, ""),
    cdn: new URL(env.TUICHAT_API).origin,
    version: "10",
  },
});
client.on("error", (error) => report.line(false, "client error", String(error)));

/** Begin to wait for an event before it is caused; the report bounds the wait. */
function expect(name, holds = () => true) {
  return new Promise((resolve) => {
    const note = (...args) => {
      if (!holds(...args)) return;
      client.off(name, note);
      resolve(args.length > 1 ? args : args[0]);
    };
    client.on(name, note);
  });
}

async function codeOf(work) {
  try {
    await work;
    return null;
  } catch (error) {
    return error.code;
  }
}

async function checkMessages(channel) {
  const created = expect(Events.MessageCreate, (each) => each.content === "hello from discord.js");
  const message = await report.step("send", channel.send("hello from discord.js"));
  const seen = await report.event("own message event", created, message);
  if (!message) return;
  report.check("the event has author and member", seen?.author.id === client.user.id && seen.member);
  const foreign = expect(Events.MessageCreate, (each) => each.content === "from another account");
  const posted = await report.step("another account posts", postAsOther("from another account"));
  await report.event("foreign message event", foreign, posted);
  const changed = expect(Events.MessageUpdate, (_, after) => after.id === message.id);
  const edited = await report.step("edit", message.edit("hello again"));
  report.check("edited", edited?.content === "hello again" && edited.editedTimestamp);
  await report.event("message update event", changed, edited);
  const reply = await report.step("reply", message.reply("a reply"));
  report.check("the reply refers to its message", reply?.reference?.messageId === message.id);
  const fetched = await report.step("fetch message", channel.messages.fetch({ message: message.id, force: true }));
  report.check("fetched as edited", fetched?.content === "hello again");
  const history = await report.step("history", channel.messages.fetch({ limit: 5 }));
  report.check("history is newest first", history?.size === 5 && history.first().id > history.last().id);
  report.check("unknown message has code 10008", (await codeOf(channel.messages.fetch("1"))) === 10008);
  report.check("empty message has code 50006", (await codeOf(channel.send({ content: "" }))) === 50006);
  const embed = new EmbedBuilder().setTitle("Title").setDescription("Words").setColor(0x336699);
  const withEmbed = await report.step("send embed", channel.send({ embeds: [embed] }));
  report.check("embed is kept", withEmbed?.embeds[0]?.title === "Title");
  const typed = expect(Events.TypingStart);
  await report.event("typing event", typed, await report.step("typing", channel.sendTyping()));
  await checkReactions(message);
  await checkPins(channel, message);
  await checkThreads(channel, message);
  const gone = expect(Events.MessageDelete, (each) => each.id === message.id);
  await report.event("delete event", gone, await report.step("delete", message.delete()));
  const doomed = await Promise.all([1, 2, 3].map((number) => channel.send(`doomed ${number}`)));
  const bulk = expect(Events.MessageBulkDelete);
  const deleted = await report.step("bulk delete", channel.bulkDelete(doomed));
  await report.event("bulk delete event", bulk, deleted);
}

async function checkReactions(message) {
  const added = expect(Events.MessageReactionAdd);
  const reaction = await report.step("add reaction", message.react(THUMBS_UP));
  await report.event("reaction add event", added, reaction);
  const fetched = await report.step("fetch message with reactions", message.fetch(true));
  report.check("counted in the message", fetched?.reactions.cache.get(THUMBS_UP)?.count === 1);
  if (!reaction) return;
  const users = await report.step("fetch reaction users", reaction.users.fetch());
  report.check("the reaction is mine", users?.has(client.user.id));
  const removed = expect(Events.MessageReactionRemove);
  await report.event("reaction remove event", removed, await report.step("remove reaction", reaction.users.remove()));
  await report.step("add reaction again", message.react(THUMBS_UP));
  const cleared = expect(Events.MessageReactionRemoveAll);
  const done = await report.step("remove all reactions", message.reactions.removeAll());
  await report.event("reactions cleared event", cleared, done);
}

async function checkPins(channel, message) {
  const updated = expect(Events.ChannelPinsUpdate);
  await report.event("pins update event", updated, await report.step("pin", message.pin()));
  const pins = await report.step("fetch pins", channel.messages.fetchPins());
  report.check("pins name the message", pins?.items?.some((pin) => pin.message.id === message.id));
  await report.step("unpin", message.unpin());
}

async function checkAttachments(channel) {
  const content = Buffer.alloc(10_000, "0123456789");
  const file = new AttachmentBuilder(content, { name: "data.bin", description: "bytes" });
  const message = await report.step("upload a file", channel.send({ content: "a file", files: [file] }));
  const attachment = message?.attachments?.first();
  report.check("its size and description are told", attachment?.size === 10_000 && attachment.description === "bytes");
  if (!attachment) return;
  const download = async () => Buffer.from(await (await fetch(attachment.url)).arrayBuffer());
  report.check("the same bytes", (await report.step("download", download))?.equals?.(content));
}

async function checkThreads(channel, message) {
  const created = expect(Events.ThreadCreate);
  const thread = await report.step("thread from message", message.startThread({ name: "from a message" }));
  await report.event("thread create event", created, thread);
  if (!thread) return;
  report.check("the thread has the message's id", thread.id === message.id);
  await report.step("message in the thread", thread.send("in the thread"));
  const active = await report.step("active threads", channel.threads.fetchActive());
  report.check("the thread is active", active?.threads.has(thread.id));
  const members = await report.step("thread members", thread.members.fetch());
  report.check("the bot is one", members?.has(client.user.id));
  await report.step("leave thread", thread.leave());
  await report.step("join thread", thread.join());
  await report.step("archive thread", thread.setArchived(true));
  const archived = await report.step("archived threads", channel.threads.fetchArchived());
  report.check("the thread is archived", archived?.threads.has(thread.id));
  await report.step("delete thread", thread.delete());
  const alone = channel.threads.create({ name: "by itself", type: ChannelType.PublicThread });
  const standalone = await report.step("standalone thread", alone);
  if (standalone) await report.step("delete standalone thread", standalone.delete());
}

async function checkRoles(guild) {
  const created = expect(Events.GuildRoleCreate, (each) => each.name === "made by discord.js");
  const wanted = { name: "made by discord.js", colors: { primaryColor: 0x112233 }, reason: "a reason \u2603" };
  const role = await report.step("create role", guild.roles.create(wanted));
  await report.event("role create event", created, role);
  if (!role) return;
  const me = guild.members.me;
  const changed = expect(Events.GuildMemberUpdate, (_, after) => after.id === me.id && after.roles.cache.has(role.id));
  await report.event("member update event", changed, await report.step("add role", me.roles.add(role)));
  await report.step("remove role", me.roles.remove(role));
  const edited = await report.step("edit role", role.edit({ name: "renamed", hoist: true }));
  report.check("role is edited", edited?.name === "renamed" && edited.hoist);
  await report.step("move role", role.setPosition(1));
  const gone = expect(Events.GuildRoleDelete);
  await report.event("role delete event", gone, await report.step("delete role", role.delete()));
}

async function checkChannels(guild) {
  const make = (name, type, more = {}) => guild.channels.create({ name, type, ...more });
  const category = await report.step("create category", make("a category", ChannelType.GuildCategory));
  const created = expect(Events.ChannelCreate, (each) => each.name === "made-by-discord-js");
  const text = make("made-by-discord-js", ChannelType.GuildText, { topic: "a topic", parent: category ?? undefined });
  const channel = await report.step("create channel", text);
  await report.event("channel create event", created, channel);
  if (channel) {
    const deny = { SendMessages: false };
    const type = { type: OverwriteType.Role };
    await report.step("set overwrite", channel.permissionOverwrites.create(guild.id, deny, type));
    await report.step("delete overwrite", channel.permissionOverwrites.delete(guild.id));
    const changed = expect(Events.ChannelUpdate, (_, after) => after.name === "renamed");
    const edited = await report.step("edit channel", channel.edit({ name: "renamed", rateLimitPerUser: 5 }));
    await report.event("channel update event", changed, edited);
    const gone = expect(Events.ChannelDelete, (each) => each.id === channel.id);
    await report.event("channel delete event", gone, await report.step("delete channel", channel.delete()));
  }
  for (const [name, type] of [
    ["voice", ChannelType.GuildVoice],
    ["stage", ChannelType.GuildStageVoice],
    ["news", ChannelType.GuildAnnouncement],
    ["forum", ChannelType.GuildForum],
  ]) {
    const other = await report.step(`create ${name} channel`, make(`a-${name}`, type));
    if (other) await report.step(`delete ${name} channel`, other.delete());
  }
  if (category) await report.step("delete category", category.delete());
  const channels = await report.step("fetch channels", guild.channels.fetch());
  report.check("the channel under test is listed", channels?.has(env.TUICHAT_CHANNEL_ID));
}

async function checkMembers(guild) {
  const members = await report.step("fetch members", guild.members.fetch());
  report.check("all members came", members?.size === guild.memberCount, `${members?.size} of ${guild.memberCount}`);
  const prefix = { query: client.user.username.slice(0, 3) };
  report.check("the bot is found", (await report.step("search members", guild.members.search(prefix)))?.has(client.user.id));
  const named = await report.step("edit own nickname", guild.members.me.setNickname("Nick"));
  report.check("nickname is changed", named?.nickname === "Nick");
  const fetched = await report.step("fetch guild", guild.fetch());
  report.check("guild has its roles", fetched?.roles.cache.size > 0);
  const code = await codeOf(guild.members.fetch({ user: "1", force: true }));
  report.check("unknown member has code 10007 or 10013", [10007, 10013].includes(code), String(code));
}

async function checkInvites(guild, channel) {
  const created = expect(Events.InviteCreate);
  const invite = await report.step("create invite", channel.createInvite({ maxAge: 600, maxUses: 3, unique: true }));
  await report.event("invite create event", created, invite);
  if (!invite) return;
  const fetched = await report.step("fetch invite", client.fetchInvite(invite.code));
  report.check("the invite leads here", fetched?.guild?.id === guild.id);
  const listed = await report.step("fetch guild invites", guild.invites.fetch());
  report.check("the invite is listed", listed?.has(invite.code));
  const gone = expect(Events.InviteDelete);
  await report.event("invite delete event", gone, await report.step("delete invite", invite.delete()));
}

async function checkEmojis(guild) {
  const created = expect(Events.GuildEmojiCreate);
  const emoji = await report.step("create emoji", guild.emojis.create({ attachment: PICTURE, name: "pixel" }));
  await report.event("emoji create event", created, emoji);
  if (!emoji) return;
  const download = async () => (await fetch(emoji.imageURL({ extension: "png" }))).headers.get("content-type");
  report.check("the emoji has a picture", (await report.step("download emoji", download)) === "image/png");
  const edited = await report.step("edit emoji", emoji.edit({ name: "point" }));
  report.check("emoji is renamed", edited?.name === "point");
  await report.step("delete emoji", emoji.delete());
}

async function checkWebhooks(channel) {
  const updated = expect(Events.WebhooksUpdate);
  const webhook = await report.step("create webhook", channel.createWebhook({ name: "hook" }));
  await report.event("webhooks update event", updated, webhook);
  if (!webhook) return;
  const created = expect(Events.MessageCreate, (each) => each.content === "by hook");
  const message = await report.step("execute webhook", webhook.send({ content: "by hook", username: "another name" }));
  await report.event("webhook message event", created, message);
  report.check("the message has the name", message?.author.username === "another name");
  if (message) {
    const edited = await report.step("edit webhook message", webhook.editMessage(message, "by hook, edited"));
    report.check("webhook message is edited", edited?.content === "by hook, edited");
    await report.step("delete webhook message", webhook.deleteMessage(message));
  }
  const listed = await report.step("fetch channel webhooks", channel.fetchWebhooks());
  report.check("the webhook is listed", listed?.has(webhook.id));
  await report.step("delete webhook", webhook.delete());
}

async function checkModeration(guild, userId) {
  const logs = await report.step("fetch audit log", guild.fetchAuditLogs({ type: AuditLogEvent.RoleCreate, limit: 1 }));
  const entry = logs?.entries.first();
  report.check("the audit log has the reason", entry?.reason === "a reason \u2603", String(entry?.reason));
  const banned = expect(Events.GuildBanAdd, (ban) => ban.user.id === userId);
  const done = await report.step("ban", guild.bans.create(userId, { deleteMessageSeconds: 60, reason: "a reason" }));
  await report.event("ban event", banned, done);
  const ban = await report.step("fetch ban", guild.bans.fetch({ user: userId, force: true }));
  report.check("the ban has its reason", ban?.reason === "a reason");
  report.check("the ban is listed", (await report.step("fetch bans", guild.bans.fetch()))?.has(userId));
  const lifted = expect(Events.GuildBanRemove, (each) => each.user.id === userId);
  await report.event("unban event", lifted, await report.step("unban", guild.bans.remove(userId)));
}

async function checkDirectMessages(guild) {
  const owner = await report.step("fetch owner", guild.fetchOwner());
  if (!owner) return;
  const created = expect(Events.MessageCreate, (each) => each.content === "between us");
  const message = await report.step("send direct message", owner.send("between us"));
  await report.event("direct message event", created, message);
  if (message) await report.step("delete direct message", message.delete());
}

async function checkCommands(guild, channel) {
  const option = { name: "word", description: "a word", type: ApplicationCommandOptionType.String };
  const commands = await report.step(
    "set commands",
    guild.commands.set([{ name: "ping", description: "answers pong", options: [option] }]),
  );
  const command = commands?.first?.();
  if (!command) return;
  const listed = await report.step("fetch commands", guild.commands.fetch());
  report.check("the command is listed", listed?.has(command.id));
  const asked = expect(Events.InteractionCreate);
  const options = [{ name: "word", type: 3, value: "w" }];
  const invoked = await report.step("user invokes /ping", invoke(client.application.id, command.id, "ping", options));
  const interaction = await report.event("interaction event", asked, invoked);
  if (!interaction) return;
  report.check("the option is told", interaction.options.getString("word") === "w");
  const created = expect(Events.MessageCreate, (each) => each.content === "pong w");
  await report.event("response event", created, await report.step("respond", interaction.reply("pong w")));
  await report.step("follow up", interaction.followUp("and a follow-up"));
  const edited = await report.step("edit response", interaction.editReply("pong w edited"));
  report.check("response is edited", edited?.content === "pong w edited");
  await report.step("delete response", interaction.deleteReply());
  await report.step("delete command", command.delete());
}

async function checkEvents(guild) {
  const starts = new Date(Date.now() + 3_600_000);
  const told = expect(Events.GuildScheduledEventCreate);
  const made = await report.step(
    "plan an event",
    guild.scheduledEvents.create({
      name: "Honey",
      privacyLevel: GuildScheduledEventPrivacyLevel.GuildOnly,
      entityType: GuildScheduledEventEntityType.External,
      scheduledStartTime: starts,
      scheduledEndTime: new Date(starts.getTime() + 3_600_000),
      entityMetadata: { location: "The hive" },
      image: PICTURE,
      recurrenceRule: {
        startAt: starts,
        frequency: GuildScheduledEventRecurrenceRuleFrequency.Daily,
        interval: 1,
        byWeekday: [4, 5],
      },
      reason: "a reason",
    }),
  );
  await report.event("event create event", told, made);
  if (!made) return;
  report.check("the event is where it is", made.entityMetadata?.location === "The hive" && made.image);
  report.check("the event recurs", made.recurrenceRule?.byWeekday?.length === 2);
  const listed = await report.step("fetch events", guild.scheduledEvents.fetch({ withUserCount: true }));
  report.check("the event is listed with its maker's interest", listed?.get(made.id)?.userCount === 1);
  const changed = expect(Events.GuildScheduledEventUpdate, (_, after) => after.name === "Mead");
  const edited = await report.step("edit event", made.edit({ name: "Mead", recurrenceRule: null }));
  await report.event("event update event", changed, edited);
  const started = await report.step("start event", made.setStatus(GuildScheduledEventStatus.Active));
  report.check("the event is on", started?.status === GuildScheduledEventStatus.Active);
  const people = await report.step("fetch who is interested", made.fetchSubscribers({ withMember: true }));
  report.check("the maker is interested", people?.get(client.user.id)?.member);
  const ended = await report.step("end event", made.setStatus(GuildScheduledEventStatus.Completed));
  report.check("the event is over", ended?.status === GuildScheduledEventStatus.Completed);
  await report.step("delete event", made.delete());
}

async function checkAll() {
  const ready = expect(Events.ClientReady);
  if (!(await report.step("login", client.login(env.TUICHAT_BOT_TOKEN)))) return;
  if (!(await report.step("ready", ready))) return;
  const guild = client.guilds.cache.get(env.TUICHAT_GUILD_ID);
  const channel = client.channels.cache.get(env.TUICHAT_CHANNEL_ID);
  report.check("guild is in the cache", guild);
  report.check("channel is in the cache", channel);
  report.check("own permissions allow sending", channel?.permissionsFor(client.user).has(PermissionFlagsBits.SendMessages));
  if (!guild || !channel) return;
  const stranger = await report.step("register a stranger", registerUser());
  await checkMessages(channel);
  await checkAttachments(channel);
  await checkRoles(guild);
  await checkChannels(guild);
  await checkMembers(guild);
  await checkInvites(guild, channel);
  await checkEmojis(guild);
  await checkEvents(guild);
  await checkWebhooks(channel);
  if (stranger) await checkModeration(guild, stranger);
  await checkDirectMessages(guild);
  await checkCommands(guild, channel);
  client.user.setPresence({ status: "idle", activities: [{ name: "tests" }] });
}

async function main() {
  try {
    await checkAll();
  } catch (error) {
    report.line(false, "script", String(error?.stack ?? error).replaceAll("\n", " ").slice(0, 600));
  }
  await report.step("close", client.destroy());
  process.exit(report.done());
}

main();
