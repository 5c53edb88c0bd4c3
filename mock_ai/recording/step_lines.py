"""Write steps as lines of YAML.

Texts are in double quotes, because there JSON and YAML have the same escapes.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from typing import Any, Final

from streamproof.contracts.json_text import write_json
from streamproof.mock_ai.scenario.step_types import (
    ChunkStep,
    CommentStep,
    ContentStep,
    EndStep,
    ErrorStep,
    EventStep,
    PerToken,
    RawStep,
    SourcesStep,
    Step,
    ToolCallStep,
    ToolResultStep,
    WaitStep,
)

LINE_WIDTH: Final = 100

# Characters that YAML forbids, that YAML reads as a line end, or that editors do not show.
_ESCAPED: Final = re.compile(
    "[^\t\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)


def step_lines(step: Step) -> list[str]:
    """Return the lines of one step, as an item of a list."""
    first, *more = _WRITERS[type(step)](step)
    return [f"- {first}", *(f"    {line}" for line in more)]


def quoted(text: str) -> str:
    """Write a text in double quotes so that YAML reads the same text."""
    return on_one_line(json.dumps(text, ensure_ascii=False))


def on_one_line(text: str) -> str:
    """Escape line ends and characters that YAML forbids or editors do not show."""
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04X}", text)


def number(value: float) -> str:
    """Write a number of milliseconds with at most one decimal."""
    return f"{value:.1f}".removesuffix(".0")


def flow(values: Iterable[str]) -> str:
    """Write texts as a list on one line."""
    return f"[{', '.join(quoted(value) for value in values)}]"


def mapping(values: Mapping[str, object]) -> str:
    """Write keys and their JSON values on one line; leave out keys whose value is None."""
    pairs = (f"{key}: {_json(value)}" for key, value in values.items() if value is not None)
    return f"{{{', '.join(pairs)}}}"


def _json(value: object) -> str:
    return on_one_line(write_json(value))


def _content(step: ContentStep) -> list[str]:
    if len(step.texts) == 1:
        return [f"{step.kind}: {quoted(step.texts[0])}"]
    line = f"{step.kind}: {flow(step.texts)}"
    if len(line) <= LINE_WIDTH:
        return [line]
    return [f"{step.kind}:", *(f"- {quoted(text)}" for text in step.texts)]


def _tool_call(step: ToolCallStep) -> list[str]:
    given: object = step.arguments
    if isinstance(step.arguments, tuple):
        given = [one if isinstance(one, str) else {"wait_ms": one.ms} for one in step.arguments]
    per = "token" if isinstance(step.cut, PerToken) else None
    values = {"name": step.name, "arguments": given, "id": step.id, "per": per}
    return [f"tool_call: {mapping(values)}"]


def _sources(step: SourcesStep) -> list[str]:
    items = [
        mapping({"id": source.id, "title": source.title, "content": source.content})
        for source in step.sources
    ]
    return ["sources:", *(f"- {item}" for item in items)] if items else ["sources: []"]


def _event(step: EventStep) -> list[str]:
    values = {"event": step.event, "data": step.data, "id": step.id, "retry": step.retry_ms}
    return [f"event: {mapping(values)}"]


def _raw(step: RawStep) -> list[str]:
    try:
        return [f"raw: {quoted(step.data.decode())}"]
    except UnicodeDecodeError:
        return [f"raw_base64: {base64.b64encode(step.data).decode()}"]


_WRITERS: Final[Mapping[type, Callable[[Any], list[str]]]] = {
    ContentStep: _content,
    SourcesStep: _sources,
    ToolCallStep: _tool_call,
    ToolResultStep: lambda step: [f"tool_result: {mapping(asdict(step))}"],
    ErrorStep: lambda step: [f"error: {mapping(asdict(step))}"],
    EndStep: lambda step: [f"end: {{finish: {step.finish}}}" if step.finish else "end"],
    EventStep: _event,
    CommentStep: lambda step: [f"comment: {quoted(step.text)}"],
    RawStep: _raw,
    WaitStep: lambda step: [f"wait_ms: {number(step.ms)}"],
    ChunkStep: lambda step: ["chunk:", *(line for s in step.steps for line in step_lines(s))],
}
