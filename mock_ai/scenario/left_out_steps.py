"""Warns of the steps that the dialect of a scenario cannot express, and so leaves out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Final

from streamproof.mock_ai.dialects import dialect_named
from streamproof.mock_ai.scenario.step_types import (
    ChunkStep,
    ContentStep,
    FakeSourcesStep,
    IncludeStep,
    JsonContentStep,
    RepeatStep,
    SourcesStep,
    ToolCallStep,
    ToolResultStep,
)

if TYPE_CHECKING:
    from streamproof.contracts.source.path import DocumentPath
    from streamproof.mock_ai.scenario.diagnostics import Diagnostics
    from streamproof.mock_ai.scenario.model import Reply
    from streamproof.mock_ai.scenario.step_types import Step

_ADVICE: Final = "remove the step, or remove dialect: so that the request decides"

_NAMES: Final[Mapping[type, str]] = {
    ToolCallStep: "tool_call",
    ToolResultStep: "tool_result",
    SourcesStep: "sources",
    FakeSourcesStep: "sources",
}


def warn_of_left_out_steps(diagnostics: Diagnostics, reply: Reply) -> None:
    """Warn of each step that the dialect of a reply leaves out."""
    if reply.dialect is None:
        return
    dialect = dialect_named(reply.dialect)
    for path, name in _named_steps(reply.steps, (*reply.at, "steps")):
        if name in dialect.no_place_for:
            message = f"the dialect {dialect.name} has no place for it, and leaves it out"
            diagnostics.warning((*path, name), message, code="no-place", help=_ADVICE)


def _named_steps(steps: Iterable[Step], at: DocumentPath) -> Iterator[tuple[DocumentPath, str]]:
    """Yield the path of each step that a dialect may leave out, and its name."""
    for index, step in enumerate(steps):
        match step:
            case RepeatStep():
                yield from _named_steps(step.steps, (*at, index, "repeat", "steps"))
            case IncludeStep():
                yield from _named_steps(step.steps, (*at, index, "include"))
            case ChunkStep():
                yield from _named_steps(step.steps, (*at, index, "chunk"))
            case ContentStep() | JsonContentStep():
                yield (*at, index), step.kind
            case _ if type(step) in _NAMES:
                yield (*at, index), _NAMES[type(step)]
