"""One pattern language for the checks of a run."""

import pytest

from streamproof.harness.known_failures.pattern import has_wildcard, matches

NAME = "faults/reset-mid-answer:stored.partial"


@pytest.mark.parametrize(
    ("pattern", "name", "wanted"),
    [
        (NAME, NAME, True),
        ("faults/*:stored.*", NAME, True),
        ("faults/reset-*:stored.partial", NAME, True),
        ("faults/*:*", NAME, True),
        ("**:stored.partial", NAME, True),
        ("**:stored.partial", "gates:stored.partial", True),
        ("**/reset-mid-answer:**", NAME, True),
        ("**/gates:streaming.gates", "gates:streaming.gates", True),
        ("*:stored.partial", NAME, False),
        ("faults/*", NAME, False),
        ("faults/reset-mid-answer:stored.*", "faults/reset-mid-answer:frames.kinds", False),
        ("faults/reset-mid-answer:storedxpartial", NAME, False),
        ("fault?/reset-mid-answer:stored.partial", NAME, False),
        ("**:doctor.answer", "GET http://127.0.0.1:80/a?b=c:doctor.answer", True),
        ("GET http://h/a?b=c:doctor.answer", "GET http://h/a?b=c:doctor.answer", True),
    ],
)
def test_pattern_stands_for_names(pattern, name, wanted):
    assert matches(pattern, name) is wanted


def test_wildcards_are_seen():
    assert (has_wildcard("a/*:b"), has_wildcard("a/b:c")) == (True, False)
