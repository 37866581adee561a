"""What moderators did to one in a call, and why a call ended that one did not leave, in sentences."""

from tuichat.client.voice_desk import Stage, VoiceView
from tuichat.text.safe_text import safe_line
from tuichat.translation import N_, _

MUTED = N_("A moderator has muted you: nobody hears you until one lets you speak.")
DEAFENED = N_("A moderator has deafened you: you hear nobody until one lets you hear again.")
HEARD_AGAIN = N_("A moderator lets you speak again: you are heard.")
MAY_SPEAK = N_("A moderator lets you speak again; you are still muted yourself.")
HEARS_AGAIN = N_("A moderator lets you hear again.")


def done_to_one(before: VoiceView, now: VoiceView) -> list[str]:
    """Return what others did between two views, each as a sentence; empty where it was oneself."""
    if not before.is_in_call:
        return []
    if now.stage is Stage.OUT:
        return [safe_line(now.sentence)] if now.sentence else []
    if not now.is_in_call or now.account_key != before.account_key or now.guild_id != before.guild_id:
        return []
    told = []
    if now.was_moved and now.channel_id != before.channel_id:
        told.append(_("You were moved to {channel}.").format(channel=safe_line(now.title)))
    if now.is_server_muted and not before.is_server_muted:
        told.append(_(MUTED))
    elif before.is_server_muted and not now.is_server_muted:
        told.append(_(MAY_SPEAK) if now.is_silent else _(HEARD_AGAIN))
    if now.is_server_deafened and not before.is_server_deafened:
        told.append(_(DEAFENED))
    elif before.is_server_deafened and not now.is_server_deafened:
        told.append(_(HEARS_AGAIN))
    return told
