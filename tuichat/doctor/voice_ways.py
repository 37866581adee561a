"""Which way voice takes from here to each server of a profile, tried with the accounts that are signed in there."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from tuichat.client.endpoint import Endpoint, personal_endpoint
from tuichat.client.locator import UrlLocator, server_info
from tuichat.client.rest import Rest
from tuichat.client.voice_way import Way, find_laptop_ways, find_way
from tuichat.config.accounts import AccountBook, AccountRecord, UrlAddress
from tuichat.config.credentials import CredentialStore
from tuichat.config.keyring import find_quiet_keyring
from tuichat.config.paths import Profile
from tuichat.config.secret import Token
from tuichat.errors import TuichatError
from tuichat.local.background import find_server
from tuichat.text.call_words import way_words
from tuichat.text.laptop_way_words import laptop_way_words
from tuichat.text.safe_text import safe_line
from tuichat.translation import _
from tuichat.voice.place_protocol import TryWays, WaysTried

MAX_SERVERS = 5  # taste: of more, one tells as much as all
LIMIT_S = 15.0  # for all, which are tried at once; taste
LAPTOP_LIMIT_S = 40.0  # where a laptop tries them one after the other

TriesFromLaptop = Callable[[TryWays], Awaitable[WaysTried]]


async def examine_ways(profile: Profile, laptop: TriesFromLaptop | None = None) -> list[str]:
    """Return a sentence for each server that helps with it, or could not be asked; none is started for it.

    Where the sound is on a laptop, `laptop` has it try too.
    """
    try:
        records = await asyncio.to_thread(AccountBook(profile).list)
    except TuichatError:
        return []  # the doctor without a subject tells
    servers: dict[str, AccountRecord] = {}
    for record in records:
        servers.setdefault(record.server_id, record)
    sentences = await asyncio.gather(
        *(_examine(profile, record, laptop) for record in list(servers.values())[:MAX_SERVERS])
    )
    return [sentence for sentence in sentences if sentence]


async def _examine(profile: Profile, record: AccountRecord, laptop: TriesFromLaptop | None) -> str:
    name = safe_line(record.address.url) if isinstance(record.address, UrlAddress) else _("Your own server")
    try:
        async with asyncio.timeout(LIMIT_S if laptop is None else LAPTOP_LIMIT_S):
            sentence = await _way_to(profile, record, laptop)
    except TimeoutError:
        sentence = _("it does not answer")
    except TuichatError as error:
        sentence = safe_line(str(error))
    return f"{name}: {sentence}" if sentence else ""


async def _way_to(profile: Profile, record: AccountRecord, laptop: TriesFromLaptop | None) -> str:
    """Raises ClientError. The server proves who it is before it is sent a token."""
    found = await _find(record)
    token = None if found is None else await asyncio.to_thread(_token, profile, record)
    if found is None or token is None:
        return ""
    endpoint, features = found
    async with contextlib.aclosing(Rest(endpoint, token)) as rest:
        way = await find_way(rest, features)
        if way is None:
            return ""
        if laptop is None:
            return way_words(way)
        tried = WaysTried() if way.way is Way.PROXY else await find_laptop_ways(rest, laptop)
    return laptop_way_words(way, tried)


async def _find(record: AccountRecord) -> tuple[Endpoint, frozenset[str]] | None:
    """Return where a server is and what it can do, None for one of this machine that does not run."""
    if isinstance(record.address, UrlAddress):
        endpoint = Endpoint(record.address.url, None, record.address.pinned_sha256)
        target = await UrlLocator(endpoint, record.server_id).find()
        return target.endpoint, target.features
    address = await find_server()
    if address is None or address.server_id != record.server_id:
        return None
    endpoint = personal_endpoint(address.socket_path)
    info = await server_info(endpoint)
    return None if info is None else (endpoint, frozenset(info.features))


def _token(profile: Profile, record: AccountRecord) -> Token | None:
    """Ask the file first, since a keyring takes its time."""
    in_file = CredentialStore(profile).get(record.server_id, record.user_id)
    if in_file is not None:
        return in_file
    return CredentialStore(profile, keyring=find_quiet_keyring()).get(record.server_id, record.user_id)
