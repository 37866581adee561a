"""Greets those who mention you."""

from tuichat import plugin  # tuichat puts this one module there; it needs nothing else


@plugin.on("message")
def greet(message: plugin.Event) -> None:
    plugin.act("msg", to=message["channel"]["address"], text=f"Hello {message['author']['display_name']}!")


plugin.run()
