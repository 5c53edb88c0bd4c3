"""Run the revisions on the connection that `schema.migrate` passes in. Alembic runs this file."""

from __future__ import annotations

from alembic import context

from streamproof.relay.storage.schema import VERSION_TABLE
from streamproof.relay.storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    version_table_schema=context.config.attributes["own_schema"],
    creates_chat_tables=context.config.attributes["creates_chat_tables"],
)
context.run_migrations()
