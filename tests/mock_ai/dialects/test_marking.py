"""Marks in text: they are taken out again, and what is left is the reply without marks."""

import pytest

from streamproof.contracts.json_text import write_json
from streamproof.mock_ai.actions.marks import Mark
from streamproof.mock_ai.dialects import CATALOGUE
from streamproof.mock_ai.dialects.marking import marked_text, marked_value, taken_out
from tests.mock_ai.dialects.sample_replies import sent

STEPS = """
steps:
  - reasoning: ["Let me", " think"]
  - content: ["Hel", "lo ☕"]
  - {refusal: no}
  - tool_call: {name: f, arguments: {city: "Paris ☕"}, per: token}
  - tool_call: {name: g, arguments: "broken", characters: 2}
  - tool_call: {name: h}
  - end
"""


def test_text_is_marked_after_half_of_its_characters_and_at_its_end():
    left = taken_out(marked_text("content", "é☕ab").encode())
    assert left.data == "é☕ab".encode()
    assert left.marks == (Mark("inside_content", 5), Mark("after_content", 7))


def test_refusal_has_no_marks():
    assert marked_text("refusal", "no") == "no"


def test_all_pieces_of_a_value_are_in_one_place_outside_its_characters():
    data = write_json({"a": marked_value("☕" * 3, 2)}, compact=True).encode()
    left = taken_out(data)
    assert left.data == '{"a":"☕☕☕"}'.encode()
    assert [mark.key for mark in left.marks] == ["inside_arguments"] * 2 + ["after_arguments"] * 2
    assert left.data[left.marks[0].offset :].decode() == '☕☕"}'


@pytest.mark.parametrize("streamed", [True, False], ids=["stream", "body"])
@pytest.mark.parametrize("dialect", CATALOGUE)
def test_bytes_are_the_same_with_and_without_marks(dialect, streamed):
    if not (streamed or CATALOGUE[dialect].has_body):
        return
    silence = "faults: [{stall: {inside_content: 1, for_ms: 1}}]"
    assert sent(dialect, STEPS + silence, stream=streamed) == sent(dialect, STEPS, stream=streamed)
