"""A reply while it is rendered: it keeps the blocks, and calls the dialect in the right order.

What comes before the first block is sent with the first neutral step. A block ends when another
kind of piece follows, and at the end of the reply. Verbatim bytes neither open nor close a block.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING

from streamproof.contracts.json_text import write_json
from streamproof.mock_ai.actions.headers import JSON_HEADERS, stream_headers
from streamproof.mock_ai.dialects.output import (
    Block,
    BlockKind,
    FinishReason,
    Output,
    ProviderError,
    ToolResult,
)
from streamproof.mock_ai.dialects.provider_headers import provider_headers

if TYPE_CHECKING:
    from streamproof.contracts.messages import Source
    from streamproof.mock_ai.dialects.dialect import Dialect
    from streamproof.mock_ai.dialects.framing import Record


class Rendering:
    """Renders one reply in a dialect, as a stream or as one JSON body.

    Each method returns the bytes of its records. For one JSON body only `finish`, `rest` and
    `error` return any.
    """

    def __init__(
        self,
        dialect: Dialect,
        finish: FinishReason | None = None,
        usage: Mapping[str, int] | None = None,
    ) -> None:
        self.status: int | None = None
        """The HTTP status of an error that replaces the output."""
        self._dialect = dialect
        self._framing = dialect.framing()
        self._streamed = dialect.request.streamed
        self._output = Output(dialect.request.input_tokens, usage or {})
        self._finish = finish
        self._body_by_hand: object = None
        self._open: Block | None = None
        self._preamble_sent = False
        self._anything_sent = False
        self._body_sent = False

    @property
    def schema(self) -> str | None:
        """The JSON Schema for the answer, as in `DialectRequest`."""
        return self._dialect.request.schema

    @property
    def repeats(self) -> bool:
        """Whether a repeated step has equal bytes each time."""
        return self._dialect.stateless and self.status is None

    def headers(self, status: int, charset: str | None) -> Mapping[str, str]:
        """Return the default headers of a reply with a status, or of the error in its place."""
        if self.status is not None:
            return {**JSON_HEADERS, **provider_headers(self._dialect.provider, self.status)}
        if not self._streamed or status != HTTPStatus.OK:
            return JSON_HEADERS
        return {**stream_headers(charset, self._framing.media_type), **self._dialect.headers}

    def verbatim(self, data: bytes) -> list[bytes]:
        """Send bytes as they are; one JSON body has no place for them."""
        if not self._streamed or self._body_sent:
            return []
        self._anything_sent = True
        return [data]

    def event(self, value: object) -> list[bytes]:
        """Send any JSON value; it is the JSON body of a reply that has no block."""
        self._body_by_hand = value
        return self._framed([self._dialect.event(value)])

    def piece(self, kind: BlockKind, text: str) -> list[bytes]:
        """Send one piece of text, reasoning or a refusal."""
        return self._framed(self._piece(kind, text)) if self._has_place_for(kind) else []

    def tool_call(
        self, name: str, call_id: str | None, pieces: Sequence[str]
    ) -> Iterator[list[bytes]]:
        """Send a tool call, and yield the bytes of each piece of its arguments."""
        if not self._has_place_for(BlockKind.TOOL_CALL):
            return
        records = [*self._preamble(), *self._close()]
        block = self._new_block(BlockKind.TOOL_CALL)
        block.name, block.call_id = name, call_id or self._call_id(block.number)
        records += self._dialect.open(block)
        for number, piece in enumerate(pieces, start=1):
            block.pieces.append(piece)
            records += self._dialect.piece(block, piece)
            if number == len(pieces):
                records += self._close()
            yield self._framed(records)
            records = []

    def sources(self, sources: Sequence[Source]) -> list[bytes]:
        """Name the sources of the answer."""
        return self._framed(self._sources(sources)) if self._has_place_for("sources") else []

    def tool_result(self, output: object, call_id: str | None) -> list[bytes]:
        """Send the result of a tool call, by default of the last one."""
        if not self._has_place_for("tool_result"):
            return []
        calls = self._output.of_kind(BlockKind.TOOL_CALL)
        last = calls[-1].call_id if calls else self._call_id(1)
        result = ToolResult(call_id or last, output)
        return self._framed([*self._preamble(), *self._dialect.tool_result(result)])

    def error(self, error: ProviderError) -> list[bytes]:
        """Report an error: in the stream, or in place of the reply if nothing was sent before."""
        if self._streamed and self._anything_sent:
            return self._framed(self._dialect.error(error))
        self.status = error.status
        return self._one_body(self._dialect.error_body(error))

    def finish(self, finish: FinishReason | None) -> list[bytes]:
        """End a complete reply, for the given reason or the one that follows from its blocks."""
        self._output.finish = finish or self._finish or self._output.derived_finish
        if not self._streamed:
            return self.rest()
        records = [*self._preamble(), *self._close(), *self._dialect.finish(self._output)]
        return [*self._framed(records), *filter(None, [self._framing.end()])]

    def rest(self) -> list[bytes]:
        """Return the JSON body if it was not sent yet; nothing for a stream."""
        if self._streamed:
            return []
        if self._body_by_hand is not None and not self._output.blocks:
            return self._one_body(self._body_by_hand)
        return self._one_body(self._dialect.body(self._output))

    def _call_id(self, number: int) -> str:
        """Return the ID of a tool call by its number in this reply."""
        return self._dialect.call_id(self._dialect.request.earlier_calls + number)

    def _has_place_for(self, step: str) -> bool:
        return step not in self._dialect.no_place_for

    def _framed(self, records: Iterable[Record]) -> list[bytes]:
        framed = [self._framing.record(record) for record in records]
        if not self._streamed or self._body_sent:
            return []
        self._anything_sent = self._anything_sent or bool(framed)
        return framed

    def _one_body(self, value: object) -> list[bytes]:
        if self._body_sent:
            return []
        self._body_sent = True
        return [write_json(value, compact=True).encode()]

    def _preamble(self) -> Iterator[Record]:
        if not self._preamble_sent:
            self._preamble_sent = True
            yield from self._dialect.begin(self._output)

    def _piece(self, kind: BlockKind, text: str) -> Iterator[Record]:
        block = yield from self._block_of(kind)
        block.pieces.append(text)
        yield from self._dialect.piece(block, text)

    def _sources(self, sources: Sequence[Source]) -> Iterator[Record]:
        self._output.sources += sources
        if self._dialect.sources_in_text:
            block = yield from self._block_of(BlockKind.TEXT)
            block.sources += sources
            yield from self._dialect.sources_in(block, sources)
        else:
            yield from self._preamble()
            yield from self._dialect.sources(sources)

    def _block_of(self, kind: BlockKind) -> Generator[Record, None, Block]:
        """Return the open block if it is of this kind, otherwise a new one."""
        yield from self._preamble()
        block = self._open
        if block is None or block.kind is not kind:
            yield from self._close()
            block = self._new_block(kind)
            yield from self._dialect.open(block)
        return block

    def _new_block(self, kind: BlockKind) -> Block:
        blocks = self._output.blocks
        number = len(self._output.of_kind(kind)) + 1
        self._open = Block(kind, len(blocks), number)
        blocks.append(self._open)
        return self._open

    def _close(self) -> Iterator[Record]:
        block, self._open = self._open, None
        if block is not None:
            yield from self._dialect.close(block)
