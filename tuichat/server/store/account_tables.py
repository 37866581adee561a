"""How accounts stand in tables: people and programs, what they sign in with, and when they were seen."""

from tuichat.protocol.snowflake import Snowflake
from tuichat.server.store.columns import optional_id
from tuichat.server.store.rows import ApplicationRow, PasswordRow, SeenRow, TokenRow, UserRow
from tuichat.server.store.table import Record, table_of

USERS = table_of("users", UserRow, "id")
PASSWORDS = table_of("passwords", PasswordRow, "user_id")
TOKENS = table_of("tokens", TokenRow, "id")
APPLICATIONS = table_of("applications", ApplicationRow, "id")
SEEN = table_of("seen", SeenRow, "user_id")


def read_user(r: Record) -> UserRow:
    return UserRow(
        id=Snowflake(r[0]),
        username=r[1],
        name_key=r[2],
        display_name=r[3],
        is_bot=bool(r[4]),
        is_system=bool(r[5]),
        avatar=r[6],
        is_deleted=bool(r[7]),
    )


def read_token(r: Record) -> TokenRow:
    return TokenRow(id=Snowflake(r[0]), user_id=Snowflake(r[1]), secret_hash=r[2])


def read_application(r: Record) -> ApplicationRow:
    return ApplicationRow(
        id=Snowflake(r[0]),
        owner_id=optional_id(r[1]),
        name=r[2],
        flags=r[3],
        is_public=bool(r[4]),
        description=r[5],
        icon=r[6],
        endpoint_url=r[7],
    )


def read_seen(r: Record) -> SeenRow:
    return SeenRow(user_id=Snowflake(r[0]), day=r[1])
