"""The words of `tuichat webhook`: `create`, `list`, `url`, `send` and `delete`, and what each hands over."""

from __future__ import annotations

import argparse

from tuichat.command_line.scripting import add_profile, begin
from tuichat.command_line.words import Commands, add_word
from tuichat.translation import _


def add_webhook(commands: Commands) -> None:
    webhook = add_word(commands, "webhook", None, _("make addresses at which curl and CI systems write into channels"))
    actions = webhook.add_subparsers(metavar="ACTION", dest="action", required=True)
    create = add_word(actions, "create", _run, _("make a webhook and print its address alone"))
    create.add_argument("address", metavar="ADDRESS", help=_("[ACCOUNT:][SERVER/]#CHANNEL or an id: where it writes"))
    create.add_argument("--name", metavar="NAME", default="", help=_("as whom it writes (default: the channel's name)"))
    _add_senders(create)
    add_profile(create)
    add_profile(add_word(actions, "list", _run, _("list id, name and channel of the webhooks that you may manage")))
    url = add_word(actions, "url", _run, _("print the address of a webhook again, alone"))
    _add_name(url)
    _add_senders(url)
    add_profile(url)
    send = add_word(actions, "send", _run, _("send words or standard input as a webhook"))
    _add_name(send)
    send.add_argument("words", metavar="WORDS", nargs="*", help=_("the message (default: standard input)"))
    add_profile(send)
    delete = add_word(actions, "delete", _run, _("remove a webhook: its address is refused from then on"))
    _add_name(delete)
    add_profile(delete)


def _add_name(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help=_("its whole name, or its id"))


def _add_senders(parser: argparse.ArgumentParser) -> None:
    senders = parser.add_mutually_exclusive_group()
    senders.add_argument(
        "--github", action="store_true", help=_("the address for the webhooks of GitHub's repositories")
    )
    senders.add_argument("--slack", action="store_true", help=_("the address for programs that write to Slack"))


def _run(args: argparse.Namespace) -> int:
    from tuichat.automation.webhook import Sender, WebhookAction, WebhookOrder, run

    action = WebhookAction(args.action)
    is_new = action is WebhookAction.CREATE
    if getattr(args, "github", False):
        sender = Sender.GITHUB
    elif getattr(args, "slack", False):
        sender = Sender.SLACK
    else:
        sender = Sender.DISCORD
    order = WebhookOrder(
        action,
        target=args.address if is_new else getattr(args, "name", ""),
        name=args.name if is_new else "",
        words=" ".join(getattr(args, "words", ())),
        sender=sender,
    )
    return run(*begin(args), order)
