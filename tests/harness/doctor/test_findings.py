"""Every check of `doctor` can fail: for each check there is a proxy that fails exactly this one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from aiohttp import web

from streamproof.contracts.sse import encode
from streamproof.contracts.transcript import Ending
from streamproof.harness.doctor.catalogue import CHECKS, not_judged
from streamproof.harness.doctor.examination import PageOrigin, examine
from streamproof.harness.doctor.http_version import HttpVersion
from streamproof.harness.doctor.limits import ProbeLimits
from streamproof.harness.doctor.observation import StreamObservation
from streamproof.harness.doctor.probe_backend import HEADERS, answering_probes
from streamproof.harness.doctor.report import result_of
from streamproof.harness.http.client import HttpCall
from streamproof.harness.http.reading import StreamRecorder
from streamproof.harness.http.server import serving
from streamproof.harness.reports.result import CheckOutcome
from tests.harness.doctor.faulty_proxies import SOUND, TIME_LIMITS, WRONG, Proxy
from tests.long_runs import some_of

ORIGIN = "http://localhost:5173"
ALL = ProbeLimits()
LIMITS = ProbeLimits(lasting_seconds=())
SHORT_LIMITS = ProbeLimits(wait_seconds=3, max_bytes=1_048_576, lasting_seconds=())
"""For proxies that make `doctor` wait for the whole time."""


def outcomes(seen: StreamObservation) -> tuple[CheckOutcome, ...]:
    """Run the checks on what was observed."""
    return result_of(seen).cases[0].outcomes


def failed(seen: StreamObservation) -> list[str]:
    """Return the checks with findings."""
    return [one.check for one in outcomes(seen) if one.findings]


async def test_correct_proxy_fails_no_check_and_every_check_runs():
    async with SOUND.serve() as url:
        seen = await examine(HttpCall("GET", url), ALL)
    assert failed(seen) == []
    assert set(not_judged(outcomes(seen))) == {"doctor.cors-response", "doctor.cors-preflight"}


@pytest.mark.parametrize(("proxy", "check"), some_of(WRONG.values(), 11, WRONG))
async def test_proxy_with_one_fault_fails_exactly_its_check(proxy, check):
    async with proxy.serve() as url:
        seen = await examine(HttpCall("GET", url), SHORT_LIMITS)
    assert failed(seen) == [f"doctor.{check}"]


@pytest.mark.parametrize(("proxy", "check"), some_of(TIME_LIMITS.values(), 3, TIME_LIMITS))
async def test_limit_of_time_is_found_by_a_stream_that_lasts_longer(proxy, check):
    async with proxy.serve() as url:
        seen = await examine(HttpCall("GET", url), replace(SHORT_LIMITS, lasting_seconds=(3,)))
    assert failed(seen) == [f"doctor.{check}"]


@pytest.mark.parametrize(
    ("coding", "what"),
    [("br", "browsers decode it"), ("compress", "browsers do not know it")],
)
async def test_what_browsers_do_with_a_coding_is_named(coding, what):
    proxy = Proxy(headers={"Content-Encoding": coding})
    async with proxy.serve() as url:
        seen = await examine(HttpCall("GET", url), SHORT_LIMITS)
    [outcome] = [one for one in outcomes(seen) if one.check == "doctor.compression"]
    assert what in (outcome.findings[0].actual or "")


@pytest.mark.parametrize(
    ("count", "size", "states"),
    [
        (1, 9_000, {"warning": "9,"}),
        (1, 70_000, {"broken": "more than 65,536 bytes, the limit of this client"}),
        (1_001, 1, {"broken": "more than 1,000 headers, the limit of this client"}),
    ],
    ids=["long-for-proxies", "long", "many"],
)
async def test_large_head_is_named_as_what_it_is(count, size, states):
    headers = {**HEADERS, **{f"X-Log-{number}": "x" * size for number in range(count)}}

    async def answer(_: web.Request) -> web.Response:
        return web.Response(text="data: 1\n\n", headers=headers)

    app = web.Application()
    app.router.add_get("/", answer)
    async with serving(app) as url:
        seen = await examine(HttpCall("GET", f"{url}/"), LIMITS)
    [outcome] = [one for one in outcomes(seen) if one.check == "doctor.head-size"]
    [(state, words)] = states.items()
    assert outcome.state == state
    assert words in (outcome.findings[0].actual or "")


ALLOWED = {
    "Access-Control-Allow-Origin": ORIGIN,
    "Access-Control-Allow-Credentials": "true",
    "Vary": "Origin",
}
GRANTED = {
    **ALLOWED,
    "Access-Control-Allow-Methods": "PUT",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Last-Event-ID, X-Mine",
}
ANY_ORIGIN = {"Access-Control-Allow-Origin": "*"}
ANY_HEADER = {**GRANTED, "Access-Control-Allow-Headers": "*"}


def without(headers: dict[str, str], name: str) -> dict[str, str]:
    """Return the headers without one of them."""
    return {key: value for key, value in headers.items() if key != name}


@asynccontextmanager
async def backend(allowed: dict[str, str], granted: dict[str, str]) -> AsyncIterator[str]:
    """Serve a stream with the headers `allowed`, and a preflight with the headers `granted`."""

    async def add(request: web.Request, response: web.StreamResponse) -> None:
        if request.method != "OPTIONS":
            response.headers.update(allowed)

    async def preflight(_: web.Request) -> web.Response:
        return web.Response(status=204 if granted else 405, headers=granted)

    app = web.Application(middlewares=[answering_probes()])
    app.router.add_options("/", preflight)
    app.on_response_prepare.append(add)
    async with serving(app) as url:
        yield f"{url}/"


CREDENTIALS = "Access-Control-Allow-Credentials"
METHODS = "Access-Control-Allow-Methods"
PERMISSIONS = {
    "sound": (ALLOWED, GRANTED, []),
    "any-origin-but-with-cookies": (ANY_ORIGIN, GRANTED, ["response"]),
    "vary": (without(ALLOWED, "Vary"), GRANTED, ["response"]),
    "nothing": ({}, GRANTED, ["response"]),
    "method": (ALLOWED, without(GRANTED, METHODS), ["preflight"]),
    "any-header-but-with-cookies": (ALLOWED, ANY_HEADER, ["preflight"]),
    "credentials": (
        without(ALLOWED, CREDENTIALS),
        without(GRANTED, CREDENTIALS),
        ["response", "preflight"],
    ),
    "no-preflight": (ALLOWED, {}, ["preflight"]),
}


@pytest.mark.parametrize(
    ("allowed", "granted", "found"), some_of(PERMISSIONS.values(), 3, PERMISSIONS)
)
async def test_what_a_page_of_another_origin_lacks_is_found(allowed, granted, found):
    async with backend(allowed, granted) as url:
        call = HttpCall("PUT", url, {"X-Mine": "1"})
        seen = await examine(call, LIMITS, PageOrigin(ORIGIN, credentials=True))
    assert failed(seen) == [f"doctor.cors-{one}" for one in found]


@pytest.mark.parametrize(
    ("headers", "found"),
    [({}, []), ({"Authorization": "Bearer x"}, ["doctor.cors-preflight"])],
    ids=["without", "with-a-token"],
)
async def test_any_header_covers_all_but_a_token(headers, found):
    granted = {**ANY_ORIGIN, "Access-Control-Allow-Headers": "*"}
    async with backend(ANY_ORIGIN, granted) as url:
        seen = await examine(HttpCall("GET", url, headers), LIMITS, PageOrigin(ORIGIN))
    assert failed(seen) == found


async def test_page_of_the_same_origin_needs_no_permission():
    async with backend({}, {}) as url:
        seen = await examine(HttpCall("GET", url), LIMITS, PageOrigin(url.rstrip("/")))
    assert failed(seen) == []


@pytest.mark.parametrize(
    ("method", "page", "named"),
    [
        ("GET", None, None),
        ("GET", PageOrigin(ORIGIN), ORIGIN),
        ("POST", PageOrigin(ORIGIN), ORIGIN),
        ("POST", None, "its own"),
    ],
)
async def test_origin_is_named_where_a_browser_names_it(method, page, named):
    seen = []

    async def note(request: web.Request) -> web.Response:
        seen.append(request.headers.get("Origin"))
        return web.Response(status=403, text="Not from there")

    app = web.Application()
    app.router.add_route(method, "/", note)
    async with serving(app) as url:
        answer = await examine(HttpCall(method, url), LIMITS, page)
    assert seen[0] == (url if named == "its own" else named)
    assert "status 403, Not from there" in str(outcomes(answer)[1].findings)


async def test_answer_of_any_nesting_is_not_taken_for_the_mock():
    async def answer(_: web.Request) -> web.Response:
        return web.Response(text="[" * 20_000)

    app = web.Application()
    app.router.add_get("/", answer)
    async with serving(app) as url:
        seen = await examine(HttpCall("GET", url), LIMITS)
    assert (failed(seen), seen.probe) == (["doctor.content-type"], None)


async def test_stream_that_lasts_keeps_one_of_six_connections():
    async def lasting(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers=HEADERS)
        await response.prepare(request)
        await response.write(encode("tick"))
        await asyncio.Event().wait()
        return response

    app = web.Application()
    app.router.add_get("/", lasting)
    async with serving(app) as url:
        seen = await examine(
            HttpCall("GET", f"{url}/"), ProbeLimits(read_seconds=1, wait_seconds=1)
        )
    assert failed(seen) == ["doctor.six-connections"]
    assert failed(replace(seen, http_version=HttpVersion.TWO)) == []


def examined(*times_ms: float, ended_ms: float | None = None) -> StreamObservation:
    """Return the observation of a stream whose events arrived at these times."""
    recorder = StreamRecorder(200, {name.lower(): value for name, value in HEADERS.items()})
    for at_ms in times_ms:
        recorder.feed(encode("x"), at_ms)
    ended = times_ms[-1] if ended_ms is None else ended_ms
    reading = recorder.finish(Ending.CLOSED, ended)
    return StreamObservation(HttpCall("GET", "http://x/"), reading, HttpVersion.ONE)


@pytest.mark.parametrize(
    ("times_ms", "found"),
    [
        pytest.param((1500, 1501, 1502), ["doctor.buffering"], id="late-and-at-once"),
        pytest.param((1500, 1600, 1700), [], id="late"),
        pytest.param((10, 11, 12), [], id="quick"),
        pytest.param((1500, 1501), [], id="few"),
    ],
)
def test_unknown_stream_is_held_back_when_many_events_come_late_and_at_once(times_ms, found):
    assert failed(examined(*times_ms)) == found


@pytest.mark.parametrize(
    ("times_ms", "judged"), [((10, 11, 12), False), ((10, 60, 110), True)], ids=["quick", "slow"]
)
def test_quick_answer_tells_nothing_about_buffering(times_ms, judged):
    assert ("doctor.buffering" not in not_judged(outcomes(examined(*times_ms)))) is judged


@pytest.mark.parametrize(
    ("times_ms", "ended_ms"),
    [((20_000, 20_100, 20_200), None), ((100, 200, 300), 20_300)],
    ids=["before-the-first", "after-the-last"],
)
def test_long_silence_is_found(times_ms, ended_ms):
    assert failed(examined(*times_ms, ended_ms=ended_ms)) == ["doctor.silence"]


def test_behind_nginx_the_header_that_it_takes_is_not_missed():
    headers = {n.lower(): v for n, v in HEADERS.items() if n != "X-Accel-Buffering"}
    seen = examined(10, 60, 110)
    bare = replace(seen.transcript, headers=headers)
    behind = replace(seen, reading=replace(seen.reading, transcript=bare))
    assert failed(behind) == ["doctor.accel-buffering"]
    assert failed(replace(behind, proxies=("nginx",))) == []


OTHER_TESTS = {"head-size", "silence", "six-connections", "cors-response", "cors-preflight"}
"""Checks that no proxy of the table fails alone; each has a test above."""


def test_every_check_has_its_line_and_its_advice():
    proven = {check for _, check in (*WRONG.values(), *TIME_LIMITS.values())} | OTHER_TESTS
    assert {check.id.removeprefix("doctor.") for check in CHECKS} == proven
    assert [check.id for check in CHECKS if not check.changes] == []
