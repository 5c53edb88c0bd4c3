"""The output of a reply, in the terms that all dialects share: blocks, usage, and why it finished.

Consecutive pieces of one kind are one block. Each tool call is a block of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from streamproof.contracts.errors import NotJson
from streamproof.contracts.json_text import strict_json
from streamproof.mock_ai.dialects.marking import marked_value
from streamproof.mock_ai.dialects.tokens import count_tokens

if TYPE_CHECKING:
    from streamproof.contracts.messages import Source


class BlockKind(StrEnum):
    """What a block contains; the value is the name of the step that sends it."""

    TEXT = "content"
    REASONING = "reasoning"
    REFUSAL = "refusal"
    TOOL_CALL = "tool_call"


class FinishReason(StrEnum):
    """Why a reply finished; the value is the word of a scenario file."""

    STOP = "stop"
    LENGTH = "length"
    TOOLS = "tools"
    REFUSAL = "refusal"
    FILTER = "filter"
    ERROR = "error"


@dataclass(slots=True)
class Block:
    """One block; a tool call has a `name` and a `call_id`, and its pieces are its arguments."""

    kind: BlockKind
    index: int
    """Its number among all blocks, from 0."""
    number: int
    """Its number among the blocks of its kind, from 1."""
    name: str = ""
    call_id: str = ""
    pieces: list[str] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    """The sources that belong to this block, in dialects that give each source a block."""
    marked: list[str] = field(default_factory=list)
    """The pieces with marks, if they are sent together and faults need their places."""

    @property
    def text(self) -> str:
        """All pieces together."""
        return "".join(self.marked) if self.marked and self._plain else self._plain

    @property
    def has_json_arguments(self) -> bool:
        """Whether the arguments of a tool call are JSON."""
        try:
            strict_json(self._plain)
        except NotJson:
            return False
        return True

    @property
    def arguments(self) -> object:
        """The arguments of a tool call as a JSON value; their text if they are not JSON."""
        try:
            value = strict_json(self._plain)
        except NotJson:
            return self.text
        return marked_value(value, len(self.pieces)) if self.marked else value

    @property
    def _plain(self) -> str:
        return "".join(self.pieces)


@dataclass(frozen=True, slots=True)
class ToolResult:
    """The result of a tool call."""

    call_id: str
    output: object


@dataclass(frozen=True, slots=True)
class ProviderError:
    """An error that the AI service reports; None stands for its usual message."""

    status: int
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """Numbers of tokens: `reasoning` is a part of `output`, and `cached` is a part of `input`."""

    input: int = 0
    output: int = 0
    reasoning: int = 0
    cached: int = 0

    @property
    def total(self) -> int:
        """All tokens."""
        return self.input + self.output


PARTS_OF_USAGE: Final[Mapping[str, str]] = {"reasoning": "output", "cached": "input"}
"""Which number is a part of which."""


@dataclass(slots=True)
class Output:
    """What a reply has sent so far."""

    input_tokens: int = 0
    given_usage: Mapping[str, int] = field(default_factory=dict)
    """Numbers by their names in `Usage`, in place of the counted ones."""
    blocks: list[Block] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    finish: FinishReason | None = None
    last_call: Block | None = None
    """The last tool call."""
    _counts: Counter[BlockKind] = field(default_factory=Counter)

    def add(self, kind: BlockKind) -> Block:
        """Begin a block."""
        self._counts[kind] += 1
        block = Block(kind, len(self.blocks), self._counts[kind])
        self.blocks.append(block)
        if kind is BlockKind.TOOL_CALL:
            self.last_call = block
        return block

    def count(self, *kinds: BlockKind) -> int:
        """Return how many blocks of some kinds there are."""
        return sum(self._counts[kind] for kind in kinds)

    def of_kind(self, *kinds: BlockKind) -> list[Block]:
        """Return the blocks of some kinds."""
        return [block for block in self.blocks if block.kind in kinds]

    def text(self, *kinds: BlockKind) -> str:
        """Return the text of all blocks of some kinds."""
        return "".join(block.text for block in self.of_kind(*kinds))

    @property
    def usage(self) -> Usage:
        """The tokens, counted unless they are given."""
        counted = {
            "input": self.input_tokens,
            "output": _tokens_in(self.blocks),
            "reasoning": _tokens_in(self.of_kind(BlockKind.REASONING)),
        }
        return Usage(**_consistent(counted, self.given_usage))

    @property
    def derived_finish(self) -> FinishReason:
        """The reason that follows from the blocks."""
        return derived_finish({block.kind for block in self.blocks})


def derived_finish(kinds: Set[BlockKind]) -> FinishReason:
    """Return the reason that follows from blocks of these kinds."""
    if BlockKind.TOOL_CALL in kinds:
        return FinishReason.TOOLS
    return FinishReason.REFUSAL if BlockKind.REFUSAL in kinds else FinishReason.STOP


def _consistent(counted: Mapping[str, int], given: Mapping[str, int]) -> dict[str, int]:
    """Return the given numbers, and for each missing one the counted one that fits them.

    A whole is at least as large as its part.
    """
    numbers = {"cached": 0, **counted, **given}
    for part, whole in PARTS_OF_USAGE.items():
        if whole in given:
            numbers[part] = min(numbers[part], numbers[whole])
        else:
            numbers[whole] = max(numbers[whole], numbers[part])
    return numbers


def _tokens_in(blocks: list[Block]) -> int:
    return sum(count_tokens(piece) for block in blocks for piece in block.pieces)
