"""A reply that is resumed: what the client has, by its Last-Event-ID, is not sent again."""

from __future__ import annotations

import pytest

from streamproof.mock_ai.actions import Finish, HangUp
from streamproof.mock_ai.library.loading import load_scenario
from streamproof.mock_ai.planning.plan import plan, planned_body
from streamproof.mock_ai.request.context import RequestContext
from tests.mock_ai.mock_fixture import mock, scenario
from tests.mock_ai.raw_client import connection
from tests.mock_ai.sample_requests import sample_context

STEPS = """
  - event: {data: one, id: "1"}
  - event: {data: more of one}
  - chunk: [{event: {data: two, id: "2"}}, {event: {data: three, id: "3"}}]
  - wait_ms: 5
  - raw: "id: 4\\ndata: "
  - raw: "four\\n\\n"
  - event: {data: five, id: "5"}
"""
REPLY = load_scenario(scenario(f"resume: true\nsteps:{STEPS}")).reply


def request(*headers: tuple[str, str]) -> RequestContext:
    """Return the context of a request with these headers."""
    return sample_context(method="GET", target="/chat/stream?question=hi", headers=headers)


@pytest.mark.parametrize(
    ("last", "data"),
    [
        ("1", [b"more of one", b"two", b"three", b"four", b"five"]),
        ("2", [b"three", b"four", b"five"]),
        ("3", [b"four", b"five"]),
        ("4", [b"five"]),
        ("5", []),
        ("9", [b"one", b"more of one", b"two", b"three", b"four", b"five"]),
    ],
)
def test_what_the_client_has_is_left_out(last, data):
    body = planned_body(plan(REPLY, request(("Last-Event-ID", last))))
    lines = body.splitlines()
    assert [line.removeprefix(b"data: ") for line in lines if line.startswith(b"data: ")] == data


def test_without_the_header_everything_is_sent():
    assert planned_body(plan(REPLY, request())) == planned_body(plan(REPLY))


async def test_each_connection_gets_its_own_rest():
    async with mock(scenario(f"resume: true\nsteps:{STEPS}")) as served:
        for last, first in (
            ("4", b"id: 5\ndata: five"),
            ("1", b"data: more of one"),
            ("4", b"id: 5\ndata: five"),
        ):
            async with connection(served.url) as raw:
                request = "GET /s/it/chat/stream?question=hi HTTP/1.1\r\nHost: x\r\n"
                await raw.send(f"{request}Last-Event-ID: {last}\r\n\r\n".encode())
                await raw.until(b"\r\n\r\n")
                body = await raw.until(b"0\r\n\r\n")
                assert body.startswith(b"%x\r\n" % (len(first) + 2) + first)


def test_id_without_data_is_an_id_too():
    keys = """resume: true
steps:
  - event: {data: a, id: "1"}
  - raw: "id: 9\\n\\n"
  - event: {data: c}
"""
    body = planned_body(plan(load_scenario(scenario(keys)).reply, request(("Last-Event-ID", "9"))))
    assert body == b"data: c\n\n"


def test_empty_id_is_none():
    assert planned_body(plan(REPLY, request(("Last-Event-ID", "")))) == planned_body(plan(REPLY))


def test_fault_whose_place_the_rest_does_not_have_does_not_strike():
    keys = f"resume: true\nsteps:{STEPS}faults: [{{cut: {{after_events: 2}}}}]"
    reply = load_scenario(scenario(keys)).reply
    assert plan(reply, request(("Last-Event-ID", "4")))[-1] == Finish()
    assert plan(reply, request(("Last-Event-ID", "1")))[-1] == HangUp()
