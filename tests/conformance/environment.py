"""What a conformance program is told by its environment: which server, and as whom.

TUICHAT_API          REST base with the version, such as http://127.0.0.1:8080/api/v10   (required)
TUICHAT_BOT_TOKEN    token of the bot under test                                         (required)
TUICHAT_GUILD_ID, TUICHAT_CHANNEL_ID                                                     (required)
TUICHAT_BOT_TOKEN2   a second bot in the same guild, the author of foreign messages
TUICHAT_USER_TOKEN   a user account in the same guild, which invokes slash commands
TUICHAT_VOICE_ID, TUICHAT_VOICE2_ID   two voice channels of the guild, for programs that speak
TUICHAT_PEER_MODE    how our own end of voice encrypts, aead_aes256_gcm_rtpsize where it is not said
TUICHAT_WS_PLAIN=1   the voice gateway has no TLS: libraries' wss:// becomes ws:// by a hook
TUICHAT_NO_WAKE=1    nobody speaks before the move, so that the server's own packets must wake discord.py's reader
SSL_CERT_FILE        PEM file of the authority of a TLS listener, read by OpenSSL itself
TUICHAT_TRACE=1      print the traceback of each failed step
TUICHAT_DEBUG=1      print the library's own log

The bots need in the guild all privileged intents and MANAGE_CHANNELS, MANAGE_ROLES, MANAGE_MESSAGES,
MANAGE_WEBHOOKS, MANAGE_THREADS and PIN_MESSAGES; the user account needs USE_APPLICATION_COMMANDS.
"""

from collections.abc import Mapping

import msgspec


class VariableMissing(Exception):
    """A required variable is not set."""


class Environment(msgspec.Struct, frozen=True):
    """The server and the accounts of one run."""

    api: str
    bot_token: str
    guild_id: int
    channel_id: int
    second_bot_token: str | None = None
    user_token: str | None = None
    voice_id: int = 0
    second_voice_id: int = 0
    peer_mode: str = "aead_aes256_gcm_rtpsize"
    is_voice_plain: bool = False
    may_wake: bool = True
    authority: str | None = None  # of the server's TLS; OpenSSL itself reads the variable that names it
    is_traced: bool = False
    is_debugged: bool = False

    @property
    def has_other_account(self) -> bool:
        return self.second_bot_token is not None or self.user_token is not None

    @classmethod
    def read(cls, variables: Mapping[str, str]) -> "Environment":
        """Return what the variables say, raising VariableMissing."""

        def required(name: str) -> str:
            value = variables.get(name)
            if not value:
                raise VariableMissing(f"{name} is not set")
            return value

        return cls(
            api=required("TUICHAT_API").rstrip("/"),
            bot_token=required("TUICHAT_BOT_TOKEN"),
            guild_id=int(required("TUICHAT_GUILD_ID")),
            channel_id=int(required("TUICHAT_CHANNEL_ID")),
            second_bot_token=variables.get("TUICHAT_BOT_TOKEN2") or None,
            user_token=variables.get("TUICHAT_USER_TOKEN") or None,
            voice_id=int(variables.get("TUICHAT_VOICE_ID") or 0),
            second_voice_id=int(variables.get("TUICHAT_VOICE2_ID") or 0),
            peer_mode=variables.get("TUICHAT_PEER_MODE") or "aead_aes256_gcm_rtpsize",
            is_voice_plain=bool(variables.get("TUICHAT_WS_PLAIN")),
            may_wake=not variables.get("TUICHAT_NO_WAKE"),
            is_traced=bool(variables.get("TUICHAT_TRACE")),
            is_debugged=bool(variables.get("TUICHAT_DEBUG")),
        )
