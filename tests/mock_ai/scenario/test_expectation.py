"""What a scenario expects to be stored."""

import pytest

from streamproof.mock_ai.scenario.expectation import Digest, ExpectedRows, text_matches


@pytest.mark.parametrize(
    ("expected", "matches"),
    [
        ("a", True),
        ("b", False),
        (Digest.of("a"), True),
        (Digest.of("b"), False),
        (Digest(2, Digest.of("a").sha256), False),
    ],
)
def test_text_is_compared_with_a_text_or_its_digest(expected, matches):
    assert text_matches(expected, "a") is matches


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"turn": "completed"}, "a completed turn needs `answer`"),
        ({"turn": "completed", "partial": "a"}, "a completed turn needs `answer`"),
        ({"turn": "failed", "answer": "a"}, "a failed turn needs `partial`"),
        ({"turn": "failed", "answer": "a", "partial": "a"}, "cannot have `answer`"),
        ({"turn": "completed", "answer": "a", "reason": "x"}, "cannot have a `reason`"),
    ],
)
def test_contradiction_is_rejected(values, message):
    with pytest.raises(ValueError, match=message):
        ExpectedRows(**values)
