"""The plugin that `tuichat plugin new` writes: a working one in ten lines of Python, to be changed."""

MANIFEST = """\
# What this plugin is and what it asks for; tuichat-plugin(5) tells all.
name = "{name}"
version = "0.1"
description = "Greets those who mention you"
run = ["python3", "{name}.py"]  # words, relative to this folder

# The events that it gets: messages that mention you. `channels = ["dev/#general"]` beside it would leave others out.
events = [{{ type = "message", mentions = true }}]

# The commands that it may use, anywhere; {{ command = "msg", channels = ["dev/#general"] }} binds one to places.
actions = ["msg"]
"""

PROGRAM = '''\
"""Greets those who mention you."""

from tuichat import plugin  # tuichat puts this one module there; it needs nothing else


@plugin.on("message")
def greet(message: plugin.Event) -> None:
    plugin.act("msg", to=message["channel"]["address"], text=f"Hello {message['author']['display_name']}!")


plugin.run()
'''


def files(name: str) -> dict[str, str]:
    """Return what the folder of a new plugin holds, by file name."""
    return {"plugin.toml": MANIFEST.format(name=name), f"{name}.py": PROGRAM}
