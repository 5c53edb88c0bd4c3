"""Each byte of a secret becomes a star, in every place where the secret occurs."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamproof.mock_ai.http1.bodies import BodyPiece
from streamproof.mock_ai.recording.exchange import (
    RecordedExchange,
    RecordedRead,
    RecordedRequest,
)
from streamproof.mock_ai.recording.masking import Masks, masked
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
        ('{"secrets": "a"}', '{"secrets": "a"}'),
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
        "another name",
    ],
)
def test_a_secret_json_field_keeps_only_its_structure(body, kept):
    assert masked(recorded([(0, [body.encode()])]), USUAL).body == kept.encode()


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


def test_secrets_in_the_note_are_masked():
    note = 'The next bytes were not HTTP: got b\'data: {"api_key": "hunter2h\'.'
    exchange = recorded([], note=note)
    assert "hunter2h" not in (masked(exchange, Masks.usual()).note or "")
