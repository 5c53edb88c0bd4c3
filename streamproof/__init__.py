"""Mock AI service, reference relay and contract tests for chat backends that stream over SSE.

`__all__` is the public API: what it does not list may change in any version. Names are imported
when they are first used, so `import streamproof` alone loads no server and no schema.
"""

from __future__ import annotations

TYPE_CHECKING = (
    False  # type checkers know this name; importing `typing` would cost more than all else
)
if TYPE_CHECKING:
    from typing import Final

    from streamproof.contracts import (
        CannotEncode,
        Checker,
        Content,
        ContractsError,
        Decoder,
        DecoderClosed,
        End,
        Ending,
        Event,
        EventTooLarge,
        FrameKind,
        LineTooLarge,
        NotJson,
        Other,
        PatternError,
        RawText,
        Report,
        Severity,
        Source,
        SourceError,
        SourceErrors,
        Sources,
        SourceWarning,
        SseError,
        StreamContract,
        TimedEvent,
        Transcript,
        Verdict,
        Violation,
        builtin_contract,
        check,
        encode,
        encode_comment,
        frame_kind,
        load_contract,
        read_message,
        write_message,
    )
    from streamproof.errors import StreamproofError
    from streamproof.mock_ai.embedded import MockAI, MockRun
    from streamproof.mock_ai.errors import CannotSteer, MockError, NoSuchScenario, ScenarioErrors
    from streamproof.mock_ai.journal.journal import JournalEntry
    from streamproof.mock_ai.library.loading import load_scenario
    from streamproof.mock_ai.playing.live import LiveStream, StreamState
    from streamproof.mock_ai.scenario.model import Scenario
    from streamproof.mock_ai.threaded import ThreadedMock, ThreadedRun, ThreadedStream

    __version__: str

__all__ = [
    "CannotEncode",
    "CannotSteer",
    "Checker",
    "Content",
    "ContractsError",
    "Decoder",
    "DecoderClosed",
    "End",
    "Ending",
    "Event",
    "EventTooLarge",
    "FrameKind",
    "JournalEntry",
    "LineTooLarge",
    "LiveStream",
    "MockAI",
    "MockError",
    "MockRun",
    "NoSuchScenario",
    "NotJson",
    "Other",
    "PatternError",
    "RawText",
    "Report",
    "Scenario",
    "ScenarioErrors",
    "Severity",
    "Source",
    "SourceError",
    "SourceErrors",
    "SourceWarning",
    "Sources",
    "SseError",
    "StreamContract",
    "StreamState",
    "StreamproofError",
    "ThreadedMock",
    "ThreadedRun",
    "ThreadedStream",
    "TimedEvent",
    "Transcript",
    "Verdict",
    "Violation",
    "__version__",
    "builtin_contract",
    "check",
    "encode",
    "encode_comment",
    "frame_kind",
    "load_contract",
    "load_scenario",
    "read_message",
    "write_message",
]

_NAMES_OF: Final = {
    "contracts": (
        "CannotEncode Checker Content ContractsError Decoder DecoderClosed End Ending Event "
        "EventTooLarge FrameKind LineTooLarge NotJson Other PatternError RawText Report Severity "
        "Source SourceError SourceErrors SourceWarning Sources SseError StreamContract TimedEvent "
        "Transcript Verdict Violation builtin_contract check encode encode_comment frame_kind "
        "load_contract read_message write_message"
    ),
    "errors": "StreamproofError",
    "mock_ai.embedded": "MockAI MockRun",
    "mock_ai.errors": "CannotSteer MockError NoSuchScenario ScenarioErrors",
    "mock_ai.journal.journal": "JournalEntry",
    "mock_ai.library.loading": "load_scenario",
    "mock_ai.playing.live": "LiveStream StreamState",
    "mock_ai.scenario.model": "Scenario",
    "mock_ai.threaded": "ThreadedMock ThreadedRun ThreadedStream",
}
"""The modules, and the public names that each of them has."""

_MODULE_OF: Final = {name: module for module, names in _NAMES_OF.items() for name in names.split()}


def __getattr__(name: str) -> object:
    """Import a public name when it is first used, and keep it."""
    value: object
    if name == "__version__":
        from importlib.metadata import version

        value = version("streamproof")
    elif name in _MODULE_OF:
        from importlib import import_module

        value = getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, also those that are not imported yet."""
    return sorted({*globals(), *__all__})
