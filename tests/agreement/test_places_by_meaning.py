"""A place by meaning is the same in every dialect: what a client decodes is what the fault left.

The readers are those of the official clients, so nothing here depends on how the mock reads.
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections import defaultdict
from dataclasses import dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from streamproof.mock_ai.dialects import CATALOGUE
from streamproof.mock_ai.faults import read_fault
from streamproof.mock_ai.library.loading import load_scenario
from streamproof.mock_ai.planning.dialect_of_reply import sample_request
from streamproof.mock_ai.planning.plan import plan, planned_body
from tests.agreement.clients.client_library import client_library

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

_REASON: Final = "{} is not installed; it is in the extra dev"
for _client in ("anthropic", "openai"):
    client_library(_client, _REASON.format(_client))
jiter = client_library("jiter", _REASON.format("openai, which needs jiter,"))

EXAMPLES: Final = settings(max_examples=12)


class Piece(NamedTuple):
    """One piece of a reply: its step, and its text."""

    step: str
    text: str


Path = tuple[str | int, ...]
_CHOICE: Final = ("choices", 0, "delta")
_MESSAGE: Final = ("delta", "message")

# Where an event has a piece of each step; with a type, only in events of this type.
STREAMED: Final[Mapping[str, Mapping[str, tuple[str, Path]]]] = {
    "chat": {"content": ("content", ("content",))},
    "openai-chat": {
        "content": ("", (*_CHOICE, "content")),
        "reasoning": ("", (*_CHOICE, "reasoning_content")),
        "arguments": ("", (*_CHOICE, "tool_calls", 0, "function", "arguments")),
    },
    "mistral": {
        "content": ("", (*_CHOICE, "content")),
        "reasoning": ("", (*_CHOICE, "content", 0, "thinking", 0, "text")),
        "arguments": ("", (*_CHOICE, "tool_calls", 0, "function", "arguments")),
    },
    "openai-responses": {
        "content": ("response.output_text.delta", ("delta",)),
        "reasoning": ("response.reasoning_summary_text.delta", ("delta",)),
        "arguments": ("response.function_call_arguments.delta", ("delta",)),
    },
    "openai-completions": {"content": ("", ("choices", 0, "text"))},
    "anthropic": {
        "content": ("content_block_delta", ("delta", "text")),
        "reasoning": ("content_block_delta", ("delta", "thinking")),
        "arguments": ("content_block_delta", ("delta", "partial_json")),
    },
    "bedrock": {
        "content": ("contentBlockDelta", ("delta", "text")),
        "reasoning": ("contentBlockDelta", ("delta", "reasoningContent", "text")),
        "arguments": ("contentBlockDelta", ("delta", "toolUse", "input")),
    },
    "bedrock-anthropic": {
        "content": ("content_block_delta", ("delta", "text")),
        "reasoning": ("content_block_delta", ("delta", "thinking")),
        "arguments": ("content_block_delta", ("delta", "partial_json")),
    },
    "gemini": {
        "content": ("", ("candidates", 0, "content", "parts", 0, "text")),
        "arguments": ("", ("candidates", 0, "content", "parts", 0, "functionCall", "args")),
    },
    "cohere": {
        "content": ("content-delta", (*_MESSAGE, "content", "text")),
        "reasoning": ("content-delta", (*_MESSAGE, "content", "thinking")),
        "arguments": ("tool-call-delta", (*_MESSAGE, "tool_calls", "function", "arguments")),
    },
    "vercel-ui": {
        "content": ("text-delta", ("delta",)),
        "reasoning": ("reasoning-delta", ("delta",)),
        "arguments": ("tool-input-delta", ("inputTextDelta",)),
    },
    "ollama": {
        "content": ("", ("message", "content")),
        "reasoning": ("", ("message", "thinking")),
        "arguments": ("", ("message", "tool_calls", 0, "function", "arguments")),
    },
    "ag-ui": {
        "content": ("TEXT_MESSAGE_CONTENT", ("delta",)),
        "reasoning": ("REASONING_MESSAGE_CONTENT", ("delta",)),
        "arguments": ("TOOL_CALL_ARGS", ("delta",)),
    },
}
WHOLE_CALLS: Final = ("gemini", "ollama")
"""The dialects whose tool calls are whole."""

TEXTS: Final = st.lists(
    st.text('ab \n"\\{é☕\U0001f600', min_size=1, max_size=5), min_size=1, max_size=3
)
CALLS: Final = st.dictionaries(st.sampled_from("xyz"), st.text('a"é', max_size=4), max_size=2)
STEPS: Final[st.SearchStrategy[list[Mapping[str, Any]]]] = st.lists(
    st.one_of(
        st.fixed_dictionaries({"content": TEXTS}),
        st.fixed_dictionaries({"reasoning": TEXTS}),
        st.fixed_dictionaries(
            {
                "tool_call": st.fixed_dictionaries(
                    {"name": st.just("f"), "arguments": CALLS, "characters": st.integers(1, 6)}
                )
            }
        ),
    ),
    min_size=1,
    max_size=4,
)
HARMLESS: Final[st.SearchStrategy[list[Mapping[str, Any]]]] = st.lists(
    st.sampled_from(
        [
            {"split": {"up_to_bytes": 7}},
            {"join": {}},
            {"drip": {"bytes_per_second": 9000, "every_bytes": 50}},
            {"stall": {"before_terminator": True, "for_ms": 5}},
            {"stall": {"before_finish": True, "for_ms": 5}},
        ]
    ),
    max_size=2,
)
ANY_PIECE: Final = ("content", "reasoning", "arguments")
ENDINGS: Final = st.sampled_from(["cut", "reset", "half_close", "end_early", "stall"])


@dataclass(frozen=True)
class Case:
    """Steps, the faults before the last one, and the last one with its place."""

    steps: Sequence[Mapping[str, Any]]
    harmless: Sequence[Mapping[str, Any]]
    ending: str
    index: int
    """The piece of the place."""
    inside: bool

    @property
    def pieces(self) -> list[Piece]:
        """All pieces in order."""
        return [piece for step in self.steps for piece in _pieces(step)]

    @property
    def place(self) -> dict[str, int]:
        """The place as a fault names it."""
        step = self.pieces[self.index].step
        number = sum(piece.step == step for piece in self.pieces[: self.index + 1])
        return {f"{'inside' if self.inside else 'after'}_{step}": number}

    def body(self, dialect: str, *, streamed: bool = True) -> bytes:
        """Return the bytes of the reply in a dialect."""
        keys = {"name": "s", "title": "S", "steps": [*self.steps, "end"]}
        given = [*self.harmless, {self.ending: self.place}]
        faults = tuple(
            read_fault(kind, values) for fault in given for kind, values in fault.items()
        )
        reply = replace(load_scenario(json.dumps(keys)).reply, faults=faults)
        return planned_body(plan(reply, request=sample_request(dialect, {"stream": streamed})))


def _pieces(step: Mapping[str, Any]) -> Iterator[Piece]:
    [(name, value)] = step.items()
    if name != "tool_call":
        yield from (Piece(name, text) for text in value)
        return
    text = json.dumps(value["arguments"], ensure_ascii=False, separators=(",", ":"))
    size = value["characters"]
    for start in range(0, len(text), size):
        yield Piece("arguments", text[start : start + size])


@st.composite
def cases(draw: st.DrawFn, ends: Collection[str] = ANY_PIECE) -> Case:
    """Make up a reply, and where it ends: at a piece of one of these kinds."""
    steps = draw(STEPS)
    pieces = [piece for step in steps for piece in _pieces(step)]
    places = [index for index, piece in enumerate(pieces) if piece.step in ends]
    assume(places)
    index = draw(st.sampled_from(places))
    return Case(steps, draw(HARMLESS), draw(ENDINGS), index, draw(st.booleans()))


def events(dialect: str, body: bytes) -> Iterator[dict[str, Any]]:
    """Decode a stream with the reader of a client."""
    if dialect == "ollama":
        complete = (line for line in body.split(b"\n")[:-1])
        yield from map(json.loads, complete)
        return
    if dialect.startswith("bedrock"):
        yield from _events_of_frames(body)
        return
    client = "anthropic" if dialect == "anthropic" else "openai"
    decoder = import_module(f"{client}._streaming").SSEDecoder()
    for event in decoder.iter_bytes(iter([body])):
        if event.data and event.data != "[DONE]":
            yield json.loads(event.data)


def _events_of_frames(body: bytes) -> Iterator[dict[str, Any]]:
    """Decode frames with the reader of boto3; an event of Bedrock gets its name as its type."""
    for frame in frames_in(body):
        data = json.loads(frame.payload)
        name = frame.headers[":event-type"]
        yield json.loads(b64decode(data["bytes"])) if name == "chunk" else {"type": name, **data}


def frames_in(body: bytes) -> list[Any]:
    """Return the whole frames in a stream, as the reader of boto3 decodes them."""
    pytest.importorskip("botocore", reason=_REASON.format("botocore, which boto3 needs,"))
    buffer = import_module("botocore.eventstream").EventStreamBuffer()
    buffer.add_data(body)
    return list(buffer)


def found_at(value: Any, path: Path) -> Iterator[Any]:
    """Yield what is at a path; a star stands for every item of a list."""
    if not path:
        yield value
        return
    key, *rest = path
    match value:
        case dict() if key in value:
            yield from found_at(value[key], tuple(rest))
        case list() if key == "*":
            for item in value:
                yield from found_at(item, tuple(rest))
        case list() if isinstance(key, int) and key < len(value):
            yield from found_at(value[key], tuple(rest))


def decoded(dialect: str, body: bytes) -> dict[str, str]:
    """Return the text of each step that a client finds in a stream."""
    found: defaultdict[str, str] = defaultdict(str)
    for event in events(dialect, body):
        for step, (kind, path) in STREAMED[dialect].items():
            if kind in ("", event.get("type")):
                values = found_at(event, path)
                sent = (one for one in values if one is not None and not isinstance(one, list))
                found[_step(dialect, step, event)] += "".join(map(_text, sent))
    return {step: text for step, text in found.items() if text}


def _step(dialect: str, step: str, event: object) -> str:
    """Return the step of a piece: a thought of Gemini is a text with a flag."""
    thoughts = found_at(event, ("candidates", 0, "content", "parts", 0, "thought"))
    return "reasoning" if dialect == "gemini" and any(thoughts) else step


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def left(dialect: str, case: Case) -> dict[str, str]:
    """Return what the fault leaves of each step in a dialect."""
    pieces = case.pieces[: case.index + (not case.inside)]
    known = STREAMED[dialect].keys() | ({"reasoning"} if dialect == "gemini" else set())
    found: defaultdict[str, str] = defaultdict(str)
    for piece in pieces:
        if piece.step in known:
            found[piece.step] += piece.text
    if dialect in WHOLE_CALLS:
        found["arguments"] = "".join(_whole_calls(case))
    return {step: text for step, text in found.items() if text}


def _whole_calls(case: Case) -> Iterator[str]:
    """Yield the arguments of the calls that are sent: all pieces of a call are in one place."""
    seen = 0
    for step in case.steps:
        pieces = [*_pieces(step)]
        first, seen = seen, seen + len(pieces)
        if "tool_call" not in step:
            continue
        reached = case.index >= seen or (first <= case.index < seen and not case.inside)
        if reached:
            yield "".join(piece.text for piece in pieces)


@pytest.mark.parametrize("dialect", CATALOGUE)
@EXAMPLES
@given(case=cases())
def test_client_decodes_what_the_fault_left_of_a_stream(dialect: str, case: Case) -> None:
    assert decoded(dialect, case.body(dialect)) == left(dialect, case)


# Where one JSON body has the text of each step; its pieces are joined.
BODIES: Final[Mapping[str, Mapping[str, Path]]] = {
    "openai-chat": {
        "content": ("choices", 0, "message", "content"),
        "reasoning": ("choices", 0, "message", "reasoning_content"),
        "arguments": ("choices", 0, "message", "tool_calls", "*", "function", "arguments"),
    },
    "openai-responses": {
        "content": ("output", "*", "content", "*", "text"),
        "reasoning": ("output", "*", "summary", "*", "text"),
        "arguments": ("output", "*", "arguments"),
    },
    "openai-completions": {"content": ("choices", 0, "text")},
    "anthropic": {
        "content": ("content", "*", "text"),
        "reasoning": ("content", "*", "thinking"),
    },
    "bedrock": {
        "content": ("output", "message", "content", "*", "text"),
        "reasoning": (
            *("output", "message", "content", "*"),
            *("reasoningContent", "reasoningText", "text"),
        ),
    },
    "cohere": {
        "content": ("message", "content", "*", "text"),
        "reasoning": ("message", "content", "*", "thinking"),
        "arguments": ("message", "tool_calls", "*", "function", "arguments"),
    },
    "ollama": {"content": ("message", "content"), "reasoning": ("message", "thinking")},
}


@pytest.mark.parametrize("dialect", BODIES)
@EXAMPLES
@given(data=st.data())
def test_one_json_body_ends_inside_the_joined_text(dialect: str, data: st.DataObject) -> None:
    case = data.draw(cases(BODIES[dialect]))
    here = case.pieces[case.index]
    path = BODIES[dialect][here.step]
    body = case.body(dialect, streamed=False)
    read = jiter.from_json(body, partial_mode="trailing-strings")
    before = (piece.text for piece in case.pieces[: case.index] if piece.step == here.step)
    kept = here.text[: len(here.text) // 2] if case.inside else here.text
    assert "".join(filter(None, found_at(read, path))) == "".join(before) + kept
