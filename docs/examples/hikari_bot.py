"""A bot in hikari for a tuichat server: a slash command, a button, and a file.

    pip install hikari
    TUICHAT_SERVER=http://127.0.0.1:8765 TUICHAT_BOT_TOKEN=... python hikari_bot.py

`tuichat bot create NAME` prints the token, once; `tuichat server status` names the address of a personal server.
"""

import os

import hikari

server = os.environ["TUICHAT_SERVER"].rstrip("/")
bot = hikari.GatewayBot(
    os.environ["TUICHAT_BOT_TOKEN"],
    rest_url=f"{server}/api/v10",  # all that knows of tuichat
    intents=hikari.Intents.ALL_UNPRIVILEGED | hikari.Intents.MESSAGE_CONTENT,
)


@bot.listen()
async def make_commands(_: hikari.StartedEvent) -> None:
    application = await bot.rest.fetch_application()
    command = bot.rest.slash_command_builder("report", "How the last build went")
    await bot.rest.set_application_commands(application, [command])


@bot.listen()
async def answer(event: hikari.MessageCreateEvent) -> None:
    if event.content == "ping" and event.is_human:
        await event.message.respond("pong", reply=True)


@bot.listen()
async def report(event: hikari.CommandInteractionCreateEvent) -> None:
    row = bot.rest.build_message_action_row()
    row.add_interactive_button(hikari.ButtonStyle.PRIMARY, "deploy", label="Deploy")
    await event.interaction.create_initial_response(
        hikari.ResponseType.MESSAGE_CREATE,
        "main is green",
        attachment=hikari.Bytes(b"102 of 102 passed\n", "build.log"),
        component=row,
    )


@bot.listen()
async def deploy(event: hikari.ComponentInteractionCreateEvent) -> None:
    await event.interaction.create_initial_response(
        hikari.ResponseType.MESSAGE_CREATE,
        f"{event.interaction.user.username} deploys",
        flags=hikari.MessageFlag.EPHEMERAL,
    )


if __name__ == "__main__":
    bot.run()
