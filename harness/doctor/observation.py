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


class LastingKind(StrEnum):
    """What a stream does for some time, before its last event."""

    LATE = "silence before the head"
    SILENT = "silence after the first event"
    STEADY = "stream of comments"


@dataclass(frozen=True, slots=True)
class LastingResult:
    """What became of a stream that lasts for some time."""

    kind: LastingKind
    seconds: float
    ended_seconds: float
    ending: Ending
    status: int
    is_whole: bool
    """Whether its last event arrived."""


@dataclass(frozen=True, slots=True)
class RequestsResult:
    """What became of requests on their way to the probe backend, which reports what it got."""

    is_cached: bool
    """Whether a request got the response to an earlier one."""
    last_event_id: str | None
    """What the backend got as `Last-Event-ID`; None: nothing."""
    posts: int
    """How often the backend got a POST that was sent once."""
    has_left: bool
    """Whether the backend noticed that the page had left a stream."""


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
    went_on: bool | None = None
    """Whether the small events after the first one arrived as well; None: not tested."""
    streams_started: int | None = None
    """How many of `STREAMS_AT_ONCE` open streams had an event; None: not tested."""
    sample: StreamReading | None = None
    """The stream that has everything that a proxy can damage; None: not tested."""
    requests: RequestsResult | None = None
    """What became of single requests; None: not tested."""
    lasting: tuple[LastingResult, ...] = ()
    """Streams that last for some time."""


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
