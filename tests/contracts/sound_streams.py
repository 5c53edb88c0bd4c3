"""Sound streams of each dialect, and the kinds of damage that its contract has to find.

The files in `dialects/` are written by hand, each as the provider sends it. Those of frames have
one frame in each line: its name, and the data of its event.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from streamproof.contracts.aws_event_stream import EVENT_TYPE, AwsFrame, AwsFrameDecoder
from streamproof.contracts.checker import check
from streamproof.contracts.contract import StreamContract, builtin_contract
from streamproof.contracts.event_kinds import KindReader
from streamproof.contracts.records import JsonDecoder, LineDecoder
from streamproof.contracts.sse import Decoder, Event
from streamproof.contracts.transcript import Ending, TimedEvent, Transcript

FOLDER: Final = Path(__file__).parent / "dialects"
FILES: Final = sorted(path for path in FOLDER.glob("*/*") if path.is_file())
STREAMS: Final = [path for path in FILES if path.suffix != ".json" or path.stem == "array"]
BODIES: Final = [path for path in FILES if path not in STREAMS]

FRAMES: Final = ".frames"

_Decoders = type[Decoder | LineDecoder | JsonDecoder | AwsFrameDecoder]
_FORMS: Final[Mapping[str, tuple[str, _Decoders]]] = {
    ".sse": ("text/event-stream", Decoder),
    ".ndjson": ("application/x-ndjson", LineDecoder),
    ".json": ("application/json", JsonDecoder),
    FRAMES: ("application/vnd.amazon.eventstream", AwsFrameDecoder),
}

Keys = tuple[str | int, ...]


@dataclass(frozen=True)
class SoundStream:
    """One file, as its contract reads it."""

    path: Path

    @property
    def dialect(self) -> str:
        """The name of the dialect."""
        return self.path.parent.name

    @cached_property
    def contract(self) -> StreamContract:
        """Its contract."""
        return builtin_contract(self.dialect)

    @cached_property
    def transcript(self) -> Transcript:
        """The reply as its client sees it."""
        return self.of_bytes(self.data)

    @cached_property
    def data(self) -> bytes:
        """The bytes that a service sends."""
        data = self.path.read_bytes()
        return b"".join(map(_frame, data.splitlines())) if self.path.suffix == FRAMES else data

    @cached_property
    def events(self) -> tuple[Event, ...]:
        """The events of the reply."""
        return tuple(timed.event for timed in self.transcript.events)

    @cached_property
    def kinds(self) -> list[str]:
        """The kind of each event; `data-*` stands for all kinds of its sort."""
        read = KindReader(self.contract).read
        return [rule.kind for event in self.events if (rule := read(event).rule)]

    @property
    def failures(self) -> frozenset[str]:
        """The kinds of event that report a failure."""
        return self.contract.failures

    @cached_property
    def end(self) -> int:
        """The place of the last event that ends the reply."""
        ends = self.contract.terminal | self.failures
        return max(place for place, kind in enumerate(self.kinds) if kind in ends)

    @property
    def fails(self) -> bool:
        """Whether an event reports a failure."""
        return not self.failures.isdisjoint(self.kinds)

    def blocks_with(self, kind: str) -> list[tuple[str, ...]]:
        """Return the kinds of each block to which events of a kind belong."""
        names = [rule.order.names for rule in self.contract.blocks.values()]
        return [block for block in names if kind in block]

    def of_bytes(self, data: bytes) -> Transcript:
        """Return the reply that has these bytes in place of those of the file."""
        content_type, kind = _FORMS[self.path.suffix]
        decoder = kind()
        events = [*decoder.feed(data), *decoder.close()]
        return Transcript(
            status=200,
            headers={"content-type": content_type},
            events=tuple(TimedEvent(0.0, event) for event in events),
            ending=Ending.CLOSED,
            ended_ms=0.0,
            rest=b"" if isinstance(decoder, Decoder) else decoder.rest,
            body=None if isinstance(decoder, Decoder) else decoder.body,
        )

    def broken(self, *events: Event) -> set[str]:
        """Return the checks that fail if these events come in place of the sound ones."""
        timed = tuple(TimedEvent(0.0, event) for event in events)
        return failed(replace(self.transcript, events=timed), self.contract)

    def with_event(self, place: int, *events: Event) -> set[str]:
        """Return the checks that fail if other events come in place of one."""
        return self.broken(*self.events[:place], *events, *self.events[place + 1 :])

    def with_data(self, place: int, data: str) -> set[str]:
        """Return the checks that fail if one event has other data."""
        return self.with_event(place, self.events[place]._replace(data=data))


def _frame(line: bytes) -> bytes:
    name, _, data = line.partition(b" ")
    return AwsFrame.of({EVENT_TYPE: name.decode()}, data).encode()


def first_of_each_kind(streams: Iterable[SoundStream]) -> Iterator[tuple[SoundStream, int]]:
    """Yield the first event of every kind, as a stream and a place in it."""
    seen = set()
    for stream in streams:
        for place, kind in enumerate(stream.kinds):
            if kind not in seen:
                seen.add(kind)
                yield stream, place


def keys_of_events(streams: Iterable[SoundStream]) -> Iterator[tuple[SoundStream, int, Keys]]:
    """Yield every key of every kind of event, with the stream and the place of one event."""
    seen = set()
    for stream in streams:
        for place, (event, kind) in enumerate(zip(stream.events, stream.kinds, strict=True)):
            for keys in keys_in(json.loads(event.data)) if event.data.startswith("{") else ():
                if (kind, written(keys)) not in seen:
                    seen.add((kind, written(keys)))
                    yield stream, place, keys


def failed(transcript: Transcript, contract: StreamContract) -> set[str]:
    """Return the checks that a transcript fails."""
    return {violation.check for violation in check(transcript, contract).violations}


def keys_in(value: Any, at: Keys = ()) -> Iterator[Keys]:
    """Yield the path of every key in a JSON value."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in items:
        if isinstance(value, dict):
            yield (*at, key)
        if isinstance(item, dict | list):
            yield from keys_in(item, (*at, key))


def written(keys: Keys) -> str:
    """Write the path of a key, without the places in lists."""
    return ".".join(str(key) for key in keys if isinstance(key, str))


def without(data: str, keys: Keys) -> str:
    """Return JSON text without the key at a path."""
    value, inner = _with_parent(data, keys)
    del inner[keys[-1]]
    return json.dumps(value)


def with_value(data: str, keys: Keys, wanted: Any) -> str:
    """Return JSON text with another value at a path."""
    value, inner = _with_parent(data, keys)
    inner[keys[-1]] = wanted
    return json.dumps(value)


def _with_parent(data: str, keys: Keys) -> tuple[Any, Any]:
    value = deepcopy(json.loads(data))
    inner = value
    for key in keys[:-1]:
        inner = inner[key]
    return value, inner
