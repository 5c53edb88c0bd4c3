"""When the reply to a request of a client was over."""

from types import SimpleNamespace
from typing import Any

import pytest

from streamproof.harness.verify.clients.requests import end_of
from streamproof.mock_ai.journal.journal import ReplyEnding

LEFT = ReplyEnding.CLIENT_LEFT


@pytest.mark.parametrize(
    ("ending", "began_ms", "ended_ms", "end"),
    [
        pytest.param(None, 7.0, None, None, id="open"),
        pytest.param(LEFT, 7.0, 2.0, 9.0, id="left"),
        pytest.param(LEFT, None, None, 5.0, id="left-before-it-began"),
    ],
)
def test_a_reply_is_open_until_the_mock_notes_its_end(ending, began_ms, ended_ms, end):
    entry: Any = SimpleNamespace(
        received_ms=5.0, began_ms=began_ms, ending=ending, ended_ms=ended_ms
    )
    assert end_of(entry) == end
