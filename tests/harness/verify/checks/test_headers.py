"""Each response header that lets a proxy hold frames back is a finding of its own."""

import pytest

from streamproof.harness.verify.checks.headers import find_wrong_headers
from tests.harness.verify.checks.observed import observed

SOUND = {
    "content-type": 'text/event-stream; charset="UTF-8"',
    "cache-control": "No-Cache, no-transform, private",
    "x-accel-buffering": "no",
}


def wrong(**changes: str | None) -> list[tuple[str, str | None, str | None]]:
    """Return the findings after some headers are changed or removed."""
    changed = {name.replace("_", "-"): value for name, value in changes.items()}
    headers = {name: value for name, value in {**SOUND, **changed}.items() if value is not None}
    found = find_wrong_headers(observed(headers=headers))
    return [(one.message, one.expected, one.actual) for one in found]


def test_sound_headers_are_right():
    assert wrong() == []


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("content-type", "text/event-stream", "text/event-stream; charset=utf-8"),
        ("cache-control", "no-cache", "no-cache, no-transform"),
        ("cache-control", None, "no-cache, no-transform"),
        ("x-accel-buffering", "yes", "no"),
        ("content-length", "12", "no such header"),
        ("content-encoding", "gzip", "no such header"),
    ],
)
def test_wrong_header_is_named_with_the_wanted_value(name, value, wanted):
    assert wrong(**{name.replace("-", "_"): value}) == [(name, wanted, value or "none")]
