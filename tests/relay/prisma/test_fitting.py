"""Each way in which a Prisma schema can misfit the relay is found, at its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from streamproof.relay.prisma.fitting import misfits
from streamproof.relay.prisma.language import read_schema

SCHEMA = (Path(__file__).with_name("client") / "schema.prisma").read_text("utf-8")

TITLE = "  title     String?\n"
MESSAGE = "  message              String\n"
SENDER = "  sender               AiChatRoomMessageSender\n"
USER = (
    "  user      User                "
    "@relation(fields: [userId], references: [id], onDelete: Cascade)\n"
)

ERRORS = {
    "a provider": ('"sqlite"', '"mysql"', "wanted the provider sqlite or postgresql, got mysql"),
    "a missing model": ("model Knowledge {", "model Knowlege {", "Knowledge: the model is missing"),
    "another table": (
        "model User {\n",
        'model User {\n  @@map("users")\n',
        "User: wanted the table User, got users",
    ),
    "a missing field": (TITLE, "", "AiChatRoom.title: the field is missing"),
    "another column": (
        TITLE,
        '  title     String? @map("name")\n',
        "AiChatRoom.title: the field is missing",
    ),
    "a number": (
        MESSAGE,
        "  message Int\n",
        "AiChatRoomMessage.message: wanted the type String, got Int",
    ),
    "a list": (MESSAGE, "  message String[]\n", "wanted the type String, got String[]"),
    "a moment as text": (
        "  createdAt DateTime  ",
        "  createdAt String    ",
        "AiChatRoom.createdAt: wanted the type DateTime, got String",
    ),
    "a native type": (
        MESSAGE,
        "  message String @db.Uuid\n",
        "wanted @db.Text or no native type, got @db.Uuid",
    ),
    "another enum": (
        "  USER\n  AI\n",
        "  USER\n  BOT\n",
        "wanted an enum of USER and AI, got USER, BOT",
    ),
    "a required title": (
        TITLE,
        "  title     String\n",
        "AiChatRoom.title: the relay stores rows without a value here; make it String?",
    ),
    "a number as ID": (
        "id        String              @id @default(cuid())",
        "id Int @id @default(autoincrement())",
        "AiChatRoom.id: wanted the type String, got Int",
    ),
    "an ID of two fields": (
        "id        String              @id @default(cuid())",
        "id String",
        "AiChatRoom.id: wanted @id",
    ),
    "no relation": (USER, "", "AiChatRoom.userId: wanted a @relation to User.id"),
    "another relation": (
        USER,
        USER.replace("User  ", "Knowledge"),
        "AiChatRoom.user: wanted a @relation to User.id, got Knowledge",
    ),
    "another onDelete": (
        USER,
        USER.replace("Cascade", "NoAction"),
        "AiChatRoom.user: wanted onDelete: Cascade, got NoAction",
    ),
    "no onDelete": (
        USER,
        USER.replace(", onDelete: Cascade", ""),
        "wanted onDelete: Cascade, got none, which is Restrict",
    ),
    "a required field": (
        MESSAGE,
        MESSAGE + "  tenantId String\n",
        "AiChatRoomMessage.tenantId: the relay does not fill this required field; make it String?",
    ),
    "a default of the client": (
        MESSAGE,
        MESSAGE + "  slug String @default(cuid())\n",
        "AiChatRoomMessage.slug: the relay does not fill",
    ),
    "a moment of the client": (
        TITLE,
        TITLE + "  changedAt DateTime @updatedAt\n",
        "AiChatRoom.changedAt: the relay does not fill",
    ),
    "a unique field": (
        "  userId    String\n",
        "  userId    String @unique\n",
        "AiChatRoom: the relay stores rows with the same userId; remove @unique",
    ),
    "unique fields": (
        "  @@index([userId, createdAt, id])",
        "  @@index([userId, createdAt, id])\n  @@unique([userId, title])",
        "rows with the same userId, title",
    ),
}
GOOD = {
    "nothing": ("", ""),
    "a default of the database": (MESSAGE, MESSAGE + '  tenantId String @default("one")\n'),
    "an optional field": (MESSAGE, MESSAGE + "  tenantId String?\n"),
    "a list of another model": (TITLE, TITLE + "  others Other[]\n"),
    "a required field of users": ("model User {\n", "model User {\n  email String @unique\n"),
    "another name in the schema": (TITLE, '  name      String? @map("title")\n'),
    "a sender as text": (SENDER, "  sender String\n"),
    "native types that fit": (MESSAGE, "  message String @db.Text\n"),
    "a unique pair of links": (
        "  @@index([aiChatRoomMessageId])",
        "  @@index([aiChatRoomMessageId])\n  @@unique([aiChatRoomMessageId, knowledgeId])",
    ),
}


def changed(old, new):
    """Return the misfits of the schema after one change."""
    assert old in SCHEMA
    return misfits(read_schema(SCHEMA.replace(old, new, 1), "schema.prisma"))


@pytest.mark.parametrize(("old", "new", "message"), ERRORS.values(), ids=ERRORS)
def test_a_misfit_is_an_error(old, new, message):
    [misfit] = [one for one in changed(old, new) if message in one.message]
    assert not misfit.is_warning


@pytest.mark.parametrize(("old", "new"), GOOD.values(), ids=GOOD)
def test_what_fits_is_not_reported(old, new):
    assert changed(old, new) == []


def test_a_misfit_has_the_line_of_its_field():
    [misfit] = changed(MESSAGE, MESSAGE + "  tenantId String\n")
    assert SCHEMA.splitlines()[misfit.line - 2] == MESSAGE.rstrip("\n")


def test_a_missing_index_is_a_warning():
    [misfit] = changed("  @@index([aiChatRoomMessageId])", "")
    assert misfit.is_warning
    assert (
        "without @@index([aiChatRoomMessageId]), the relay searches the whole table"
        in misfit.message
    )
