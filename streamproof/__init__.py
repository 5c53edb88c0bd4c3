"""Mock AI service, reference relay and contract tests for chat backends that stream over SSE.

`__all__` is the public API: other names may change at any time. A name is imported when it is used
first, so `import streamproof` alone loads no server and no schema.

PYTEST_DONT_REWRITE: pytest warns of a plugin's package that a program imports before it, but this
module has no assertion to rewrite.
"""

from __future__ import annotations

TYPE_CHECKING = False  # type checkers know the name; importing `typing` costs more than all else
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
    from streamproof.harness import (
        StreamReading,
        assert_contract,
        read_stream,
        read_stream_async,
    )
    from streamproof.mock_ai import (
        AwaitedRun,
        CannotServeTls,
        CannotSteer,
        Clock,
        Delivery,
        Journal,
        JournalEntry,
        LiveStream,
        LoopClock,
        MockAI,
        MockError,
        MockRun,
        NoSuchScenario,
        PlannedHold,
        Question,
        ReceivedRequest,
        ReplyEnding,
        ReplyTimeline,
        RequestContext,
        Scenario,
        ScenarioErrors,
        ScenarioSource,
        ScheduledWrite,
        SentWrite,
        StreamState,
        ThreadedMock,
        ThreadedRun,
        ThreadedStream,
        Tls,
        TlsFault,
        load_scenario,
    )

    __version__: str

__all__ = [
    "AwaitedRun",
    "CannotEncode",
    "CannotServeTls",
    "CannotSteer",
    "Checker",
    "Clock",
    "Content",
    "ContractsError",
    "Decoder",
    "DecoderClosed",
    "Delivery",
    "End",
    "Ending",
    "Event",
    "EventTooLarge",
    "FrameKind",
    "Journal",
    "JournalEntry",
    "LineTooLarge",
    "LiveStream",
    "LoopClock",
    "MockAI",
    "MockError",
    "MockRun",
    "NoSuchScenario",
    "NotJson",
    "Other",
    "PatternError",
    "PlannedHold",
    "Question",
    "RawText",
    "ReceivedRequest",
    "ReplyEnding",
    "ReplyTimeline",
    "Report",
    "RequestContext",
    "Scenario",
    "ScenarioErrors",
    "ScenarioSource",
    "ScheduledWrite",
    "SentWrite",
    "Severity",
    "Source",
    "SourceError",
    "SourceErrors",
    "SourceWarning",
    "Sources",
    "SseError",
    "StreamContract",
    "StreamReading",
    "StreamState",
    "StreamproofError",
    "ThreadedMock",
    "ThreadedRun",
    "ThreadedStream",
    "TimedEvent",
    "Tls",
    "TlsFault",
    "Transcript",
    "Verdict",
    "Violation",
    "__version__",
    "assert_contract",
    "builtin_contract",
    "check",
    "encode",
    "encode_comment",
    "frame_kind",
    "load_contract",
    "load_scenario",
    "read_message",
    "read_stream",
    "read_stream_async",
    "write_message",
]

_HOMES: Final = ("contracts", "mock_ai", "harness", "errors")
"""The modules that have the public names, each with an `__all__` of its own."""


def __getattr__(name: str) -> object:
    """Import a public name when it is used first."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name == "__version__":
        from importlib.metadata import version

        value: object = version("streamproof")
    else:
        value = getattr(_home_of(name), name)
    globals()[name] = value
    return value


def _home_of(name: str) -> object:
    from importlib import import_module

    homes = (import_module(f"{__name__}.{home}") for home in _HOMES)
    return next(home for home in homes if name in home.__all__)


def __dir__() -> list[str]:
    """List the public names, also those that are not imported yet."""
    return sorted({*globals(), *__all__})
