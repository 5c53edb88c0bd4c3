"""The chat dialect: the events of docs/protocol.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from streamproof.contracts.messages import (
    EVENT_NAMES,
    Content,
    End,
    Message,
    Source,
    Sources,
    write_message,
)
from streamproof.mock_ai.dialects.dialect import ClientCall, Dialect, DialectRequest
from streamproof.mock_ai.dialects.facts import STATUSES, Cited, Finished, Piece
from streamproof.mock_ai.dialects.framing import Record
from streamproof.mock_ai.dialects.output import BlockKind, FinishReason, ProviderError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from streamproof.mock_ai.dialects.dialect import Records
    from streamproof.mock_ai.dialects.facts import Facts
    from streamproof.mock_ai.dialects.output import Block, Output

_REQUEST: Final = DialectRequest()


class Chat(Dialect):
    """Content, sources and an end; a refusal is content, and every reply is streamed."""

    name: ClassVar = "chat"
    no_place_for: ClassVar = frozenset({"reasoning", "tool_call", "tool_result"})
    stateless: ClassVar = True
    has_body: ClassVar = False

    @classmethod
    def request_of(cls, _call: ClientCall, /) -> DialectRequest:
        """Return the same for every request: the bytes depend on none."""
        return _REQUEST

    def piece(self, _block: Block, text: str) -> Records:
        """Return a content event."""
        return [_record(Content(text))]

    def sources(self, sources: Sequence[Source], /) -> Records:
        """Return a sources event."""
        return [_record(Sources(tuple(sources)))]

    def error(self, error: ProviderError) -> Records:
        """Return an error event."""
        return [self.event(self.error_body(error))._replace(name="error")]

    def finish(self, _output: Output) -> Records:
        """Return the end event."""
        return [_record(End())]

    @classmethod
    def read(cls, value: object) -> Facts:
        """Return what an event says; an error has no status there."""
        match value:
            case {"type": "content", "content": str(text)}:
                yield Piece(BlockKind.TEXT, text)
            case {"type": "sources", "sources": [*sources]}:
                yield Cited(tuple(source for one in sources for source in _read_source(one)))
            case {"type": "end"}:
                yield Finished(frozenset(FinishReason))
            case {"error": str(message)}:
                yield ProviderError(STATUSES[0], message)


def _record(message: Message) -> Record:
    return Record(write_message(message), EVENT_NAMES[type(message)])


def _read_source(source: object) -> Iterator[Source]:
    match source:
        case {"id": str(id), "title": str(title), "content": str(content)}:
            yield Source(id, title, content)
