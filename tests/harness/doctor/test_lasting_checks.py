"""Which limit of time a stream shows that ended early."""

from __future__ import annotations

import pytest

from streamproof.contracts.transcript import Ending
from streamproof.harness.doctor.http_version import HttpVersion
from streamproof.harness.doctor.lasting_checks import find_idle_limit, find_total_limit
from streamproof.harness.doctor.observation import (
    BackendKind,
    LastingKind,
    LastingResult,
    ProbeResult,
    StreamObservation,
)
from streamproof.harness.http.client import HttpCall
from streamproof.harness.http.reading import StreamRecorder

LATE, SILENT, STEADY = LastingKind


def seen(*lasting: LastingResult) -> StreamObservation:
    """Return an observation with these lasting streams."""
    probe = ProbeResult(
        BackendKind.STREAMPROOF,
        5,
        started=True,
        ending_after_drop=Ending.ABORTED,
        lasting=lasting,
    )
    reading = StreamRecorder(200).finish(Ending.CLOSED, 0)
    return StreamObservation(HttpCall("GET", "http://x/"), reading, HttpVersion.ONE, (), probe)


def ended(kind: LastingKind, seconds: float, after: float) -> LastingResult:
    """Return the result of a stream that broke after some time."""
    return LastingResult(kind, seconds, after, Ending.ABORTED, 200, is_whole=after >= seconds)


def test_limit_on_the_whole_time_explains_the_silences_that_are_as_long():
    found = seen(ended(SILENT, 35, 30), ended(SILENT, 65, 30), ended(STEADY, 65, 60))
    assert [one.message for one in find_total_limit(found)] == ["a stream of comments, for 65 s"]
    assert [one.message for one in find_idle_limit(found)] == [
        "a silence after the first event, for 35 s"
    ]


def test_stream_that_lasts_shows_no_limit():
    found = seen(*(ended(kind, 35, 35) for kind in LastingKind))
    assert [*find_total_limit(found), *find_idle_limit(found)] == []


@pytest.mark.parametrize(
    ("ending", "status", "words"),
    [
        (Ending.ABORTED, 200, "the connection broke after 30.0 s"),
        (Ending.CLOSED, 200, "a proper end after 30.0 s, without the last event"),
        (Ending.OPEN, 200, "nothing more had arrived after 30.0 s"),
        (Ending.CLOSED, 504, "status 504 after 30.0 s"),
    ],
)
def test_end_is_named(ending, status, words):
    one = LastingResult(LATE, 35, 30, ending, status, is_whole=False)
    assert [finding.actual for finding in find_idle_limit(seen(one))] == [words]
