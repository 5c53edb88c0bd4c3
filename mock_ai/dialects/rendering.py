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
from streamproof.mock_ai.actions.marks import Mark, MarkedBytes
from streamproof.mock_ai.dialects.dialect import Dialect, NoWords
from streamproof.mock_ai.dialects.marking import marked_text, marks_of_piece, taken_out, written
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
    from streamproof.mock_ai.dialects.framing import Record


class Rendering:
    """Renders one reply in a dialect, as a stream or as one JSON body.

    Each method returns the bytes of its records. For one JSON body only `finish`, `rest` and
    `error` return any. With `marking` the bytes have marks at their places by meaning; what the
    dialect leaves out has its place where it would be.
    """

    def __init__(
        self,
        dialect: Dialect,
        finish: FinishReason | None = None,
        usage: Mapping[str, int] | None = None,
        *,
        marking: bool = False,
    ) -> None:
        self.status: int | None = None
        """The HTTP status of an error that replaces the output."""
        self._dialect = dialect
        self._framing = dialect.framing()
        self._streamed = dialect.request.streamed
        # One JSON body is worded at the end, from the blocks; before, nothing is.
        self._words = dialect if self._streamed else NoWords(dialect.request)
        self._output = Output(dialect.request.input_tokens, usage or {})
        self._finish = finish
        self._marking = marking
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

    @property
    def media_type(self) -> str | None:
        """The media type of the stream; None for one JSON body."""
        return self._framing.media_type if self._streamed and not self._body_sent else None

    def headers(self, status: int, charset: str | None) -> Mapping[str, str]:
        """Return the default headers of a reply with a status, or of the error in its place."""
        if self.status is not None:
            return {**JSON_HEADERS, **provider_headers(self._dialect.provider, self.status)}
        if not self._streamed or status != HTTPStatus.OK:
            return JSON_HEADERS
        return {**stream_headers(charset, self._framing.media_type), **self._dialect.headers}

    def verbatim(self, data: bytes) -> list[MarkedBytes]:
        """Send bytes as they are; one JSON body has no place for them."""
        if not self._streamed or self._body_sent:
            return []
        self._anything_sent = self._anything_sent or bool(data)
        return [MarkedBytes(data)]

    def comment(self, text: str) -> bytes:
        """Return a comment, or what stands for one in the records of the dialect."""
        return self._framing.comment(text)

    def event(self, value: object) -> list[MarkedBytes]:
        """Send any JSON value; it is the JSON body of a reply that has no block."""
        self._body_by_hand = value
        return self._framed([self._dialect.event(value)]) if self._streamed else []

    def piece(self, kind: BlockKind, text: str) -> list[MarkedBytes]:
        """Send one piece of text, reasoning or a refusal."""
        if not self._has_place_for(kind):
            return self._left_out(kind)
        return self._framed(self._piece(kind, text))

    def tool_call(
        self, name: str, call_id: str | None, pieces: Sequence[str]
    ) -> Iterator[list[MarkedBytes]]:
        """Send a tool call, and yield the bytes of each piece of its arguments."""
        if not self._has_place_for(BlockKind.TOOL_CALL):
            yield from (self._left_out(BlockKind.TOOL_CALL) for _ in pieces)
            return
        records = [*self._preamble(), *self._close()]
        block = self._new_block(BlockKind.TOOL_CALL)
        block.name, block.call_id = name, call_id or self._call_id(block.number)
        records += self._words.open(block)
        for number, piece in enumerate(pieces, start=1):
            records += self._worded(block, piece)
            if number == len(pieces):
                records += self._close()
            framed = self._framed(records)
            is_unmarked = self._streamed and block.marked and not any(one.marks for one in framed)
            if number == len(pieces) and is_unmarked:
                framed += self._left_out(BlockKind.TOOL_CALL) * number
            yield framed
            records = []

    def sources(self, sources: Sequence[Source]) -> list[MarkedBytes]:
        """Name the sources of the answer."""
        return self._framed(self._sources(sources)) if self._has_place_for("sources") else []

    def tool_result(self, output: object, call_id: str | None) -> list[MarkedBytes]:
        """Send the result of a tool call, by default of the last one."""
        if not self._has_place_for("tool_result"):
            return []
        last = self._output.last_call
        last_id = self._call_id(1) if last is None else last.call_id
        result = ToolResult(call_id or last_id, output)
        return self._framed([*self._preamble(), *self._words.tool_result(result)])

    def error(self, error: ProviderError) -> list[MarkedBytes]:
        """Report an error: in the stream, or in place of the reply if nothing was sent before."""
        if self._streamed and self._anything_sent:
            return self._framed(self._dialect.error(error))
        self.status = error.status
        return self._one_body(self._dialect.error_body(error))

    def finish(self, finish: FinishReason | None) -> list[MarkedBytes]:
        """End a complete reply, for the given reason or the one that follows from its blocks."""
        self._output.finish = finish or self._finish or self._output.derived_finish
        if not self._streamed:
            return self.rest()
        before = self._framed([*self._preamble(), *self._close()])
        ending = self._framed(self._dialect.finish(self._output))
        if self._framing.end() and not self._body_sent:
            ending.append(MarkedBytes(self._framing.end(), ends_record=False))
        return [*before, *self._with_marks_of_end(ending)]

    def rest(self) -> list[MarkedBytes]:
        """Return the JSON body if it was not sent yet; nothing for a stream."""
        if self._streamed:
            return []
        if self._body_by_hand is not None and not self._output.blocks:
            return self._one_body(self._body_by_hand)
        return self._one_body(self._dialect.body(self._output))

    def _with_marks_of_end(self, ending: list[MarkedBytes]) -> list[MarkedBytes]:
        """Mark where the end of a stream begins, and where its last record does."""
        if self._marking and ending:
            for index, key in ((0, "before_finish"), (-1, "before_terminator")):
                marked = ending[index]
                ending[index] = marked._replace(marks=(*marked.marks, Mark(key, 0)))
        return ending

    def _left_out(self, kind: BlockKind) -> list[MarkedBytes]:
        """Return only the marks of a piece that the dialect leaves out."""
        if not self._marking:
            return []
        marks = marks_of_piece(kind)
        if not self._streamed and self._output.blocks:
            self._output.blocks[-1].marked.append(written(marks))
            return []
        return [MarkedBytes(b"", marks)] if not self._body_sent else []

    def _call_id(self, number: int) -> str:
        """Return the ID of a tool call by its number in this reply."""
        return self._dialect.call_id(self._dialect.request.earlier_calls + number)

    def _has_place_for(self, step: str) -> bool:
        return self._dialect.has_place_for(step)

    def _framed(self, records: Iterable[Record]) -> list[MarkedBytes]:
        listed = list(records)  # they are made here, and with them the blocks
        if not self._streamed or self._body_sent:
            return []
        framed = [self._marked(record) for record in listed]
        self._anything_sent = self._anything_sent or bool(framed)
        return framed

    def _marked(self, record: Record) -> MarkedBytes:
        """Return the bytes of a record; a place after a piece is after its whole record."""
        if not self._marking:
            return MarkedBytes(self._framing.record(record))
        framed = self._framing.marked(record)
        size = len(framed.data)
        inside = (mark for mark in framed.marks if not mark.key.startswith("after_"))
        after = (Mark(key, size) for key, _ in framed.marks if key.startswith("after_"))
        return framed._replace(marks=(*inside, *after))

    def _one_body(self, value: object) -> list[MarkedBytes]:
        if self._body_sent:
            return []
        self._body_sent = True
        data = write_json(value, compact=True).encode()
        if not self._marking:
            return [MarkedBytes(data)]
        body = taken_out(data)
        end = len(body.data) - 1
        finish = body.marks[-1].offset if body.marks else end
        marks = (*body.marks, Mark("before_finish", finish), Mark("before_terminator", end))
        return [body._replace(marks=marks)]

    def _preamble(self) -> Iterator[Record]:
        if not self._preamble_sent:
            self._preamble_sent = True
            yield from self._words.begin(self._output)

    def _piece(self, kind: BlockKind, text: str) -> Iterator[Record]:
        block = yield from self._block_of(kind)
        yield from self._worded(block, text)

    def _worded(self, block: Block, text: str) -> list[Record]:
        """Return the records of one piece of a block; keep its marks if it has none yet."""
        block.pieces.append(text)
        if not self._marking:
            return list(self._words.piece(block, text))
        marked = marked_text(block.kind, text)
        records = list(self._words.piece(block, marked))
        if not (records and self._streamed):
            block.marked.append(marked)
        return records

    def _sources(self, sources: Sequence[Source]) -> Iterator[Record]:
        self._output.sources += sources
        if self._dialect.sources_in_text:
            block = yield from self._block_of(BlockKind.TEXT)
            block.sources += sources
            yield from self._words.sources_in(block, sources)
        else:
            yield from self._preamble()
            yield from self._words.sources(sources)

    def _block_of(self, kind: BlockKind) -> Generator[Record, None, Block]:
        """Return the open block if it is of this kind, otherwise a new one."""
        yield from self._preamble()
        block = self._open
        if block is None or block.kind is not kind:
            yield from self._close()
            block = self._new_block(kind)
            yield from self._words.open(block)
        return block

    def _new_block(self, kind: BlockKind) -> Block:
        self._open = self._output.add(kind)
        return self._open

    def _close(self) -> Iterator[Record]:
        block, self._open = self._open, None
        if block is not None:
            yield from self._words.close(block)
