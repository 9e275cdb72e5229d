"""Which revision of the schema a database has, and which ones this program knows."""

from datetime import datetime

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, func, select

from bot.storage.database import MIGRATIONS, Database, UnknownSchema
from bot.storage.instants import instant
from bot.storage.tables import ledger, outcomes, polls


def known_revisions() -> frozenset[str]:
    return frozenset(script.revision for script in _scripts().walk_revisions())


async def is_current(database: Database) -> bool:
    """Whether the schema is the newest one. Raises DatabaseMissing, DatabaseUnusable."""
    async with database.snapshot() as connection:
        found = await connection.run_sync(
            lambda plain: MigrationContext.configure(plain).get_current_revision(),
        )
    return found == _scripts().get_current_head()


async def newest_instant(database: Database) -> datetime | None:
    """When the last vote or the last message with an outcome came; None when nothing has.

    Raises DatabaseMissing, DatabaseUnusable.
    """
    last_votes = select(func.max(ledger.c.at)).join(
        polls, (polls.c.id == ledger.c.poll) & (polls.c.last_seq == ledger.c.seq)
    )
    async with database.snapshot() as connection:
        found = [await connection.scalar(last_votes), await connection.scalar(select(func.max(outcomes.c.at)))]
    return max((instant(at) for at in found if at is not None), default=None)


def upgrade(connection: Connection) -> None:
    """Bring the schema up to date, in the connection's transaction. Raises UnknownSchema."""
    config = _config()
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as fault:
        raise UnknownSchema(str(fault)) from fault


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config
