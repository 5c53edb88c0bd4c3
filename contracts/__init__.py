"""Everything that crosses the wire: the SSE codec, the messages, the contracts and their checker.

The names in `__all__` are public; other names may change at any time. A name is imported when it is
used first, so importing this package takes almost no time.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from streamproof.contracts.checker import Checker, check
    from streamproof.contracts.contract import StreamContract, builtin_contract, load_contract
    from streamproof.contracts.errors import ContractsError, NotJson, PatternError
    from streamproof.contracts.frames import FrameKind, frame_kind
    from streamproof.contracts.messages import (
        Content,
        End,
        Other,
        RawText,
        Source,
        Sources,
        read_message,
        write_message,
    )
    from streamproof.contracts.source.errors import SourceError, SourceErrors, SourceWarning
    from streamproof.contracts.sse import (
        CannotEncode,
        Decoder,
        DecoderClosed,
        Event,
        EventTooLarge,
        LineTooLarge,
        SseError,
        encode,
        encode_comment,
    )
    from streamproof.contracts.transcript import Ending, TimedEvent, Transcript
    from streamproof.contracts.verdict import Report, Severity, Verdict, Violation

__all__ = [
    "CannotEncode",
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
    "LineTooLarge",
    "NotJson",
    "Other",
    "PatternError",
    "RawText",
    "Report",
    "Severity",
    "Source",
    "SourceError",
    "SourceErrors",
    "SourceWarning",
    "Sources",
    "SseError",
    "StreamContract",
    "TimedEvent",
    "Transcript",
    "Verdict",
    "Violation",
    "builtin_contract",
    "check",
    "encode",
    "encode_comment",
    "frame_kind",
    "load_contract",
    "read_message",
    "write_message",
]

_NAMES_OF_MODULES: Final = {
    "checker": "Checker check",
    "contract": "StreamContract builtin_contract load_contract",
    "errors": "ContractsError NotJson PatternError",
    "frames": "FrameKind frame_kind",
    "messages": "Content End Other RawText Source Sources read_message write_message",
    "source.errors": "SourceError SourceErrors SourceWarning",
    "sse": "CannotEncode Decoder DecoderClosed Event EventTooLarge LineTooLarge SseError"
    " encode encode_comment",
    "transcript": "Ending TimedEvent Transcript",
    "verdict": "Report Severity Verdict Violation",
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
