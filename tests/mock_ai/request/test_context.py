"""The values of a request by name, and the two counts of attempts."""

import pytest

from streamproof.mock_ai.request.context import ABSENT, CONTEXT_NAMES, check_context_name
from tests.mock_ai.sample_requests import context_with_fields, sample_context

FIELDS = {"question": "Why?", "chatRoomId": "r", "messageId": "m", "userId": "u", "a": {"b": [5]}}
HEADERS = (("X-Tenant", "acme"),)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("question", "Why?"),
        ("conversation", "r"),
        ("message", "m"),
        ("user", "u"),
        ("method", "POST"),
        ("path", "/chat/stream"),
        ("attempt", 2),
        ("request", 3),
        ("last_event_id", ABSENT),
        ("header.x-tenant", "acme"),
        ("header.x-other", ABSENT),
        ("json.a.b[-1]", 5),
        ("json.a.b[1]", ABSENT),
        ("json.a.c", ABSENT),
        ("json.question.c", ABSENT),
    ],
)
def test_name_has_its_value(name, value):
    check_context_name(name)
    context = context_with_fields(FIELDS, attempt=2, request_number=3, headers=HEADERS)
    assert context.value(name) == value


def test_attempt_counts_per_message_until_the_scenario_is_chosen():
    context = sample_context(attempt=3)
    before = context.value("attempt")
    context.scenario_attempt = 1
    assert (before, context.value("attempt")) == (3, 1)


@pytest.mark.parametrize("name", ["", "Question", "header", "header.", "json", "json.a..b"])
def test_unknown_name_is_refused(name):
    with pytest.raises(ValueError, match=r"wanted one of question, |is not a valid JSON path"):
        check_context_name(name)


def test_every_plain_name_is_known():
    for name in CONTEXT_NAMES:
        check_context_name(name.replace("…", "a"))
