"""The events of an unknown backend get a mapping by which the answer is found in them."""

import json
from pathlib import Path

import pytest

from streamproof.contracts.frames import FrameKind
from streamproof.contracts.sse import Event
from streamproof.harness.verify.probing.recognising import proposed_events
from streamproof.harness.verify.profiles.mapped import KINDS, mapped_profile
from streamproof.harness.verify.settings.loading import settings_from

ANSWER = "Grüße from the probe"
PIECES = ["Grüße", " from", " the", " probe"]
SOURCE = "source-1"


def event(data: object, name: str = "message") -> Event:
    text = data if isinstance(data, str) else json.dumps(data)
    return Event(name, text, "")


NAMED = [
    event({"room": "r"}, "hello"),
    *(event({"delta": piece, "n": 1}, "token") for piece in PIECES),
    event({"found": [{"id": SOURCE}]}, "sources"),
    event({"ok": True}, "done"),
]
TYPED = [
    event({"type": "begin", "text": "Answering"}),
    *(event({"type": "piece", "text": piece}) for piece in PIECES),
    event({"type": "finish", "text": ANSWER}),
]
PLAIN = [*(event(piece) for piece in PIECES), event("[DONE]")]
FLAGGED = [
    *(event({"message": {"parts": [{"text": piece}]}, "done": False}) for piece in PIECES),
    event({"done": True, "total": 4}),
]


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        (
            NAMED,
            {
                "content": {"event": "token", "text": "data.delta"},
                "sources": {"event": "sources"},
                "end": {"event": "done"},
            },
        ),
        (
            TYPED,
            {
                "content": {"when": {"data.type": "piece"}, "text": "data.text"},
                "end": {"when": {"data.type": "finish"}},
            },
        ),
        (
            FLAGGED,
            {
                "content": {"when": {"data.done": False}, "text": "data.message.parts.text"},
                "end": {"when": {"data.done": True}},
            },
        ),
        (PLAIN, {"content": {"event": "message"}, "end": {"data": "[DONE]"}}),
    ],
    ids=["named", "typed", "flagged", "plain"],
)
def test_what_tells_the_kinds_apart_is_found(events, expected):
    assert proposed_events(events, ANSWER, SOURCE) == expected


@pytest.mark.parametrize(
    "events", [NAMED, TYPED, FLAGGED, PLAIN], ids=["named", "typed", "flagged", "plain"]
)
def test_with_the_mapping_the_answer_and_its_end_are_read(events):
    found = proposed_events(events, ANSWER, SOURCE)
    settings = settings_from({"relay": {"url": "http://h"}, "events": found}, Path())
    profile = mapped_profile(settings.events)
    assert profile.text(events) == ANSWER
    assert profile.read(events[-1]).kind is FrameKind.END


def test_the_event_of_a_failure_is_one_that_only_a_failure_has():
    failure = [*NAMED[:3], event({"message": "sorry"}, "failed")]
    found = proposed_events(NAMED, ANSWER, SOURCE, failure)
    assert found is not None
    assert found["error"] == {"event": "failed"}
    found = proposed_events(NAMED, ANSWER, SOURCE, NAMED[:3])
    assert found is not None
    assert "error" not in found


def test_an_end_that_comes_twice_is_still_an_end():
    twice = [*NAMED, event('{"ok":true}', "done")]
    found = proposed_events(twice, ANSWER, SOURCE)
    assert found is not None
    assert found["end"] == {"event": "done"}


@pytest.mark.parametrize("events", [[], [event("hello")], NAMED[:2]], ids=len)
def test_without_the_answer_there_is_no_mapping(events):
    assert proposed_events(events, ANSWER, SOURCE) is None


def test_every_proposed_kind_is_one_of_the_settings():
    found = proposed_events(NAMED, ANSWER, SOURCE)
    assert found is not None
    assert set(found) <= set(KINDS)
