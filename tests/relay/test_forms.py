"""Bodies are bounded before they are read, and only UTF-8 is decoded."""

from __future__ import annotations

import asyncio
import codecs
import gzip
import zlib
from urllib.parse import parse_qsl

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamproof.relay import forms
from streamproof.relay.forms import MAX_PREAMBLE_BYTES, url_encoded_fields
from streamproof.relay.routes import RELAY
from tests.relay.conftest import User, error_of
from tests.relay.scripted_ai import END

URL_ENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=b"
PART = b'--b\r\nContent-Disposition: form-data; name="%b"%b\r\n\r\n%b\r\n'


def multipart(*parts, preamble=b"", close=b"--b--\r\n"):
    """Return the body of a form; a part is a name, a value, and lines of its head."""
    body = preamble
    for name, value, *head in parts:
        body += PART % (name, b"".join(b"\r\n" + line for line in head), value)
    return body + close


@pytest.fixture
def send(ana, room):
    """Send a body to each endpoint that takes a form, and return the responses."""

    async def send(body, content_type, **headers):
        headers = {"Content-Type": content_type, **headers}
        paths = (f"{room}/messages", f"{room}/stream", "rooms")
        return [await ana.post(path, data=body, headers=headers) for path in paths]

    return send


@pytest.mark.security(12)
@pytest.mark.parametrize(
    "charset", ["punycode", "utf-7", "unicode_escape", "utf-16", "latin-1", "x"]
)
@pytest.mark.parametrize("kind", [URL_ENCODED, MULTIPART])
async def test_a_charset_other_than_utf_8_is_refused(send, charset, kind):
    for answer in await send(b"message=x", f"{kind}; charset={charset}"):
        error = f"The charset must be UTF-8, not '{charset}'"
        assert (answer.status, await error_of(answer)) == (415, error)


@pytest.fixture
def decoded():
    """Register the charset `noted`; give the bodies that are decoded with it."""
    bodies = []

    def decode(body, _errors="strict"):
        bodies.append(bytes(body))
        return codecs.latin_1_decode(body)

    def find(name):
        return codecs.CodecInfo(codecs.latin_1_encode, decode) if name == "noted" else None

    codecs.register(find)
    yield bodies
    codecs.unregister(find)


@pytest.mark.security(12)
@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (f"{URL_ENCODED}; charset=noted", b"message=x"),
        (f"{MULTIPART}; charset=noted", multipart((b"message", b"x"))),
        ("application/json; charset=noted", b"{}"),
        (MULTIPART, multipart((b"message", b"x", b"Content-Type: text/plain; charset=noted"))),
    ],
    ids=["url-encoded", "multipart", "json", "part"],
)
async def test_nothing_is_decoded_with_another_charset(ana, room, decoded, kind, body):
    for path in (f"{room}/messages", "rooms"):
        answer = await ana.post(path, data=body, headers={"Content-Type": kind})
        assert answer.status == 415
    assert decoded == []


async def test_json_of_another_charset_is_refused(ana):
    headers = {"Content-Type": "application/json; charset=punycode"}
    answer = await ana.post("rooms", data=b"{}" + b" " * 100_000, headers=headers)
    assert answer.status == 415


@pytest.mark.security(12)
@pytest.mark.parametrize(
    "body",
    [
        multipart((b"message", b"a-" * 40_000, b"Content-Type: text/plain; charset=punycode")),
        multipart((b"_charset_", b"punycode"), (b"message", b"a-" * 40_000)),
        multipart((b"message", b"=41", b"Content-Transfer-Encoding: quoted-printable")),
        multipart((b"message", b"x", b"Content-Encoding: gzip")),
    ],
    ids=["charset of a part", "charset of the form", "transfer encoding", "compressed part"],
)
async def test_a_part_that_needs_another_decoding_is_refused(ana, room, body):
    headers = {"Content-Type": MULTIPART}
    answer = await ana.post(f"{room}/messages", data=body, headers=headers)
    assert answer.status in {400, 415}
    assert await ana.history(room) == []


@pytest.mark.security(12)
@pytest.mark.parametrize(
    ("coding", "compress"),
    [("gzip", gzip.compress), ("deflate", zlib.compress), ("unknown", bytes)],
)
async def test_a_compressed_body_is_refused(send, coding, compress):
    body = compress(b"message=x" + b" " * 1_000_000)
    for answer in await send(body[:100_000], URL_ENCODED, **{"Content-Encoding": coding}):
        error = f"The body must not be encoded, got '{coding}'"
        assert (answer.status, await error_of(answer)) == (415, error)


@pytest.mark.parametrize("label", ["utf-8", "UTF-8", "utf8", "us-ascii"])
async def test_the_names_of_utf_8_are_accepted(ai, ana, room, label):
    ai.script = END
    headers = {"Content-Type": f"{URL_ENCODED}; charset={label}"}
    body = "message=h%C3%A9 é".encode()
    answer = await ana.post(f"{room}/stream", data=body, headers=headers)
    assert answer.status == 200
    await answer.read()
    assert (await ana.history(room))[0]["message"] == "hé é"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"message=" + b"\xff", URL_ENCODED),
        (multipart((b"message", b"\xff")), MULTIPART),
        (multipart((b"message", b"x"), close=b""), MULTIPART),
        (b"--b\r\nX: y\r\n\r\nx\r\n--b--\r\n", MULTIPART),
        (b"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c--\r\n--b--\r\n", MULTIPART),
        (b"x", "multipart/form-data"),
    ],
    ids=["urlencoded bytes", "bytes of a part", "no end", "no name", "nested", "no boundary"],
)
async def test_a_form_that_is_not_valid_is_refused(ana, room, body, kind):
    answer = await ana.post(f"{room}/messages", data=body, headers={"Content-Type": kind})
    assert answer.status == 400
    assert await ana.history(room) == []


@pytest.mark.parametrize("kind", [URL_ENCODED, MULTIPART])
async def test_a_field_with_an_empty_name_is_ignored(ai, ana, room, kind):
    ai.script = END
    fields = multipart((b"", b"x"), (b"message", b"Hi")) if kind == MULTIPART else b"=x&message=Hi"
    answer = await ana.post(f"{room}/messages", data=fields, headers={"Content-Type": kind})
    assert answer.status == 202


async def test_deep_json_holds_up_no_other_request(ana, relay):
    body = b'{"a":' * 20_000
    headers = {"Content-Type": "application/json"}
    posting = asyncio.create_task(ana.post("rooms", data=body, headers=headers))
    served = 0
    while not posting.done():
        await relay.get("/healthz")
        served += 1
    assert (await posting).status == 400
    assert served > 3


@pytest.mark.security(12)
@pytest.mark.parametrize("kind", [URL_ENCODED, MULTIPART])
async def test_the_number_of_fields_has_a_limit(ai, ana, room, kind):
    ai.script = END
    for extra, status in ((9, 202), (10, 400), (3000, 400)):
        if kind == URL_ENCODED:
            body = b"message=x" + b"&a=b" * extra
        else:
            body = multipart((b"message", b"x"), *[(b"a", b"")] * min(extra, 500))
        answer = await ana.post(f"{room}/messages", data=body, headers={"Content-Type": kind})
        assert answer.status == status
    assert await error_of(answer) == "A form can have at most 10 fields"


@pytest.mark.security(12)
async def test_the_text_before_the_first_part_has_a_limit(ai, ana, room):
    ai.script = END
    for size, status in ((MAX_PREAMBLE_BYTES, 202), (MAX_PREAMBLE_BYTES + 1, 400), (90_000, 400)):
        body = multipart((b"message", b"x"), preamble=b"\r\n" * (size // 2) + b"\n" * (size % 2))
        headers = {"Content-Type": MULTIPART}
        answer = await ana.post(f"{room}/messages", data=body, headers=headers)
        assert answer.status == status, size


async def test_a_preamble_counts_towards_the_size_of_the_body(ana, room):
    body = multipart((b"message", b"x"), preamble=b"x" * 200_000 + b"\r\n")
    answer = await ana.post(f"{room}/messages", data=body, headers={"Content-Type": MULTIPART})
    assert answer.status == 413


@pytest.mark.security(13)
async def test_a_body_that_drips_is_cut(start_relay):
    client = await start_relay(form_seconds=0.05)
    arrived = asyncio.Event()

    async def drip():
        yield b"message=x"
        await arrived.wait()

    answer = await User(client, "ana").post(
        "x/messages", data=drip(), headers={"Content-Type": URL_ENCODED}
    )
    assert (answer.status, await error_of(answer)) == (408, "Request took too long")
    arrived.set()


@pytest.mark.security(22)
async def test_fields_that_name_columns_are_ignored(ai, ana, room):
    ai.script = END
    form = aiohttp.FormData({"message": "x", "id": "mine", "userId": "budi", "sender": "AI"})
    await (await ana.post(f"{room}/stream", data=form)).read()
    [question, _] = await ana.history(room)
    assert question["id"] != "mine"
    assert question["sender"] == "USER"


async def test_long_forms_are_decoded_in_turns_of_the_loop(relay, ana, room, monkeypatch):
    turn_of_loop, decoded = 0, []

    def noting(*arguments, **options):
        decoded.append(turn_of_loop)
        return url_encoded_fields(*arguments, **options)

    monkeypatch.setattr(forms, "url_encoded_fields", noting)
    relay.app[RELAY].decoding._budget_seconds = 0.0
    headers = {"Content-Type": URL_ENCODED}
    body = b"message=" + b"%20" * 1000
    sent = [ana.post(f"{room}/messages", data=body, headers=headers) for _ in range(10)]
    sending = asyncio.gather(*sent)
    while not sending.done():
        await asyncio.sleep(0)
        turn_of_loop += 1
    for answer in await sending:
        assert (answer.status, await error_of(answer)) == (400, "Message is required")
    assert len(set(decoded)) == 10


@given(
    st.lists(
        st.sampled_from([*"a=&+%é한\ufffd", "%41", "%e9", "%ED", "%95%9C", "%2", "%FF", "%00"])
    )
)
def test_url_encoded_fields_are_those_of_the_standard_library(parts):
    text = "".join(parts)
    assert url_encoded_fields(text.encode()) == parse_qsl(text, keep_blank_values=True)
