"""Each dialect has an insert that keeps a row that exists, and Prisma's types."""

from __future__ import annotations

import pytest
from sqlalchemy.dialects import postgresql, sqlite

from streamproof.relay.storage import tables
from streamproof.relay.storage.dialects import insert_if_missing


@pytest.mark.parametrize("dialect", [postgresql.dialect(), sqlite.dialect()])
def test_an_existing_row_is_kept(dialect):
    insert = insert_if_missing(dialect.name, tables.user)
    assert str(insert.compile(dialect=dialect)).endswith("ON CONFLICT DO NOTHING")


@pytest.mark.parametrize(
    ("dialect", "moment", "sender"),
    [
        (postgresql.dialect(), "TIMESTAMP(3) WITHOUT TIME ZONE", '"AiChatRoomMessageSender"'),
        (sqlite.dialect(), "DATETIME", "TEXT"),
    ],
    ids=["postgresql", "sqlite"],
)
def test_types_are_those_of_prisma(dialect, moment, sender):
    assert tables.message.c.createdAt.type.compile(dialect) == moment
    assert tables.message.c.sender.type.compile(dialect) == sender
