"""The words that administer a server: `tuichat admin` and `tuichat bot`."""

from tuichat.command_line.words import Commands, Run, add_data, add_word, as_count, as_path
from tuichat.translation import _


def add_admin(commands: Commands, run: Run) -> None:
    admin = add_word(
        commands,
        "admin",
        None,
        _("make accounts, guilds and invites; back up, check, count, purge, export and move the data"),
    )
    nouns = admin.add_subparsers(metavar="NOUN", dest="noun", required=True)

    account = add_word(nouns, "account", None, _("accounts of the server"))
    actions = account.add_subparsers(metavar="ACTION", dest="action", required=True)
    create = add_word(
        actions, "create", run, _("make an account; the password is asked for, or read from standard input")
    )
    create.add_argument("name", metavar="NAME", help=_("user name to sign in with"))
    add_data(create)
    add_data(add_word(actions, "list", run, _("list the accounts")))

    guild = add_word(nouns, "guild", None, _("guilds of the server"))
    actions = guild.add_subparsers(metavar="ACTION", dest="action", required=True)
    create = add_word(actions, "create", run, _("make a guild with a text and a voice channel"))
    create.add_argument("name", metavar="NAME", help=_("name of the guild"))
    create.add_argument("--owner", metavar="ACCOUNT", help=_("user name of its owner (default: the only account)"))
    add_data(create)
    add_data(add_word(actions, "list", run, _("list the guilds with their ids")))

    password = add_word(nouns, "password", None, _("passwords of accounts"))
    actions = password.add_subparsers(metavar="ACTION", dest="action", required=True)
    reset = add_word(
        actions,
        "reset",
        run,
        _("set a new password, asked for or read from standard input, and sign the account out"),
    )
    reset.add_argument("name", metavar="NAME", help=_("user name of the account"))
    add_data(reset)

    invite = add_word(nouns, "invite", None, _("invites to guilds"))
    actions = invite.add_subparsers(metavar="ACTION", dest="action", required=True)
    create = add_word(actions, "create", run, _("make an invite and print its code"))
    create.add_argument(
        "--guild", metavar="GUILD", help=_("id or name of the guild to invite to (default: the only one)")
    )
    create.add_argument(
        "--max-uses", metavar="N", type=as_count, default=0, help=_("how often it can be used (0: no limit)")
    )
    create.add_argument(
        "--max-age",
        metavar="SECONDS",
        type=as_count,
        default=86_400,
        help=_("how long it is good (0: for ever; default a day)"),
    )
    add_data(create)
    add_data(add_word(actions, "list", run, _("list the invites")))
    revoke = add_word(actions, "revoke", run, _("make an invite useless"))
    revoke.add_argument("code", metavar="CODE", help=_("code of the invite"))
    add_data(revoke)
    _add_upkeep(nouns, run)


def _add_upkeep(nouns: Commands, run: Run) -> None:
    backup = add_word(
        nouns, "backup", run, _("write all data to one file, checked by restoring it, while the server runs")
    )
    backup.add_argument(
        "file",
        metavar="FILE",
        type=as_path,
        nargs="?",
        help=_("where it goes (default: a new file in backups/ of the data)"),
    )
    restore = add_word(nouns, "restore", run, _("make a backup the data of a server that does not run"))
    restore.add_argument("file", metavar="FILE", type=as_path, help=_("the backup"))
    restore.add_argument("--force", action="store_true", help=_("replace data that is there; it is moved to backups/"))
    check = add_word(nouns, "check", run, _("look through all data for damage, while the server runs"))
    stats = add_word(nouns, "stats", run, _("count what the server holds, and tell the largest guilds and channels"))
    purge = add_word(nouns, "purge", run, _("remove old messages of a guild or a channel"))
    add = purge.add_argument
    add("--older-than", metavar="DAYS", type=as_count, required=True, help=_("age of the messages that go"))
    place = purge.add_mutually_exclusive_group()
    place.add_argument("--guild", metavar="GUILD", help=_("id or name of the guild (default: the only one)"))
    place.add_argument("--channel", metavar="ID", help=_("id of a channel, thread or direct message"))
    add("--dry-run", action="store_true", help=_("count them and remove nothing"))
    add("--yes", action="store_true", help=_("do not ask"))
    export = add_word(nouns, "export", run, _("write a guild with its messages and files to a zip of JSON lines"))
    export.add_argument("file", metavar="FILE", type=as_path, help=_("where it goes"))
    export.add_argument("--guild", metavar="GUILD", help=_("id or name of the guild (default: the only one)"))
    migrate = add_word(
        nouns,
        "migrate",
        run,
        _("carry all data over into a PostgreSQL database, or back into the folder, while the server runs"),
    )
    migrate.add_argument(
        "--to",
        metavar="WHERE",
        required=True,
        help=_("an empty PostgreSQL database, as postgresql://USER@HOST/NAME, or the folder of the data"),
    )
    trust = add_word(nouns, "trust", run, _("tell how clients trust a server that runs with --tls auto"))
    for parser in (backup, restore, check, stats, purge, export, migrate, trust):
        parser.set_defaults(action=None)
        add_data(parser)


def add_bot(commands: Commands, run: Run) -> None:
    bot = add_word(commands, "bot", None, _("make bots, list and delete them, and renew their tokens"))
    actions = bot.add_subparsers(metavar="ACTION", dest="action", required=True)
    create = add_word(actions, "create", run, _("make a bot, add it to a guild and print its token"))
    create.add_argument("name", metavar="NAME", help=_("name of the bot"))
    create.add_argument(
        "--guild", metavar="GUILD", help=_("id or name of the guild that it joins (default: the only one)")
    )
    listing = add_word(actions, "list", run, _("list the bots with their owners and guilds"))
    token = add_word(actions, "token", run, _("print a new token of a bot; the one before is of no use any more"))
    token.add_argument("name", metavar="NAME", help=_("user name, name or id of the bot"))
    delete = add_word(actions, "delete", run, _("delete a bot with its commands; what it wrote stays"))
    delete.add_argument("name", metavar="NAME", help=_("user name, name or id of the bot"))
    for parser in (create, listing, token, delete):
        add_data(parser)
        parser.set_defaults(noun="bot")
