"""The plan of a reply: its steps as actions with the pace between them, then its faults.

Everything about bytes and times is decided here, before a socket is touched; the same reply gives
the same plan on every machine.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from hashlib import blake2b
from typing import Any, Final

from contracts.messages import EVENT_NAMES, Content, End, Message, Sources, write_message
from contracts.sse import BOM, Decoder, encode, encode_comment
from mock_ai.actions import Action, Finish, Hold, Send, Start, Wait
from mock_ai.errors import WrongScenario, refused_at
from mock_ai.fake import fake_tokens
from mock_ai.headers import JSON_HEADERS, STREAM_HEADERS, header_lines, reason_phrase
from mock_ai.scenario import (
    ChunkStep,
    CommentStep,
    ContentStep,
    EndStep,
    EventStep,
    FakeStep,
    Pace,
    RawStep,
    Reply,
    SourcesStep,
    Step,
    WaitStep,
)

_BODILESS: Final = (204, 205, 304)
_LINES: Final = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")
_NO_LIMIT: Final = 1 << 62


def plan(reply: Reply) -> tuple[Action, ...]:
    """Compile a reply; raises `WrongScenario` with the path to what cannot be planned."""
    actions: Iterable[Action] = _written(reply)
    for index, fault in enumerate(reply.faults):
        with refused_at("faults", index, fault.kind):
            actions = list(fault.apply(actions))
    return tuple(actions)


def planned_body(actions: Iterable[Action]) -> bytes:
    """Return the bytes of the body that leave, up to what waits for the client to go."""
    return b"".join(action.data for action in _leaving(actions) if isinstance(action, Send))


def _leaving(actions: Iterable[Action]) -> Iterator[Action]:
    for action in actions:
        if isinstance(action, Hold):
            return
        yield action


def _written(reply: Reply) -> list[Action]:
    body = _with_ends(_body(reply))
    if reply.status in _BODILESS and body:
        raise WrongScenario(("steps",), f"a reply with status {reply.status} has no body")
    return [_start(reply), *_paced(body, reply.pace), Finish()]


def _start(reply: Reply) -> Start:
    reason = reason_phrase(reply.status) if reply.reason is None else reply.reason
    with refused_at("reason"):
        start = Start(reply.status, reason)
    with refused_at("headers"):
        return replace(start, headers=header_lines(_defaults(reply.status), reply.headers))


def _defaults(status: int) -> Mapping[str, str]:
    if status in _BODILESS:
        return {}
    return STREAM_HEADERS if status == 200 else JSON_HEADERS


def _body(reply: Reply) -> list[bytes | Wait]:
    """Return the bytes of every step, and the silences that were asked for."""
    body: list[bytes | Wait] = []
    for index, step in enumerate(reply.steps):
        with refused_at("steps", index):
            if isinstance(step, WaitStep):
                body.append(Wait(step.ms))
            else:
                body += _ENCODERS[type(step)](step, reply.newline)
    return _after_bom(body) if reply.bom else body


def _after_bom(body: list[bytes | Wait]) -> list[bytes | Wait]:
    """Put a byte order mark into the first chunk."""
    for index, part in enumerate(body):
        if isinstance(part, bytes):
            return [*body[:index], BOM + part, *body[index + 1 :]]
    return [*body, BOM]


def _message(message: Message, newline: str) -> bytes:
    return encode(write_message(message), EVENT_NAMES[type(message)], newline=newline)


_ENCODERS: Final[dict[type, Callable[[Any, str], list[bytes]]]] = {
    ContentStep: lambda step, nl: [_message(Content(text), nl) for text in step.texts],
    FakeStep: lambda step, nl: [_message(Content(text), nl) for text in fake_tokens(step)],
    SourcesStep: lambda step, nl: [_message(Sources(step.sources), nl)],
    EndStep: lambda _, nl: [_message(End(), nl)],
    EventStep: lambda step, nl: [encode(step.data, step.event, step.id, step.retry_ms, nl)],
    CommentStep: lambda step, nl: [encode_comment(step.text, nl)],
    RawStep: lambda step, _: [step.data],
    ChunkStep: lambda step, nl: [b"".join(_joined(step.steps, nl))],
}


def _joined(steps: Iterable[Step], newline: str) -> Iterator[bytes]:
    return (part for step in steps for part in _ENCODERS[type(step)](step, newline))


def _with_ends(body: list[bytes | Wait]) -> list[Send | Wait]:
    """Count the events as a reader of the whole stream does: raw bytes may finish any of them."""
    decoder = Decoder(max_event_bytes=_NO_LIMIT, max_line_bytes=_NO_LIMIT)
    return [Send(part, _ends(part, decoder)) if isinstance(part, bytes) else part for part in body]


def _ends(data: bytes, decoder: Decoder) -> tuple[int, ...]:
    lines = _LINES.finditer(data)
    return tuple(line.end() for line in lines for _ in decoder.feed(line.group()))


def _paced(body: list[Send | Wait], pace: Pace) -> Iterator[Action]:
    """Put the pace's silences before what is sent; a silence that was asked for comes on top."""
    sent = 0
    for action in body:
        if isinstance(action, Send):
            silence = pace.gap_ms if sent else pace.first_ms
            if silence:
                yield Wait(silence * (1 + pace.jitter * (2 * _chance(pace.seed, sent) - 1)))
            sent += 1
        yield action


def _chance(seed: int, number: int) -> float:
    """Return a number in [0, 1) that is the same on every machine and Python version."""
    digest = blake2b(f"{seed}:{number}".encode(), digest_size=6).digest()
    return int.from_bytes(digest) / (1 << 48)
