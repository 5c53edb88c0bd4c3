"""Streams in a test: read one, and assert that it keeps its contract."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Final

from streamproof.contracts.checker import check
from streamproof.contracts.contract import AI_SERVICE, FRONTEND, StreamContract
from streamproof.contracts.transcript import Transcript
from streamproof.harness.checking.check import run_checks
from streamproof.harness.checking.contract import checks_of
from streamproof.harness.checking.naming import find_contract
from streamproof.harness.errors import UsageError
from streamproof.harness.http.capture import parse_capture, unseen_in
from streamproof.harness.http.client import HttpCall, ReadLimits, client_session
from streamproof.harness.http.client import read_stream as request_stream
from streamproof.harness.http.reading import StreamReading
from streamproof.harness.reports.marks import kinds_of, reading_marks
from streamproof.harness.reports.result import CheckState, Leg, VerifiedCase
from streamproof.harness.reports.text_report import case_lines
from streamproof.harness.verify.checks.service import ServiceReply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streamproof.contracts.verdict import Report

SILENCE_SECONDS: Final = 30.0
LEGS: Final = {FRONTEND: Leg.BROWSER, AI_SERVICE: Leg.AI}


def read_stream(
    url: str,
    *,
    method: str | None = None,
    headers: Mapping[str, str] | None = None,
    json: object = None,
    form: Mapping[str, str] | None = None,
    data: bytes | None = None,
    timeout_seconds: float = SILENCE_SECONDS,
) -> StreamReading:
    """Request a stream, and read it to its end; a request with a body is a POST.

    The reading stops after `timeout_seconds` of silence. Raises `UnreachableError` if no connection
    can be made, and `UsageError` in an asynchronous test, whose loop it would hold up.
    """
    if _in_a_task():
        raise UsageError("read_stream: an event loop runs here; await read_stream_async instead")
    call = _call(url, method, headers, json, form, data)
    with ThreadPoolExecutor(1) as thread:  # the loop of this thread belongs to other plugins
        return thread.submit(asyncio.run, _read(call, timeout_seconds)).result()


async def read_stream_async(
    url: str,
    *,
    method: str | None = None,
    headers: Mapping[str, str] | None = None,
    json: object = None,
    form: Mapping[str, str] | None = None,
    data: bytes | None = None,
    timeout_seconds: float = SILENCE_SECONDS,
) -> StreamReading:
    """Do the same as `read_stream`, in an asynchronous test."""
    return await _read(_call(url, method, headers, json, form, data), timeout_seconds)


def assert_contract(
    stream: StreamReading | Transcript | bytes,
    contract: str | Path | StreamContract = FRONTEND,
    *,
    resumed: str | None = None,
) -> Report:
    """Return the report on a stream; raise `AssertionError` with its text if a check is broken.

    The stream is a reading, a transcript, or the bytes of a body. The contract is a shipped one by
    its name, a file, or an object. `resumed` is the `Last-Event-ID` of a connection that continues.
    """
    __tracebackhide__ = True
    rules = contract if isinstance(contract, StreamContract) else find_contract(str(contract))
    if resumed is not None:
        rules = rules.resumed(resumed)
    unseen = unseen_in(stream) if isinstance(stream, bytes) else frozenset()
    reading = _reading(stream, rules)
    reply = ServiceReply(reading, check(reading.transcript, rules))
    case = VerifiedCase(
        name=rules.name,
        title=f"Verdict: {reply.report.verdict}",
        outcomes=run_checks(checks_of(rules, unseen), reply),
        timeline=tuple(reading_marks(reading, LEGS.get(rules.name, Leg.AI), kinds_of(rules))),
    )
    if case.state is CheckState.BROKEN:
        raise AssertionError("\n".join(["the stream breaks its contract", *case_lines(case)]))
    return reply.report


def _in_a_task() -> bool:
    """Tell whether a loop would be held up; that of Playwright's synchronous API waits anyway."""
    try:
        return asyncio.current_task() is not None
    except RuntimeError:
        return False


def _call(
    url: str,
    method: str | None,
    headers: Mapping[str, str] | None,
    json: object,
    form: Mapping[str, str] | None,
    data: bytes | None,
) -> HttpCall:
    bodies = [body for body in (json, form, data) if body is not None]
    if len(bodies) > 1:
        raise UsageError("read_stream: json, form and data exclude each other; give one of them")
    fields = tuple((form or {}).items())
    return HttpCall(method or ("POST" if bodies else "GET"), url, headers or {}, json, fields, data)


async def _read(call: HttpCall, timeout_seconds: float) -> StreamReading:
    async with client_session() as session:
        return await request_stream(session, call, ReadLimits(silence_seconds=timeout_seconds))


def _reading(stream: StreamReading | Transcript | bytes, rules: StreamContract) -> StreamReading:
    if isinstance(stream, bytes):
        return parse_capture(stream, rules)
    return StreamReading(stream) if isinstance(stream, Transcript) else stream
