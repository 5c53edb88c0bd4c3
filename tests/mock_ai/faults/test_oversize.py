"""Oversize: spaces pad the data to the given size, and the JSON keeps its meaning."""

import json

import pytest

from streamproof.mock_ai.actions import Send
from streamproof.mock_ai.faults import Oversize
from tests.mock_ai.faults.events import ONE_DATA, PLAN, event


def test_data_is_padded_to_exactly_the_given_size():
    _, found, *rest = Oversize(at_event=1, to_bytes=100).apply(PLAN)
    assert found == event(ONE_DATA + b" " * (100 - len(ONE_DATA)))
    assert rest == PLAN[2:]


def test_json_keeps_its_meaning():
    _, found, *_ = Oversize(at_event=1, to_bytes=70_000).apply(PLAN)
    assert isinstance(found, Send)
    data = found.data.split(b"data: ")[1].removesuffix(b"\n\n")
    assert json.loads(data) == json.loads(ONE_DATA)


def test_data_that_is_already_larger_is_rejected():
    with pytest.raises(ValueError, match=r"to_bytes: wanted at least 37, .*, got 36"):
        list(Oversize(at_event=1, to_bytes=36).apply(PLAN))
