"""The mock AI service: it plays scenarios over real sockets, byte for byte.

The names in `__all__` are public; other names may change at any time. A name is imported when it is
used first, so importing this package loads no server.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from streamproof.mock_ai.clock import Clock, LoopClock
    from streamproof.mock_ai.embedded import MockAI, MockRun, ScenarioSource
    from streamproof.mock_ai.errors import (
        CannotServeTls,
        CannotSteer,
        MockError,
        NoSuchScenario,
        ScenarioErrors,
    )
    from streamproof.mock_ai.http1.writer import ScheduledWrite
    from streamproof.mock_ai.journal.deliveries import Delivery
    from streamproof.mock_ai.journal.journal import (
        Journal,
        JournalEntry,
        ReplyEnding,
        SentWrite,
    )
    from streamproof.mock_ai.journal.timeline import PlannedHold, ReplyTimeline
    from streamproof.mock_ai.library.loading import load_scenario
    from streamproof.mock_ai.playing.live import LiveStream, StreamState
    from streamproof.mock_ai.request.context import RequestContext
    from streamproof.mock_ai.request.question import Question
    from streamproof.mock_ai.request.received import ReceivedRequest
    from streamproof.mock_ai.scenario.model import Scenario
    from streamproof.mock_ai.threaded import (
        AwaitedRun,
        ThreadedMock,
        ThreadedRun,
        ThreadedStream,
    )
    from streamproof.mock_ai.tls import Tls, TlsFault

__all__ = [
    "AwaitedRun",
    "CannotServeTls",
    "CannotSteer",
    "Clock",
    "Delivery",
    "Journal",
    "JournalEntry",
    "LiveStream",
    "LoopClock",
    "MockAI",
    "MockError",
    "MockRun",
    "NoSuchScenario",
    "PlannedHold",
    "Question",
    "ReceivedRequest",
    "ReplyEnding",
    "ReplyTimeline",
    "RequestContext",
    "Scenario",
    "ScenarioErrors",
    "ScenarioSource",
    "ScheduledWrite",
    "SentWrite",
    "StreamState",
    "ThreadedMock",
    "ThreadedRun",
    "ThreadedStream",
    "Tls",
    "TlsFault",
    "load_scenario",
]

_NAMES_OF_MODULES: Final = {
    "clock": "Clock LoopClock",
    "embedded": "MockAI MockRun ScenarioSource",
    "errors": "CannotServeTls CannotSteer MockError NoSuchScenario ScenarioErrors",
    "http1.writer": "ScheduledWrite",
    "journal.deliveries": "Delivery",
    "journal.journal": "Journal JournalEntry ReplyEnding SentWrite",
    "journal.timeline": "PlannedHold ReplyTimeline",
    "library.loading": "load_scenario",
    "playing.live": "LiveStream StreamState",
    "request.context": "RequestContext",
    "request.question": "Question",
    "request.received": "ReceivedRequest",
    "scenario.model": "Scenario",
    "threaded": "AwaitedRun ThreadedMock ThreadedRun ThreadedStream",
    "tls": "Tls TlsFault",
}
_MODULE_OF: Final = {
    name: module for module, names in _NAMES_OF_MODULES.items() for name in names.split()
}


def __getattr__(name: str) -> object:
    """Import a public name when it is used first."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
