"""What a valid request is, and how an invalid one is refused."""

import pytest

from streamproof.mock_ai.errors import InvalidRequest, UnsupportedMediaType
from streamproof.mock_ai.request.question import Question, read_body

JSON = "application/json"


@pytest.mark.parametrize(
    ("body", "question"),
    [
        ('{"question": "hi"}', Question("hi")),
        ('{"question": " "}', Question(" ")),
        (
            '{"question": "é", "chatRoomId": "r", "messageId": "m", "userId": "u"}',
            Question("é", "r", "m", "u"),
        ),
        ('{"question": "hi", "more": [1]}', Question("hi")),
    ],
)
@pytest.mark.parametrize("content_type", [JSON, "Application/JSON; charset=UTF-8"])
def test_question_is_read(content_type, body, question):
    assert read_body(content_type, body.encode()) == question


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "the body is not JSON"),
        (b"{", "the body is not JSON"),
        (b'{"question": NaN}', "the body is not JSON"),
        (b'{"question": "a", "question": "b"}', "duplicate key 'question'"),
        (b'{"question": "\xff"}', "the body is not UTF-8"),
        (b"[" * 100_000, "the body is not JSON"),
        (b'["question"]', "the body is not a JSON object"),
        (b"{}", "question: wanted text of at least one character"),
        (b'{"question": ""}', "question: wanted text of at least one character"),
        (b'{"question": 5}', "question: wanted text of at least one character"),
        (b'{"question": "a", "messageId": null}', "messageId: wanted text"),
    ],
)
def test_body_that_breaks_the_contract_is_refused(body, message):
    with pytest.raises(InvalidRequest, match=message) as caught:
        read_body(JSON, body)
    assert caught.value.status == 400


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        f"{JSON}; charset=latin-1",
        f"{JSON}; charset*=a; charset*0=b",
        "/",
        ";",
    ],
)
def test_body_that_is_not_json_by_its_type_is_refused(content_type):
    with pytest.raises(UnsupportedMediaType) as caught:
        read_body(content_type, b'{"question": "hi"}')
    assert caught.value.status == 415
