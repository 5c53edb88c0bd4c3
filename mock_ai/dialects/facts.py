"""What the records of a reply say, in the terms that all dialects share.

A dialect reads its own records back into these facts, so that a recording can have neutral steps.
A reader need not check every field: the recording keeps only steps that send the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from streamproof.contracts.json_text import write_json
from streamproof.mock_ai.dialects.output import BlockKind, FinishReason, ProviderError, ToolResult

if TYPE_CHECKING:
    from streamproof.contracts.messages import Source
    from streamproof.mock_ai.dialects.dialect import Dialect

STATUSES: Final = (500, *range(400, 600))
"""The statuses that an error in a stream can stand for; the first one that fits counts."""


class Piece(NamedTuple):
    """One piece of text, of reasoning, of a refusal, or of the arguments of a tool call."""

    kind: BlockKind
    text: str


class Call(NamedTuple):
    """The start of a tool call; None stands for a dialect without IDs of calls."""

    name: str
    call_id: str | None = None


class Cited(NamedTuple):
    """Sources that are named together."""

    sources: tuple[Source, ...]


class Finished(NamedTuple):
    """The end of a complete reply, and the reasons that its word stands for."""

    reasons: frozenset[FinishReason]


class Model(NamedTuple):
    """The name of the model."""

    name: str


class Tokens(NamedTuple):
    """Numbers of tokens, by their names in `Usage`."""

    numbers: Mapping[str, int]


Fact: TypeAlias = Piece | Call | Cited | ToolResult | ProviderError | Finished | Model | Tokens
Facts: TypeAlias = Iterable[Fact]


def ending(words: Mapping[FinishReason | None, object], word: object) -> Facts:
    """Yield the end with the reasons that a word stands for; nothing without a word."""
    if word:
        yield Finished(frozenset(reason for reason in FinishReason if words.get(reason) == word))


def arguments(value: object) -> Piece:
    """Return whole arguments, which are text only if they are not JSON."""
    text = value if isinstance(value, str) else write_json(value, compact=True)
    return Piece(BlockKind.TOOL_CALL, text)


def error_with_body(dialect: type[Dialect], body: object, message: str) -> Facts:
    """Yield the error to which a dialect gives this body and this message."""
    errors = (ProviderError(status, message) for status in STATUSES)
    found = next((error for error in errors if dialect.error_body(error) == body), None)
    if found is not None:
        yield found
