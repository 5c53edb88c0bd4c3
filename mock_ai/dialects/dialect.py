"""What a dialect is: which requests are in it, and how it words each part of a reply.

`Rendering` calls the methods in this order: `begin`, then for each block `open`, `piece` and
`close`, then `finish`. `sources`, `tool_result` and `error` can come between any of them. For one
JSON body it uses only `body`.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Final, TypeAlias

from streamproof.contracts.json_text import write_json
from streamproof.mock_ai.dialects.framing import Record, RecordFraming, ServerSentEvents
from streamproof.mock_ai.dialects.provider_errors import ERROR_BODIES, text_error
from streamproof.mock_ai.dialects.tokens import tokens_of

if TYPE_CHECKING:
    from streamproof.contracts.messages import Source
    from streamproof.mock_ai.dialects.facts import Facts
    from streamproof.mock_ai.dialects.output import Block, Output, ProviderError, ToolResult

Records: TypeAlias = Iterable[Record]

SAMPLE_MODEL: Final = "any-model"


@dataclass(slots=True)  # not frozen: creating a frozen one takes three times as long
class ClientCall:
    """The parts of a request that decide its dialect and what the client wants of it."""

    path: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, object] = field(default_factory=dict)
    question: str = ""
    tool_results: int = 0
    """How many results of tools the request has."""


@dataclass(frozen=True, slots=True)
class DialectRequest:
    """What a client wants of a dialect; equal requests get equal bytes.

    Values that do not change the bytes have their defaults, so that requests share their replies.
    """

    dialect: str = "chat"
    streamed: bool = True
    model: str = SAMPLE_MODEL
    usage: bool = False
    """Whether the reply has numbers of tokens."""
    input_tokens: int = 0
    variant: str = ""
    """Which of several forms the dialect has, in its own words."""
    ids: tuple[str, ...] = ()
    """The IDs of the request that the reply repeats."""
    earlier_calls: int = 0
    """How many tool calls came before: the IDs of new ones continue after them."""
    schema: str | None = None
    """The JSON Schema for the answer: empty if the request has none, None if it is not known."""


class Dialect(ABC):
    """Words one reply to one request."""

    name: ClassVar[str]
    path_ends: ClassVar[tuple[str, ...]] = ()
    """The ends of the paths that its clients post to."""
    path_with_model: ClassVar[re.Pattern[str] | None] = None
    """The paths of its clients that name the model, which is the group of the pattern."""
    agent: ClassVar[str] = ""
    """What the `User-Agent` of its clients contains, if other dialects have the same paths."""
    no_place_for: ClassVar[frozenset[str]] = frozenset({"tool_result"})
    """The steps that it cannot express; it leaves them out."""
    stateless: ClassVar[bool] = False
    """Whether equal steps have equal bytes, wherever they are in a reply."""
    has_body: ClassVar[bool] = True
    """Whether a reply can be one JSON body; otherwise every reply is streamed."""
    headers: ClassVar[Mapping[str, str]] = {}
    """More headers of a streamed reply."""
    provider: ClassVar[str] = ""
    """Whose words and headers an error has, by its name in `refuse: {like: NAME}`.

    Without a provider an error has the words of the mock, because a frontend shows any body.
    """
    names_events: ClassVar[bool] = False
    """Whether the name of an event is the `type` in its data."""
    sources_in_text: ClassVar[bool] = False
    """Whether each source belongs to a block of text."""
    schema_places: ClassVar[tuple[str, ...]] = ()
    """Where a request has the JSON Schema for its answer, by JSON paths; the first one counts."""

    def __init__(self, request: DialectRequest) -> None:
        self.request = request

    # Which requests are in this dialect, and what they want.

    @classmethod
    def fits_path(cls, path: str) -> bool:
        """Tell whether requests to a path are in this dialect, whatever their bodies have."""
        names_model = cls.path_with_model and cls.path_with_model.search(path)
        return path.endswith(cls.path_ends) or bool(names_model)

    @classmethod
    def fits_body(cls, _fields: Mapping[str, object], /) -> bool:
        """Tell whether a body is in this dialect, whatever its path."""
        return False

    @classmethod
    def fits(cls, call: ClientCall) -> bool:
        """Tell whether a request is in this dialect."""
        return cls.fits_path(call.path) or cls.fits_body(call.fields)

    @classmethod
    def is_named_by(cls, agent: str) -> bool:
        """Tell whether a `User-Agent` says that its client speaks this dialect."""
        return bool(cls.agent) and cls.agent in agent.lower()

    @classmethod
    def asks_for_stream(cls, call: ClientCall) -> bool:
        """Tell whether a request in this dialect asks for a stream."""
        return call.fields.get("stream") in (True, "true")  # a query has only texts

    @classmethod
    def streams(cls, call: ClientCall) -> bool:
        """Tell whether the reply is a stream.

        A request that is not in this dialect gets a stream unless it has `stream: false`.
        """
        if not cls.has_body:
            return True
        return (
            cls.asks_for_stream(call)
            if cls.fits(call)
            else call.fields.get("stream") not in (False, "false")
        )

    @classmethod
    def model_of(cls, call: ClientCall) -> str:
        """Return the model that the path or the body names."""
        if cls.path_with_model and (found := cls.path_with_model.search(call.path)):
            return found[1]
        model = call.fields.get("model")
        return model if isinstance(model, str) and model else SAMPLE_MODEL

    @classmethod
    def has_usage(cls, _call: ClientCall, /) -> bool:
        """Tell whether the reply has numbers of tokens."""
        return True

    @classmethod
    def variant_of(cls, _call: ClientCall, /) -> str:
        """Return which of its forms the request wants."""
        return ""

    @classmethod
    def ids_of(cls, _call: ClientCall, /) -> tuple[str, ...]:
        """Return the IDs of the request that the reply repeats."""
        return ()

    @classmethod
    def request_of(cls, call: ClientCall) -> DialectRequest:
        """Return what the client wants."""
        usage = cls.has_usage(call)
        return DialectRequest(
            cls.name,
            cls.streams(call),
            cls.model_of(call),
            usage,
            len(tokens_of(call.question)) if usage else 0,
            cls.variant_of(call),
            cls.ids_of(call),
            call.tool_results,
        )

    @classmethod
    def error_body(cls, error: ProviderError) -> dict[str, object]:
        """Return the body of an error in the words of the provider."""
        return ERROR_BODIES.get(cls.provider, text_error)(error)

    def call_id(self, number: int) -> str:
        """Return the ID of a tool call, by its number from 1."""
        return f"call_{number}"

    def has_place_for(self, step: str) -> bool:
        """Tell whether the reply can have what a step sends."""
        return step not in self.no_place_for

    # The words of a streamed reply.

    def framing(self) -> RecordFraming:
        """Return how the records become bytes."""
        return ServerSentEvents()

    def begin(self, _output: Output, /) -> Records:
        """Return what comes before the first block."""
        return ()

    def open(self, _block: Block, /) -> Records:
        """Return what begins a block."""
        return ()

    @abstractmethod
    def piece(self, block: Block, text: str) -> Records:
        """Return what sends one piece of a block."""

    def close(self, _block: Block, /) -> Records:
        """Return what ends a block."""
        return ()

    def sources(self, _sources: Sequence[Source], /) -> Records:
        """Return what names sources."""
        return ()

    def sources_in(self, _block: Block, _sources: Sequence[Source], /) -> Records:
        """Return what names the sources of a block of text, if `sources_in_text` is set."""
        return ()

    def tool_result(self, _result: ToolResult, /) -> Records:
        """Return what sends the result of a tool."""
        return ()

    def error(self, error: ProviderError) -> Records:
        """Return what reports an error in the stream."""
        return [self.event(self.error_body(error))]

    @abstractmethod
    def finish(self, output: Output) -> Records:
        """Return what ends a complete reply."""

    def event(self, value: object) -> Record:
        """Return a record with any JSON value."""
        kind = value.get("type") if self.names_events and isinstance(value, Mapping) else None
        return Record(write_json(value, compact=True), kind if isinstance(kind, str) else None)

    # The reply as one JSON body.

    def body(self, _output: Output, /) -> object:
        """Return the reply to a request that wants no stream, as a JSON value."""
        raise NotImplementedError(f"every reply in the dialect {self.name} is streamed")

    # A reply that was recorded.

    @classmethod
    @abstractmethod
    def read(cls, value: object) -> Facts:
        """Return what a record or the JSON body says; nothing if it says nothing by itself."""


class NoWords(Dialect):
    """The words of a reply before its only JSON body."""

    def piece(self, _block: Block, _text: str) -> Records:
        """Return nothing."""
        return ()

    def finish(self, _output: Output) -> Records:
        """Return nothing."""
        return ()

    @classmethod
    def read(cls, _value: object) -> Facts:
        """Return nothing."""
        return ()
