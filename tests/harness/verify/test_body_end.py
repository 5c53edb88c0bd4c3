"""A client sees the end of a body by its head and its connection, not by what was planned."""

import pytest

from streamproof.harness.verify.body_end import received_actions
from streamproof.mock_ai.actions import Finish, HangUp, Send
from streamproof.mock_ai.library.loading import load_scenario
from streamproof.mock_ai.planning.plan import plan

RAW = 'name: it\ntitle: It\nsteps: [{raw: "abc\\n\\n"}, {raw: "de\\n\\n"}]\n'


def received(more):
    *stream, ending = received_actions(plan(load_scenario(RAW + more).reply))
    return b"".join(one.data for one in stream if isinstance(one, Send)), ending


@pytest.mark.parametrize(
    ("more", "body", "ending"),
    [
        ("", b"abc\n\nde\n\n", Finish),
        ("faults: [{cut: {after_bytes: 5}}]", b"abc\n\n", HangUp),
        ("content_length: right", b"abc\n\nde\n\n", Finish),
        ("content_length: 3", b"abc", Finish),
        ("content_length: 99", b"abc\n\nde\n\n", HangUp),
        ("content_length: 3\nfaults: [{reset: {after_bytes: 5}}]", b"abc", Finish),
        ("chunked: false\nfaults: [{cut: {after_bytes: 5}}]", b"abc\n\n", Finish),
        ("protocol: HTTP/1.0\nfaults: [{cut: {after_bytes: 5}}]", b"abc\n\n", Finish),
        ("chunked: false\nfaults: [{reset: {after_bytes: 5}}]", b"abc\n\n", HangUp),
        ("protocol: HTTP/1.0\nfaults: [{close: {reset: true}}]", b"abc\n\nde\n\n", HangUp),
        ("protocol: HTTP/1.0\nfaults: [{close: {}}]", b"abc\n\nde\n\n", Finish),
        ("faults: [{close: {reset: true}}]", b"abc\n\nde\n\n", Finish),
        ("faults: [{wrong_length: {by_bytes: 3}}]", b"abc\n\nde\n\n", HangUp),
        ("faults: [{wrong_length: {by_bytes: -3}}]", b"abc\n\nd", Finish),
        (
            "faults: [{wrong_length: {by_bytes: -9}}, {wrong_length: {by_bytes: 2}}]",
            b"ab",
            Finish,
        ),
        ("gzip: at-end", b"abc\n\nde\n\n", Finish),
        ("faults: [{hang_up: {}}]", b"", HangUp),
    ],
)
def test_the_body_that_is_received(more, body, ending):
    found, last = received(more)
    assert found == body
    assert type(last) is ending
