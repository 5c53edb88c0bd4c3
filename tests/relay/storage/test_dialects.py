"""Each dialect has an insert that keeps a row that exists."""

from __future__ import annotations

import pytest
from sqlalchemy.dialects import postgresql, sqlite

from streamproof.relay.storage import tables
from streamproof.relay.storage.dialects import insert_if_missing


@pytest.mark.parametrize("dialect", [postgresql.dialect(), sqlite.dialect()])
def test_an_existing_row_is_kept(dialect):
    insert = insert_if_missing(dialect.name, tables.user)
    assert str(insert.compile(dialect=dialect)).endswith("ON CONFLICT DO NOTHING")
