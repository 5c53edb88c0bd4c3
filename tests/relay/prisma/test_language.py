"""The Prisma schema language: what the relay reads of a schema, and what it refuses."""

from __future__ import annotations

import pytest

from streamproof.relay.prisma.errors import NotPrisma
from streamproof.relay.prisma.language import read_schema

SCHEMA = """\
/// A comment. {
datasource db { provider = "postgresql"
  url = env("DATABASE_URL") // another comment
}
enum Sender {
  USER @map("user")
  AI
  @@map("senders")
}
type Address { street String }
/* model Hidden {
} */
model Room {
  id      Int      @id @default(autoincrement()) /* inside */
  names   String[]
  place   Unsupported("point")?
  text    String   @map("long \\"text\\"") @db.VarChar(200)
  ownerId String?
  owner   User?    @relation("owner", fields: [ownerId],
                             references: [id], onDelete: SetNull)

  @@index([ownerId(sort: Desc), id], map: "an_index")
  @@map("rooms")
}
"""


@pytest.fixture
def room():
    return read_schema(SCHEMA, "x").models["Room"]


def test_only_models_are_models():
    assert list(read_schema(SCHEMA, "x").models) == ["Room"]


def test_the_provider_and_the_enums_are_read():
    schema = read_schema(SCHEMA, "x")
    assert (schema.provider, schema.enums) == ("postgresql", {"Sender": ("USER", "AI")})


def test_fields_have_types_and_lines(room):
    shapes = {one.name: (one.type, one.is_list, one.optional, one.line) for one in room.fields}
    assert shapes == {
        "id": ("Int", False, False, 14),
        "names": ("String", True, False, 15),
        "place": ("Unsupported", False, True, 16),
        "text": ("String", False, False, 17),
        "ownerId": ("String", False, True, 18),
        "owner": ("User", False, True, 19),
    }


def test_names_of_the_database_replace_those_of_the_schema(room):
    assert room.table == "rooms"
    assert [one.column for one in room.fields][3:5] == ['long "text"', "ownerId"]


def test_arguments_of_attributes_are_read_over_lines(room):
    assert room.fields[-1].attribute("relation").arguments == {
        "": "owner",
        "fields": ("ownerId",),
        "references": ("id",),
        "onDelete": "SetNull",
    }
    assert room.attributes[0].arguments == {"": ("ownerId(Desc)", "id"), "map": "an_index"}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("model A {\n  id String @id\n", "x:3: wanted a field, got the end of the file"),
        ("model {\n}", "x:1: wanted its name, got {"),
        ("model A {\n  id\n}", "x:2: wanted the type of the field, got the end of the line"),
        ("model A {\n  id String 5\n}", "x:2: wanted the end of the line, got 5"),
        ("model A {\n  id String @id(", "x:2: wanted a value, got the end of the file"),
        ("\n\nid: %", "x:3: wanted the Prisma schema language, got '%'"),
        ('model A {\n  b String @map("c\n}', "x:2: wanted the Prisma schema language, got '\"c'"),
        ("{}", "x:1: wanted a block, such as `model User {`, got {"),
        (f"model A {{ b C @d({'[' * 5000}", "x: wanted a Prisma schema, got brackets in brackets"),
    ],
)
def test_other_text_is_refused_with_its_line(text, problem):
    with pytest.raises(NotPrisma) as refusal:
        read_schema(text, "x")
    assert str(refusal.value) == problem
