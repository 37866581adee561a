"""Tells whether a message is the one that is waited for."""

from tuichat.client.client import Client
from tuichat.commands.pattern_search import PatternSearch
from tuichat.protocol.message import WRITTEN_TYPES, Message
from tuichat.text import mention_text
from tuichat.text.channel_names import ChannelNames
from tuichat.text.system_words import system_words

MAX_WAITING = 1000  # messages that have come and are not looked at yet; those beyond are not looked at


class Wanted:
    """`sender` is a user name or an id, `pattern` a regular expression that is looked for in the text. `close` it in the end."""

    def __init__(self, sender: str, pattern: str) -> None:
        """Raises CommandError for a pattern that is none."""
        self._sender = sender.removeprefix("@").casefold()
        self._search = PatternSearch(pattern)

    async def fits(self, username: str, user_id: str, text: str) -> bool:
        """Raises CommandError where looking for the pattern takes too long."""
        if self._sender and self._sender not in (username.casefold(), user_id):
            return False
        return await self._search.search(text)

    async def close(self) -> None:
        await self._search.close()


def message_text(client: Client, channel_id: int, message: Message) -> str:
    """Return what a message says, with its mentions as people type them; what the server says of itself is a sentence."""
    if message.type in WRITTEN_TYPES:
        return mention_text.decode(message.content, client.state, channel_id)
    names = ChannelNames(client.state, channel_id)
    sentence = system_words(message, names)
    return f"{sentence.before}{message.author.display_name}{sentence.after}"
