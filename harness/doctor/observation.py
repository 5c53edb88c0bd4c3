"""What `doctor` observed; the checks use nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from streamproof.contracts.transcript import Ending, Transcript
from streamproof.harness.doctor.http_version import HttpVersion
from streamproof.harness.http.client import HttpCall
from streamproof.harness.http.reading import StreamReading

STREAMS_AT_ONCE = 7
"""One more than the connections that a browser opens to one host and port over HTTP/1.1."""


class BackendKind(StrEnum):
    """A backend that can send the probes of `doctor`."""

    STREAMPROOF = "streamproof"
    MOCK = "the mock AI service"


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """What happened on the way to streams whose every byte is known."""

    backend: BackendKind
    waited_seconds: float
    started: bool
    """Whether the first event arrived while the backend held the rest."""
    ending_after_drop: Ending
    """How the connection to the page ended after the backend dropped its own."""
    bare_started: bool | None = None
    """Like `started`, for a stream without the headers against buffering; None: not tested."""
    streams_started: int | None = None
    """How many of `STREAMS_AT_ONCE` open streams had an event; None: not tested."""


@dataclass(frozen=True, slots=True)
class CrossOrigin:
    """The preflight of a page of another origin; header names are in lower case."""

    origin: str
    credentials: bool
    status: int
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class StreamObservation:
    """A stream as the page receives it, and what else was observed on the way."""

    call: HttpCall
    reading: StreamReading
    http_version: HttpVersion
    proxies: tuple[str, ...] = ()
    probe: ProbeResult | None = None
    cross_origin: CrossOrigin | None = None

    @property
    def transcript(self) -> Transcript:
        """What the page received."""
        return self.reading.transcript

    @property
    def is_answered(self) -> bool:
        """Whether the response has the status of a stream."""
        return self.transcript.status == 200

    def header(self, name: str) -> str:
        """Return a response header, or an empty text."""
        return self.transcript.headers.get(name, "")
