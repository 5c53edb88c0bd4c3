"""Reads the Prisma schema language as far as the relay needs it: models, fields, attributes, enums.

A schema is a list of blocks. A line of a model is a field or, from `@@`, an attribute of the model.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

from streamproof.relay.prisma.errors import NotPrisma

if TYPE_CHECKING:
    from collections.abc import Mapping

Value: TypeAlias = "str | tuple[Value, ...]"
"""The value of an argument: a list, or the text of anything else without its quotes."""

_TOKEN: Final = re.compile(
    r"""(?P<skip>[ \t\r\ufeff]+|//[^\n]*|/\*.*?\*/)
    |(?P<newline>\n)
    |(?P<string>"(?:[^"\\\n]|\\.)*")
    |(?P<word>[\w-]+(?:\.[\w-]+)*)
    |(?P<sign>@@|[@(){}\[\]:,?=.])""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute such as `@relation(fields: [roomId], onDelete: Cascade)`."""

    name: str
    arguments: Mapping[str, Value]
    """By name; the first one without a name is at the empty text."""


@dataclass(frozen=True, slots=True)
class SchemaField:
    """A field of a model."""

    name: str
    type: str
    line: int
    optional: bool = False
    is_list: bool = False
    attributes: tuple[Attribute, ...] = ()

    def attribute(self, name: str) -> Attribute | None:
        """Return the attribute with this name."""
        return next((one for one in self.attributes if one.name == name), None)

    @property
    def column(self) -> str:
        """The name in the database, which `@map` can set."""
        return _mapped(self.attribute("map")) or self.name


@dataclass(frozen=True, slots=True)
class PrismaModel:
    """A model."""

    name: str
    line: int
    fields: tuple[SchemaField, ...]
    attributes: tuple[Attribute, ...]

    @property
    def table(self) -> str:
        """The name in the database, which `@@map` can set."""
        mapped = (_mapped(one) for one in self.attributes if one.name == "map")
        return next((name for name in mapped if name), self.name)


@dataclass(slots=True)
class PrismaSchema:
    """What a schema has; `provider` is that of its datasource."""

    models: dict[str, PrismaModel] = field(default_factory=dict)
    enums: dict[str, tuple[str, ...]] = field(default_factory=dict)
    provider: str | None = None


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    line: int


def read_schema(text: str, place: str) -> PrismaSchema:
    """Read a schema; raises `NotPrisma` with the place and the line for any other text."""
    try:
        return _Reader(_tokens(text, place), place).schema()
    except RecursionError:
        raise NotPrisma(f"{place}: wanted a Prisma schema, got brackets in brackets") from None


def _mapped(attribute: Attribute | None) -> str | None:
    if attribute is None:
        return None
    name = attribute.arguments.get("name", attribute.arguments.get(""))
    return name if isinstance(name, str) else None


def _unquoted(text: str) -> str:
    """Return what is between the quotes; a backslash stands before what it escapes."""
    return re.sub(r"\\(.)", r"\1", text[1:-1])


def _tokens(text: str, place: str) -> list[_Token]:
    tokens, at, line = [], 0, 1
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            found = text[at : at + 20].partition("\n")[0]
            raise NotPrisma(f"{place}:{line}: wanted the Prisma schema language, got {found!r}")
        if match.lastgroup not in {None, "skip"}:
            tokens.append(_Token(str(match.lastgroup), match[0], line))
        line += match[0].count("\n")
        at = match.end()
    return [*tokens, _Token("newline", "\n", line), _Token("end", "the end of the file", line)]


class _Reader:
    """Reads tokens from left to right."""

    def __init__(self, tokens: list[_Token], place: str) -> None:
        self._tokens = tokens
        self._place = place
        self._at = 0

    def schema(self) -> PrismaSchema:
        schema = PrismaSchema()
        while self._skip_newlines().kind != "end":
            kind, name = self._word("a block, such as `model User {`"), self._word("its name")
            self._sign("{")
            match kind.text:
                case "model" | "view" | "type":
                    model = self._model(name)
                    schema.models |= {model.name: model} if kind.text == "model" else {}
                case "enum":
                    schema.enums[name.text] = self._enum()
                case "datasource":
                    schema.provider = self._settings().get("provider")
                case _:
                    self._settings()
        return schema

    def _model(self, name: _Token) -> PrismaModel:
        fields, attributes = [], []
        while not self._ends_block():
            if self._peek().text == "@@":
                attributes.append(self._attribute())
            else:
                fields.append(self._field())
            self._end_line()
        return PrismaModel(name.text, name.line, tuple(fields), tuple(attributes))

    def _field(self) -> SchemaField:
        name, kind = self._word("a field"), self._word("the type of the field")
        if self._peek().text == "(":  # Unsupported("point")
            self._arguments()
        is_list = self._takes("[") and bool(self._sign("]"))
        optional = self._takes("?")
        attributes = []
        while self._peek().text == "@":
            attributes.append(self._attribute())
        return SchemaField(name.text, kind.text, name.line, optional, is_list, tuple(attributes))

    def _enum(self) -> tuple[str, ...]:
        values = []
        while not self._ends_block():
            if self._peek().text != "@@":
                values.append(self._word("a value of the enum").text)
            while self._peek().text in {"@", "@@"}:
                self._attribute()
            self._end_line()
        return tuple(values)

    def _settings(self) -> dict[str, str]:
        """Read the lines `name = value` of a datasource or a generator."""
        settings = {}
        while not self._ends_block():
            name = self._word("a name")
            self._sign("=")
            value = self._value()
            if isinstance(value, str):
                settings[name.text] = value
            self._end_line()
        return settings

    def _attribute(self) -> Attribute:
        self._next()
        name = self._word("the name of an attribute").text
        return Attribute(name, self._arguments() if self._peek().text == "(" else {})

    def _arguments(self) -> dict[str, Value]:
        arguments: dict[str, Value] = {}
        self._sign("(")
        while not self._closes(")"):
            name = ""
            if self._tokens[min(self._at + 1, len(self._tokens) - 1)].text == ":":
                name = self._word("the name of an argument").text
                self._sign(":")
            arguments.setdefault(name, self._value())
            self._takes(",")
        return arguments

    def _value(self) -> Value:
        token = self._skip_newlines()
        if token.text == "[":
            self._next()
            items = []
            while not self._closes("]"):
                items.append(self._value())
                self._takes(",")
            return tuple(items)
        self._next()
        if token.kind == "string":
            return _unquoted(token.text)
        if token.kind != "word":
            raise self._wanted("a value", token)
        if self._peek().text == "(":  # now(), or a field with `sort`
            return f"{token.text}({', '.join(map(str, self._arguments().values()))})"
        return token.text

    def _peek(self) -> _Token:
        return self._tokens[self._at]

    def _next(self) -> _Token:
        token = self._tokens[self._at]
        self._at = min(self._at + 1, len(self._tokens) - 1)
        return token

    def _skip_newlines(self) -> _Token:
        while self._peek().kind == "newline":
            self._next()
        return self._peek()

    def _takes(self, sign: str) -> bool:
        is_next = self._peek().text == sign
        if is_next:
            self._next()
        return is_next

    def _closes(self, sign: str) -> bool:
        self._skip_newlines()
        return self._takes(sign)

    def _ends_block(self) -> bool:
        return self._closes("}")

    def _end_line(self) -> None:
        if self._peek().text != "}" and self._next().kind != "newline":
            raise self._wanted("the end of the line", self._tokens[self._at - 1])

    def _sign(self, sign: str) -> _Token:
        token = self._next()
        if token.text != sign:
            raise self._wanted(f"`{sign}`", token)
        return token

    def _word(self, what: str) -> _Token:
        token = self._next()
        if token.kind != "word":
            raise self._wanted(what, token)
        return token

    def _wanted(self, what: str, got: _Token) -> NotPrisma:
        found = "the end of the line" if got.kind == "newline" else got.text
        return NotPrisma(f"{self._place}:{got.line}: wanted {what}, got {found}")
