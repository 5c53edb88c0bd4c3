"""Whether a Prisma schema fits the relay: the chat tables with their columns, types and relations.

The tables of the relay itself say what is wanted, so a new column needs no rule here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from streamproof.relay.storage import tables
from streamproof.relay.storage.live_tables import CHAT_TABLES, FILLED_TABLES
from streamproof.relay.storage.moments import Moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Column, Table

    from streamproof.relay.prisma.language import Attribute, PrismaModel, PrismaSchema, SchemaField

PROVIDERS: Final = ("sqlite", "postgresql")
SCALARS: Final = frozenset(
    [
        "String",
        "Boolean",
        "Int",
        "BigInt",
        "Float",
        "Decimal",
        "DateTime",
        "Json",
        "Bytes",
        "Unsupported",
    ]
)
BY_CLIENT: Final = ("cuid(", "uuid(", "ulid(", "nanoid(")
"""Defaults that Prisma's client makes; the database has none."""
NATIVE_TYPES: Final = {"String": {"Text"}, "DateTime": {"Timestamp"}}
"""The types behind `@db.` whose values the relay reads and writes."""
SHARED_PAIRS: Final = frozenset({("aiChatRoomMessageId", "knowledgeId")})
"""Pairs of columns that the relay keeps unique itself."""
READING_INDEXES: Final = {
    "AiChatRoom": ("userId", "createdAt", "id"),
    "AiChatRoomMessage": ("aiChatRoomId", "createdAt", "id"),
    "AiChatRoomMessageKnowledge": ("aiChatRoomMessageId",),
}
"""The columns by which the relay finds rows."""


@dataclass(frozen=True, slots=True)
class Misfit:
    """What does not fit; after a warning the relay works, but slowly or not as documented."""

    line: int
    message: str
    is_warning: bool = False


def misfits(schema: PrismaSchema) -> list[Misfit]:
    """Return everything in a schema that does not fit, in the order of its lines."""
    found = list(_provider_misfits(schema))
    by_table = {model.table: model for model in schema.models.values()}
    for table in CHAT_TABLES:
        model = by_table.get(table.name)
        if model is None:
            found.append(_missing_model(schema, table))
        else:
            found += _model_misfits(schema, model, table)
    return sorted(found, key=lambda misfit: misfit.line)


def _provider_misfits(schema: PrismaSchema) -> Iterator[Misfit]:
    if schema.provider is not None and schema.provider not in PROVIDERS:
        wanted = " or ".join(PROVIDERS)
        yield Misfit(1, f"datasource: wanted the provider {wanted}, got {schema.provider}")


def _missing_model(schema: PrismaSchema, table: Table) -> Misfit:
    renamed = schema.models.get(table.name)
    if renamed is not None:
        return Misfit(
            renamed.line,
            f"{table.name}: wanted the table {table.name}, got {renamed.table}; remove its @@map",
        )
    return Misfit(1, f"{table.name}: the model is missing; add it")


def _model_misfits(schema: PrismaSchema, model: PrismaModel, table: Table) -> Iterator[Misfit]:
    by_column = {one.column: one for one in model.fields if _is_column(schema, one)}
    for column in table.columns:
        field = by_column.get(column.name)
        if field is None:
            yield Misfit(model.line, f"{model.name}.{column.name}: the field is missing; add it")
        else:
            yield from _field_misfits(schema, model, field, column)
            yield from _relation_misfits(schema, model, field, column)
    if table in FILLED_TABLES:
        yield from _required_misfits(model, table, by_column)
        yield from _unique_misfits(model)
    yield from _index_misfits(model)


def _is_column(schema: PrismaSchema, field: SchemaField) -> bool:
    return field.type in SCALARS or field.type in schema.enums


def _field_misfits(
    schema: PrismaSchema, model: PrismaModel, field: SchemaField, column: Column[object]
) -> Iterator[Misfit]:
    place = f"{model.name}.{field.name}"
    wanted = _wanted_type(column)
    shape = f"{field.type}[]" if field.is_list else field.type
    if column.type is tables.Sender and not field.is_list and field.type in schema.enums:
        if set(schema.enums[field.type]) != set(tables.SENDERS):
            values = ", ".join(schema.enums[field.type])
            yield Misfit(field.line, f"{place}: wanted an enum of USER and AI, got {values}")
    elif shape != wanted and not (
        column.type is tables.Sender and schema.provider == "sqlite" and shape == "String"
    ):
        yield Misfit(field.line, f"{place}: wanted the type {wanted}, got {shape}")
    yield from _native_misfits(place, field)
    if column.nullable and not field.optional:
        yield Misfit(
            field.line,
            f"{place}: the relay stores rows without a value here; make it {field.type}?",
        )
    if column.primary_key and field.attribute("id") is None:
        yield Misfit(field.line, f"{place}: wanted @id; the relay finds rows by this field alone")


def _wanted_type(column: Column[object]) -> str:
    if column.type is tables.Sender:
        return "enum"
    return "DateTime" if isinstance(column.type, Moment) else "String"


def _native_misfits(place: str, field: SchemaField) -> Iterator[Misfit]:
    for attribute in field.attributes:
        prefix, _, native = attribute.name.partition(".")
        good = NATIVE_TYPES.get(field.type, set())
        if prefix == "db" and native not in good:
            wanted = " or ".join(f"@db.{one}" for one in sorted(good))
            message = f"{place}: wanted {wanted} or no native type, got @{attribute.name}"
            yield Misfit(field.line, message)


def _relation_misfits(
    schema: PrismaSchema, model: PrismaModel, field: SchemaField, column: Column[object]
) -> Iterator[Misfit]:
    """Compare the relation of a foreign key with the one of the relay's tables."""
    for key in column.foreign_keys:
        place, target = f"{model.name}.{field.name}", key.column
        relation = _relation_of(model, field.name)
        if relation is None:
            yield Misfit(
                field.line, f"{place}: wanted a @relation to {target.table.name}.{target.name}"
            )
            continue
        other, attribute = relation
        referenced = schema.models.get(other.type)
        got = (
            referenced.table if referenced else other.type,
            attribute.arguments.get("references"),
        )
        if got != (target.table.name, (target.name,)):
            wanted = f"{target.table.name}.{target.name}"
            message = f"{model.name}.{other.name}: wanted a @relation to {wanted}"
            yield Misfit(other.line, f"{message}, got {got[0]}")
        if (action := attribute.arguments.get("onDelete")) != "Cascade":
            default = "SetNull" if field.optional else "Restrict"
            message = f"wanted onDelete: Cascade, got {action or f'none, which is {default}'}"
            yield Misfit(other.line, f"{model.name}.{other.name}: {message}")


def _relation_of(model: PrismaModel, key: str) -> tuple[SchemaField, Attribute] | None:
    for field in model.fields:
        attribute = field.attribute("relation")
        if attribute is not None and attribute.arguments.get("fields") == (key,):
            return field, attribute
    return None


def _required_misfits(
    model: PrismaModel, table: Table, by_column: dict[str, SchemaField]
) -> Iterator[Misfit]:
    """Find the required fields that the relay does not know."""
    for name, field in by_column.items():
        if name not in table.c and not field.optional and not _has_default(field):
            yield Misfit(
                field.line,
                f"{model.name}.{field.name}: the relay does not fill this required field; make it"
                f" {field.type}?, or give it a default in the database",
            )


def _has_default(field: SchemaField) -> bool:
    """Tell whether the database has a default for a field; a list has none in SQLite."""
    default = field.attribute("default")
    return default is not None and not str(default.arguments.get("")).startswith(BY_CLIENT)


def _unique_misfits(model: PrismaModel) -> Iterator[Misfit]:
    """Find the unique indexes that would refuse rows of the relay."""
    for field in model.fields:
        if field.attribute("unique") is not None and field.attribute("id") is None:
            yield _too_unique(model, field.line, (field.column,))
    for attribute in model.attributes:
        columns = _columns(attribute)
        if attribute.name == "unique" and "id" not in columns and columns not in SHARED_PAIRS:
            yield _too_unique(model, model.line, columns)


def _too_unique(model: PrismaModel, line: int, columns: tuple[str, ...]) -> Misfit:
    names = ", ".join(columns)
    return Misfit(
        line, f"{model.name}: the relay stores rows with the same {names}; remove @unique"
    )


def _index_misfits(model: PrismaModel) -> Iterator[Misfit]:
    wanted = READING_INDEXES.get(model.table)
    indexes = [_columns(one) for one in model.attributes if one.name == "index"]
    if wanted and not any(index[: len(wanted)] == wanted for index in indexes):
        line = f"@@index([{', '.join(wanted)}])"
        message = f"{model.name}: without {line}, the relay searches the whole table; add it"
        yield Misfit(model.line, message, is_warning=True)


def _columns(attribute: Attribute) -> tuple[str, ...]:
    """Return the fields of an index, without their options."""
    fields = attribute.arguments.get("fields", attribute.arguments.get("", ()))
    return tuple(str(one).partition("(")[0] for one in fields) if isinstance(fields, tuple) else ()
