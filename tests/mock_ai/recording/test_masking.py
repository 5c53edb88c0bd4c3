"""Each byte of a secret becomes a star, in every place where the secret occurs."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamproof.contracts.aws_event_stream import AwsFrame, split_frames
from streamproof.mock_ai.http1.bodies import BodyPiece, FramingDetails
from streamproof.mock_ai.recording.exchange import (
    RecordedExchange,
    RecordedInterim,
    RecordedRead,
    RecordedRequest,
)
from streamproof.mock_ai.recording.masking import masked
from streamproof.mock_ai.recording.secret_names import Masks
from tests.mock_ai.recording.planned import recorded

SECRET = "s3cr3t-välue"
STARS = "*" * len(SECRET.encode())
USUAL = Masks.usual()


def requested(**more) -> RecordedExchange:
    """Build an exchange with this request."""
    return recorded([], request=RecordedRequest(**{"method": "GET", "target": "/", **more}))


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("Authorization", f"Bearer {SECRET}", f"Bearer {STARS}"),
        ("authorization", SECRET, STARS),
        ("Cookie", f"a={SECRET}; theme=", f"a={STARS}; theme="),
        ("Set-Cookie", f"sid={SECRET}; Path=/; HttpOnly", f"sid={STARS}; Path=/; HttpOnly"),
        ("Cookie", SECRET, STARS),
        ("X-Api-Key", SECRET, STARS),
        ("Location", f"/next?page=2&token={SECRET}#top", f"/next?page=2&token={STARS}#top"),
        ("Accept", "text/event-stream", "text/event-stream"),
    ],
)
def test_only_the_secret_part_of_a_header_is_masked(name, value, kept):
    assert masked(requested(headers=((name, value),)), USUAL).request.headers == ((name, kept),)
    assert masked(recorded([], headers=((name, value),)), USUAL).headers == ((name, kept),)


@pytest.mark.parametrize(
    ("target", "kept"),
    [
        (f"/s?question=hi&api_key={SECRET}", f"/s?question=hi&api_key={STARS}"),
        (f"/s?API%5FKEY={SECRET}&x", f"/s?API%5FKEY={STARS}&x"),
        ("/s?token=", "/s?token="),
        ("/token=1/s", "/token=1/s"),
    ],
)
def test_only_the_secrets_of_a_query_are_masked(target, kept):
    assert masked(requested(target=target), USUAL).request.target == kept


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        ('{"password": "a\\"b", "q": "x"}', '{"password": "****", "q": "x"}'),
        ('{"PASSWORD":"é"}', '{"PASSWORD":"**"}'),
        ('{"secret": 12.5, "n": 7}', '{"secret": 00.0, "n": 7}'),
        ('{"secret": ["a", {"b": "c"}], "n": "d"}', '{"secret": ["*", {"*": "*"}], "n": "d"}'),
        ('{"secret": null, "n": "d"}', '{"secret": null, "n": "d"}'),
        ('{"secret": , "n": "d"}', '{"secret": , "*": "d"}'),
        ('data: {"secret":\ndata: "abc"}\n\n', 'data: {"secret":\ndata: "***"}\n\n'),
        ('data: {"secret": "ab', 'data: {"secret": "**'),
        ('data: {"secret": [\n\n{"a": "b"}', 'data: {"secret": [\n\n{"a": "b"}'),
        ('{"secretary": "a", "key": "b"}', '{"secretary": "a", "key": "b"}'),
    ],
    ids=[
        "an escaped quote",
        "any case, bytes",
        "a number",
        "a structure",
        "null",
        "nothing",
        "over two data lines",
        "cut off",
        "never closed",
        "other names",
    ],
)
def test_a_secret_json_field_keeps_only_its_structure(body, kept):
    assert masked(recorded([(0, [body.encode()])]), USUAL).body == kept.encode()


LONG = "abcdefgh12345678ABCDEFGH"
STARRED = "*" * len(LONG)


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        (f"client_secret={LONG}&grant=x", f"client_secret={STARRED}&grant=x"),
        (f"token={LONG}", f"token={STARRED}"),
        (f"a=1&user[password]={LONG}", f"a=1&user[password]={STARRED}"),
        (
            f'--b\r\nContent-Disposition: form-data; name="password"\r\n\r\n{LONG}\r\n--b--',
            f'--b\r\nContent-Disposition: form-data; name="password"\r\n\r\n{STARRED}\r\n--b--',
        ),
        (
            f'content-disposition: form-data; name=apiKey; filename="k"\nX: y\n\n{LONG}\n--b',
            f'content-disposition: form-data; name=apiKey; filename="k"\nX: y\n\n{STARRED}\n--b',
        ),
        (f'{{"accessToken": "{LONG}"}}', f'{{"accessToken": "{STARRED}"}}'),
        (f'{{"private_key":"{LONG}"}}', f'{{"private_key":"{STARRED}"}}'),
        (
            f'{{"arguments": "{{\\"password\\": \\"{LONG}\\"}}"}}',
            f'{{"arguments": "{{\\"password\\": \\"{STARRED}\\"}}"}}',
        ),
        ('{"a": "{\\"secret\\":12}"}', '{"a": "{\\"secret\\":**}"}'),
        (f'{{"url": "https://me:{LONG}@host/x"}}', f'{{"url": "https://***{STARRED}@host/x"}}'),
        (f'data: {{"text": "use sk-{LONG}."}}', f'data: {{"text": "use ***{STARRED}."}}'),
        (f"Bearer {LONG}", f"Bearer {STARRED}"),
        (f"eyJhbGciOiJI.{LONG}.x", "*" * (len(LONG) + 15)),
        (
            f"-----BEGIN RSA PRIVATE KEY-----{LONG}-----END",
            f"-----BEGIN RSA PRIVATE KEY-----{STARRED}-----END",
        ),
        (f"password={LONG}", f"password={STARRED}"),
    ],
)
def test_secret_is_found_by_its_form_or_name_in_any_body(body, kept):
    request = RecordedRequest("POST", "/", (), body.encode())
    assert masked(recorded([], request=request), USUAL).request.body == kept.encode()
    assert masked(recorded([(0, [body.encode()])]), USUAL).body == kept.encode()


@pytest.mark.parametrize(
    "body",
    [
        '{"usage": {"prompt_tokens": 9, "max_tokens": 5, "token_count": 1}, "token": "Hello"}',
        '{"eos_token": "</s>", "next_page_token": null, "key": "value", "code": 200}',
        "the token=x and the code=200 of key=y",
        "https://example.com/@someone and mailto:me@example.com",
        "sk-learn is not a key, nor is a task-sk-something-else-entirely",
        "Bearer authentication-is-required-here",
        '{"signature": "part of an answer", "author": "me", "secretary": "you"}',
    ],
)
def test_ordinary_words_stay(body):
    assert masked(recorded([(0, [body.encode()])]), USUAL).body == body.encode()


@pytest.mark.parametrize(
    "name",
    [
        *("X-Access-Token", "Ocp-Apim-Subscription-Key", "X-Amz-Security-Token", "Api-Key"),
        *("X-Goog-Api-Key", "CF-Access-Client-Secret", "X-Auth", "X-Signature", "x-vault-token"),
    ],
)
def test_secret_header_is_found_by_its_words(name):
    assert masked(requested(headers=((name, LONG),)), USUAL).request.headers == ((name, STARRED),)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("x-ratelimit-limit-tokens", "90000"),
        ("Idempotency-Key", "a-b-c-d"),
        ("Author", "somebody"),
        ("X-Request-Id", "req_123"),
    ],
)
def test_other_header_stays(name, value):
    assert masked(requested(headers=((name, value),)), USUAL).request.headers == ((name, value),)


def test_password_of_basic_authentication_is_masked_where_it_is_repeated():
    header = ("Authorization", "Basic " + base64.b64encode(f"me:{LONG}".encode()).decode())
    exchange = recorded(
        [(0, [f"data: {LONG}\n\n".encode()])],
        request=RecordedRequest("GET", "/", (header,)),
    )
    assert masked(exchange, USUAL).body == f"data: {STARRED}\n\n".encode()


def test_secrets_before_and_after_the_body_are_masked():
    exchange = recorded(
        [],
        reason=f"Bearer {LONG}",
        interim=(RecordedInterim(0, 103, "", (("X-Api-Key", LONG),)),),
        details=FramingDetails(extension=f"token={LONG}", trailers=(("X-Session-Token", LONG),)),
    )
    assert LONG not in str(masked(exchange, USUAL))


def test_given_names_are_added_to_the_usual_names():
    masks = Masks.usual(headers=["X-Mine"], query=["Mine"], fields=["content"])
    exchange = recorded(
        [(0, [b'data: {"content": "hi"}\n\n'])],
        request=RecordedRequest("GET", "/?mine=1&token=2", (("x-mine", "3"), ("Api-Key", "4"))),
    )
    safe = masked(exchange, masks)
    assert safe.request.target == "/?mine=*&token=*"
    assert safe.request.headers == (("x-mine", "*"), ("Api-Key", "*"))
    assert safe.body == b'data: {"content": "**"}\n\n'


def test_a_secret_that_the_service_repeats_is_masked_everywhere():
    exchange = recorded(
        [(0, [b"data: you said s3cr", b"3t-v\xc3\xa4lue\n\n"])],
        request=RecordedRequest("GET", f"/{SECRET}", (("Authorization", f"Bearer {SECRET}"),)),
        headers=(("X-Echo", f"<{SECRET}>"),),
    )
    safe = masked(exchange, USUAL)
    assert SECRET not in str(safe)
    assert safe.headers == (("X-Echo", f"<{STARS}>"),)
    assert [w.chunks for w in safe.writes] == [(b"data: you said ****", b"*********\n\n")]


PIECES = st.lists(st.binary(min_size=1, max_size=9), min_size=1, max_size=5)


@settings(max_examples=100)
@given(st.lists(PIECES, max_size=4))
def test_masking_keeps_all_boundaries(reads):
    exchange = RecordedExchange(
        RecordedRequest("", ""),
        200,
        "OK",
        (),
        tuple(
            RecordedRead(n, tuple(BodyPiece(p) for p in pieces)) for n, pieces in enumerate(reads)
        ),
    )
    safe = masked(exchange, Masks.usual(fields=["a"]))
    sizes = [[len(piece.data) for piece in read.pieces] for read in safe.reads]
    assert sizes == [[len(piece) for piece in pieces] for pieces in reads]


@settings(max_examples=100)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), st.data())
def test_a_field_is_masked_for_any_cut_of_the_body(secret, data):
    before, value = b'data: {"password": "', json.dumps(secret).encode()[1:-1]
    body = before + value + b'"}\n\n'
    cut = data.draw(st.integers(1, len(body) - 1))
    safe = masked(recorded([(0, [body[:cut], body[cut:]])]), USUAL)
    assert safe.body[len(before) : len(before) + len(value)] == b"*" * len(value)
    assert safe.body[len(before) + len(value) :] == b'"}\n\n'


@pytest.mark.parametrize("name", ["a", "chunk"])
def test_frames_stay_sound_when_what_is_in_them_is_masked(name):
    frame = AwsFrame.of({":event-type": name}, json.dumps({"api_key": "abcdefgh"}).encode())
    data = frame.encode()
    exchange = recorded([(0, [data, data[:-1]])])
    body = masked(exchange, USUAL).body
    [kept], rest = split_frames(body)
    assert json.loads(kept.data) == {"api_key": "********"}
    assert (len(body), len(rest)) == (len(exchange.body), len(data) - 1)


def test_secrets_in_the_note_are_masked():
    note = 'The next bytes were not HTTP: got b\'data: {"api_key": "hunter2h\'.'
    exchange = recorded([], note=note)
    assert "hunter2h" not in (masked(exchange, Masks.usual()).note or "")


@pytest.mark.parametrize(
    "text",
    ["content-disposition: name=a", "\\", "sk-", "eyJaaaaaaaaa-", '"token":[', "bearer a/"],
)
def test_time_is_linear_in_the_size_of_the_text(text):
    body = text.encode() * (200_000 // len(text))

    assert masked(requested(body=body), USUAL).request.body == body


def test_word_that_looks_like_a_key_but_has_no_digit_stays():
    body = b"sk-learn-and-other-packages eyJhbGciOiJub25l"

    assert masked(requested(body=body), USUAL).request.body == body


def test_several_parts_of_a_form_are_masked_one_by_one():
    def form(first: str, last: str) -> bytes:
        head = "Content-Disposition: form-data; name="
        parts = (f"{head}token\r\n\r\n{first}", f"{head}note\r\n\r\nhi", f"{head}key\n\n{last}")
        return "".join(f"--b\r\n{part}\r\n" for part in parts).encode() + b"--b--"

    sent = requested(body=form("alpha-one", "beta-two"))

    assert masked(sent, USUAL).request.body == form("*" * 9, "*" * 8)


@pytest.mark.parametrize(
    "payload",
    [b'{"bytes":""}', b'{"a":1}', b'{"bytes":"eA="}', b'{"bytes":"eA==","p":"abc"}', b"no JSON"],
)
def test_chunk_without_a_secret_stays_as_it_is(payload):
    frame = AwsFrame.of({":event-type": "chunk"}, b"x")._replace(payload=payload)
    assert frame.masked(lambda data: data.replace(b"secret", b"******")) == frame


def test_what_is_around_the_data_of_a_frame_is_masked():
    def mask(data):
        return data.replace(b"secret", b"******")

    frame = AwsFrame.of({":event-type": "chunk", ":error-message": "a secret"}, b"my secret")
    frame = frame._replace(payload=frame.payload.replace(b"}", b',"key":"secret"}'))
    masked = frame.masked(mask)
    assert masked.data == b"my ******"
    assert b"secret" not in masked.encode()
    assert len(masked.encode()) == len(frame.encode())
