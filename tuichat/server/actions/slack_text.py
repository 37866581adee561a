"""Slack's way of marking text up ("mrkdwn", Slack's documentation "Formatting message text"), as Markdown."""

import re

_CODE = re.compile(r"(```.+?```|`[^`\n]+`)", re.DOTALL)
_LINK = re.compile(r"<((?:https?|mailto):[^<>|\s]{1,2000})(?:\|([^<>]{0,2000}))?>")
_NAMED = re.compile(r"<(?:(@)[UW]|(#)C|!subteam\^S)[A-Z0-9]{1,30}\|([^<>|]{1,200})>")
_DATE = re.compile(r"<!date\^[^<>|]{0,500}\|([^<>|]{1,500})>")
_BOLD = re.compile(r"(?<![\w*])\*(?![\s*])([^*\n]{0,1999}[^\s*])\*(?![\w*])")
_STRUCK = re.compile(r"(?<![\w~])~(?![\s~])([^~\n]{0,1999}[^\s~])~(?![\w~])")
_SPECIAL = re.compile(r"([\\*_~`])")


def markdown(text: str) -> str:
    """Return marked-up text as Markdown; what stands in code is left as it is, apart from its entities."""
    parts = _CODE.split(text)
    return "".join(_plain(part) if place % 2 else _marked(part) for place, part in enumerate(parts))


def literal(text: str) -> str:
    """Return text that has no marks, so that none is read into it."""
    return _SPECIAL.sub(r"\\\1", text)


def _marked(text: str) -> str:
    text = _STRUCK.sub(r"~~\1~~", _BOLD.sub(r"**\1**", text))
    text = _NAMED.sub(lambda found: f"{found[1] or found[2] or '@'}{found[3].lstrip('@#')}", _DATE.sub(r"\1", text))
    return _plain(_LINK.sub(_link, text))


def _link(found: re.Match[str]) -> str:
    return f"[{found[2]}]({found[1]})" if found[2] else found[1]


def _plain(text: str) -> str:
    """The three characters that Slack's senders write as entities."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
