"""The contract decides what tells the kind of an event."""

from __future__ import annotations

import pytest

from streamproof.contracts.contract import load_contract
from streamproof.contracts.event_kinds import KindReader
from streamproof.contracts.sse import Event

BY_WHEN = """contract: mine
discriminator: when
events:
  done: {text: "[DONE]"}
  error: {when: data.error}
  last: {when: {data.done: true, data.items.index: 1}}
  piece: {when: data.items}
sequence: "piece* last done"
terminal: [done]
failures: [error]
"""
BY_TAG = """contract: mine
discriminator: data.event.type
events: {"a-*": {group: part}, "a-b-*": {group: part}, a-b: {group: part}, end: {text: bye}}
sequence: "part* end"
terminal: [end]
"""
BY_NAME = """contract: mine
discriminator: event
events: {message: {}, ping: {}, end: {text: bye}}
sequence: "(message | ping)* end"
terminal: [end]
"""


SPECIAL = """contract: mine
discriminator: data.type
events: {end: {}, failed: {of: end, when: {data.why: error}}}
sequence: "end"
terminal: [end]
failures: [failed]
"""


@pytest.fixture
def read(tmp_path):
    """Read an event by a contract; return its kind, its rule and the checks that it fails."""

    def read(text, event):
        path = tmp_path / "mine.contract.yaml"
        path.write_text(text, "utf-8")
        found = KindReader(load_contract(path)).read(event)
        return found.rule and found.rule.kind, found.kind, [check for check, _ in found.problems]

    return read


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        ("[DONE]", "done"),
        ('{"error": {}}', "error"),
        ('{"error": null, "items": [{"index": 0}]}', "piece"),
        ('{"done": true, "items": [{"index": 0}, {"index": 1}]}', "last"),
        ('{"done": true, "items": [{"index": 0}]}', "piece"),
        ('{"done": 1, "items": [{"index": 1}]}', "last"),
    ],
)
def test_the_first_kind_that_fits_is_taken(read, data, kind):
    assert read(BY_WHEN, Event(data=data)) == (kind, kind, [])


@pytest.mark.parametrize(
    ("data", "checks"),
    [
        ('{"items": []}', ["type"]),
        ("{}", ["type"]),
        ("[]", ["shape"]),
        ("5", ["shape"]),
        ("[DONE", ["json"]),
        ('{"error": 1, "error": 1}', ["json"]),
    ],
)
def test_data_that_fits_no_kind_fails_a_check(read, data, checks):
    assert read(BY_WHEN, Event(data=data))[2] == checks


@pytest.mark.parametrize(
    ("tag", "rule"), [("a-c", "a-*"), ("a-b-c", "a-b-*"), ("a-b", "a-b"), ("a-", "a-*")]
)
def test_the_longest_beginning_decides(read, tag, rule):
    assert read(BY_TAG, Event(data=f'{{"event": {{"type": "{tag}"}}}}')) == (rule, tag, [])


@pytest.mark.parametrize(
    ("data", "checks"),
    [
        ('{"event": {"type": "b"}}', ["type"]),
        ('{"event": {"type": null}}', ["type"]),
        ('{"event": {"type": ["a-b"]}}', ["type"]),
        ('{"event": {}}', ["type"]),
        ('{"event": 5}', ["type"]),
        ("bye!", ["json"]),
    ],
)
def test_an_unknown_tag_is_of_no_kind(read, data, checks):
    rule, _, found = read(BY_TAG, Event(data=data))
    assert (rule, found) == (None, checks)


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        (Event("ping", "text"), "ping"),
        (Event(data="{"), "message"),
        (Event("other", "bye"), "end"),
        (Event("pong", ""), None),
    ],
)
def test_the_event_name_may_be_the_kind(read, event, kind):
    assert read(BY_NAME, event)[0] == kind


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        ('{"type": "end", "why": "stop"}', "end"),
        ('{"type": "end", "why": "error"}', "failed"),
        ('{"type": "failed", "why": "error"}', None),
    ],
)
def test_a_special_case_is_told_by_its_data(read, data, kind):
    assert read(SPECIAL, Event(data=data))[0] == kind
