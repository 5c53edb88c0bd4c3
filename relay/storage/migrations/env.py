"""What alembic runs: the revisions, on the connection that it is handed."""

from __future__ import annotations

from alembic import context

from relay.storage.schema import VERSION_TABLE
from relay.storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    owns_seed_tables=context.config.attributes["owns_seed_tables"],
)
context.run_migrations()
