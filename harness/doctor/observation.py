"""What an examination saw; the checks look at nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from streamproof.contracts.transcript import Ending, Transcript
from streamproof.harness.doctor.http_version import HttpVersion
from streamproof.harness.http.client import HttpCall
from streamproof.harness.http.reading import StreamReading

STREAMS_AT_ONCE = 7
"""One more than a browser opens to one host and port over HTTP/1.1."""


class BackendKind(StrEnum):
    """Who answers at the other end, where it is one that plays what it is told."""

    STREAMPROOF = "streamproof"
    MOCK = "the mock AI service"


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """What a line did to streams whose every byte is known."""

    far_end: BackendKind
    waited_seconds: float
    begun: bool
    """Whether a first event came while the rest was held."""
    dropped: Ending
    """How the page's side ended after the backend dropped its own."""
    begun_untold: bool | None = None
    """The same of a stream without the headers that tell a proxy to pass it on; None: not asked."""
    begun_at_once: int | None = None
    """Of `STREAMS_AT_ONCE` streams, how many had begun while all were open; None: not asked."""


@dataclass(frozen=True, slots=True)
class CrossOrigin:
    """What a page of another origin is told; header names are in lower case."""

    origin: str
    credentials: bool
    status: int
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class StreamObservation:
    """A stream as a page gets it, and what else was learned about the way to it."""

    call: HttpCall
    reading: StreamReading
    http_version: HttpVersion
    in_the_way: tuple[str, ...] = ()
    line: ProbeResult | None = None
    cross: CrossOrigin | None = None

    @property
    def transcript(self) -> Transcript:
        """What the page got."""
        return self.reading.transcript

    def header(self, name: str) -> str:
        """Return a response header, or nothing."""
        return self.transcript.headers.get(name, "")


def origin_of(url: str) -> str:
    """Return the origin of a URL: scheme, host and port."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
