"""Recognises the stream of a backend: its contract, or what its events mean."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any, Final, TypeAlias

from streamproof.contracts.contract import AI_SERVICE, FRONTEND
from streamproof.contracts.errors import NotJson
from streamproof.contracts.json_text import parse_json
from streamproof.contracts.sse import Event
from streamproof.contracts.transcript import Transcript
from streamproof.harness.checking.likely_contract import likely_contracts
from streamproof.harness.verify.profiles.profile import builtin_profile

EventTable: TypeAlias = dict[str, Any]
Scalar: TypeAlias = str | bool
DATA: Final = "data"
NAMING: Final = frozenset({"type", "event", "kind", "done", "object", "status", "state", "role"})
"""The keys that often name the kind of an event."""
_KEY: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


def recognised_profile(transcript: Transcript, answer: str) -> str | None:
    """Return the contract that a stream fits best and that finds the answer in it, or None."""
    found = likely_contracts(lambda _: transcript)
    events = [seen.event for seen in transcript.events]
    ordered = sorted(found, key=lambda name: name != FRONTEND)
    fitting = (name for name in ordered if builtin_profile(name).text(events) == answer)
    return next((name for name in fitting if name != AI_SERVICE), None)


def proposed_events(
    events: Sequence[Event], answer: str, source: str, failure: Sequence[Event] = ()
) -> dict[str, EventTable] | None:
    """Return what tells the events of each kind, or None if the answer is not found in them.

    `answer` is the text that the AI service sent, and `source` the ID of its source. `failure` has
    the events of an answer that broke off.
    """
    content = _content(events, answer)
    if content is None:
        return None
    texts, path = content
    rest = [event for event in events if event not in texts]
    # Content is tried last, so its name is enough if something tells each other kind apart.
    found = {"content": _told_apart(texts, rest) or {"event": texts[0].event}}
    if path != DATA:
        found["content"]["text"] = path
    if rest and events[-1] not in texts:
        found["end"] = _told_apart(*_parted(events, _end(events, texts)))
    with_source = [event for event in rest if source in event.data]
    if with_source:
        found["sources"] = _told_apart(*_parted(events, with_source))
    errors = [event for event in failure[-1:] if event not in events]
    if errors:
        found["error"] = _told_apart(errors, events)
    return {kind: mapping for kind, mapping in found.items() if mapping}


def _end(events: Sequence[Event], texts: Sequence[Event]) -> list[Event]:
    """Return the last event, with those of its name if no text has this name."""
    last = events[-1]
    if last.event in {event.event for event in texts}:
        return [event for event in events if event == last]
    return [event for event in events if event.event == last.event]


def _parted(events: Sequence[Event], chosen: Sequence[Event]) -> tuple[list[Event], list[Event]]:
    """Return the chosen events, and the other ones."""
    return list(chosen), [event for event in events if event not in chosen]


def _content(events: Sequence[Event], answer: str) -> tuple[list[Event], str] | None:
    """Return the events that together have the answer, and the path of their text."""
    parts: defaultdict[tuple[str, str], list[tuple[Event, str]]] = defaultdict(list)
    for event in events:
        for path, text in _texts(event):
            if text:
                parts[event.event, path].append((event, text))
    for (_, path), found in parts.items():
        for start, end in combinations(range(len(found) + 1), 2):
            if "".join(text for _, text in found[start:end]) == answer:
                return [event for event, _ in found[start:end]], path
    return None


def _texts(event: Event) -> Iterator[tuple[str, str]]:
    """Yield every text in an event with its path."""
    return ((path, value) for path, value in _values(event) if isinstance(value, str))


def _values(event: Event) -> Iterator[tuple[str, Scalar]]:
    """Yield every value in an event with its path; data that is not JSON is one text."""
    try:
        body = parse_json(event.data)
    except NotJson:
        yield DATA, event.data
        return
    yield from _values_in(body, DATA)


def _values_in(value: object, path: str) -> Iterator[tuple[str, Scalar]]:
    if isinstance(value, (str, bool)):
        yield path, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            if _KEY.fullmatch(key):
                yield from _values_in(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for inner in value:
            yield from _values_in(inner, path)


def _told_apart(events: Sequence[Event], others: Sequence[Event]) -> EventTable:
    """Return what some events have in common and no other one has; empty if there is nothing."""
    names = {event.event for event in events}
    if len(names) == 1 and not names & {event.event for event in others}:
        return {"event": names.pop()}
    common = set.intersection(*(set(_values(event)) for event in events))
    unlike = common - {pair for other in others for pair in _values(other)}
    if not unlike:
        return {}
    path, value = min(unlike, key=_telling)
    return {"data": value} if path == DATA else {"when": {path: value}}


def _telling(pair: tuple[str, Scalar]) -> tuple[bool, str, str]:
    """Return a key that sorts values by how likely they are to name a kind of event."""
    path, value = pair
    return path.rpartition(".")[2] not in NAMING, path, str(value)
