"""Checks of the sample: what arrives is what the probe backend sent, byte for byte."""

from collections.abc import Iterator

from streamproof.contracts.sse import Decoder, Event
from streamproof.contracts.text import counted
from streamproof.contracts.transcript import Ending
from streamproof.harness.checking.check import Change, Check
from streamproof.harness.doctor.advice import BACKEND, PAGE, PROXY
from streamproof.harness.doctor.observation import StreamObservation
from streamproof.harness.doctor.sample import SAMPLE
from streamproof.harness.reports.result import Finding

SHOWN_BYTES = 24


def find_cut_short(seen: StreamObservation) -> Iterator[Finding]:
    """Find a body that ends properly before its last byte."""
    body = _body(seen)
    if len(body) < len(SAMPLE) and SAMPLE.startswith(body):
        yield Finding(
            "a stream that ends properly", f"{len(SAMPLE):,} bytes", f"only {len(body):,} of them"
        )


def find_lost_comments(seen: StreamObservation) -> Iterator[Finding]:
    """Find comments that did not arrive."""
    yield from _fewer("comments", _comments(SAMPLE), _comments(_body(seen)))


def find_lost_ids(seen: StreamObservation) -> Iterator[Finding]:
    """Find events without the ID that they were sent with."""
    sent, arrived = (_with_id(_events(body)) for body in (SAMPLE, _body(seen)))
    yield from _fewer("events with an ID of their own", sent, arrived)


def find_damaged_characters(seen: StreamObservation) -> Iterator[Finding]:
    """Find characters that became others, while all of ASCII arrived."""
    sent, arrived = (body.decode("utf-8", "replace") for body in (SAMPLE, _body(seen)))
    if sent == arrived or _ascii(sent) != _ascii(arrived):
        return
    damaged = arrived.count("\ufffd")
    actual = f"{counted(damaged, 'replacement character')} (U+FFFD)" if damaged else "others"
    yield Finding("the characters that are not ASCII", "they arrive unchanged", actual)


def find_changed_bytes(seen: StreamObservation) -> Iterator[Finding]:
    """Find the first byte that differs."""
    body = _body(seen)
    if body != SAMPLE:
        pairs = enumerate(zip(SAMPLE, body, strict=False))
        at = next((at for at, (sent, came) in pairs if sent != came), min(len(SAMPLE), len(body)))
        sent, came = (repr(one[at : at + SHOWN_BYTES])[1:] for one in (SAMPLE, body))
        yield Finding(f"the bytes from byte {at:,}", sent, came)


def _fewer(what: str, sent: int, arrived: int) -> Iterator[Finding]:
    if arrived < sent:
        yield Finding(what, str(sent), str(arrived))


def _body(seen: StreamObservation) -> bytes:
    assert seen.probe is not None and seen.probe.sample is not None  # noqa: S101, PT018  # `applies`
    return seen.probe.sample.body


def _events(body: bytes) -> list[Event]:
    decoder = Decoder()
    return decoder.feed(body) + decoder.close()


def _comments(body: bytes) -> int:
    return sum(line.startswith(b":") for line in body.splitlines())


def _with_id(events: list[Event]) -> int:
    return len({event.id for event in events} - {""})


def _ascii(text: str) -> str:
    return "".join(character for character in text if character.isascii())


def _is_whole_sample(seen: StreamObservation) -> bool:
    """Tell whether the sample can be compared: it was answered, and ended properly."""
    sample = seen.probe.sample.transcript if seen.probe and seen.probe.sample else None
    return sample is not None and sample.status == 200 and sample.ending is Ending.CLOSED


_NEEDS = (
    "doctor.answer",
    "doctor.content-type",
    "doctor.compression",
    "doctor.events",
    "doctor.broken",
    "doctor.endless",
    "doctor.cut-short",
)
_KINDS = ("doctor.comments", "doctor.ids", "doctor.characters")

CHECKS: tuple[Check[StreamObservation], ...] = (
    Check(
        "doctor.cut-short",
        "A proper end comes only after the last byte.",
        "A proxy ended the body as if it were complete, but the backend had sent more. The page"
        " takes a part of an answer for the whole one.",
        find_cut_short,
        needs=_NEEDS[:-1],
        applies=_is_whole_sample,
        broken_by="a limit on the size of a body; a reader of lines that stops at a long one",
        changes=(
            Change(PROXY, "raise the limit on the size of a response, or exclude streams from it"),
            Change(BACKEND, "end each stream with an event of its own, such as `event: end`"),
            Change(PAGE, "take an answer for complete only after that event"),
        ),
    ),
    Check(
        "doctor.comments",
        "Comments arrive.",
        "A backend keeps a silent connection alive with comments. If a proxy removes them, the"
        " connection to the page is silent, and the next proxy cuts it.",
        find_lost_comments,
        needs=_NEEDS,
        applies=_is_whole_sample,
        broken_by="a gateway that decodes the events and writes them again",
        changes=(
            Change(PROXY, "pass the bytes of the body on, without decoding the events"),
            Change(BACKEND, "or keep the connection alive with an event that the page ignores"),
        ),
    ),
    Check(
        "doctor.ids",
        "The IDs of events arrive.",
        "After a broken connection the page asks for what follows the last ID. Without IDs it gets"
        " the whole answer again, or loses a part.",
        find_lost_ids,
        needs=_NEEDS,
        applies=_is_whole_sample,
        broken_by="a gateway that copies only the `data` of events",
        changes=(Change(PROXY, "pass the bytes of the body on, without decoding the events"),),
    ),
    Check(
        "doctor.characters",
        "Every character arrives unchanged, wherever its bytes are cut.",
        "A proxy decodes each piece of the body alone. If the bytes of a character arrive in two"
        " pieces, both become U+FFFD.",
        find_damaged_characters,
        needs=_NEEDS,
        applies=_is_whole_sample,
        broken_by="`chunk.toString()`, or `chunk.decode()` of each piece",
        changes=(
            Change(PROXY, "pass bytes on, not text"),
            Change(
                PROXY,
                "or decode with state: `new TextDecoder()` and `decode(chunk, { stream: true })`,"
                " in Python `codecs.getincrementaldecoder('utf-8')()`",
            ),
        ),
    ),
    Check(
        "doctor.bytes",
        "Every byte arrives as it was sent.",
        "A proxy changes the body in another way than by losing comments, IDs or characters. Pages"
        " read names, line ends and long events differently then.",
        find_changed_bytes,
        needs=(*_NEEDS, *_KINDS),
        applies=_is_whole_sample,
        broken_by="a gateway that writes the events again; added or removed events",
        changes=(
            Change(PROXY, "pass the bytes of the body on, without decoding the events"),
            Change(PROXY, "exclude text/event-stream from filters that rewrite bodies"),
        ),
    ),
)
