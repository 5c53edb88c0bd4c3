"""An examination asks each time on a connection of its own, and bears what any backend answers."""

import pytest
from aiohttp import web

from streamproof.contracts.sse import encode
from streamproof.harness.doctor.examination import examine
from streamproof.harness.doctor.limits import ProbeLimits
from streamproof.harness.doctor.probe_backend import PROBE, Probe
from streamproof.harness.http.client import HttpCall
from streamproof.harness.http.server import serving

LIMITS = ProbeLimits(wait_seconds=0.5, lasting_seconds=())


@pytest.mark.parametrize(
    ("arrived", "posts"), [("2", 2), ("1e999", 0), ("-1e999", 0), ("1.5", 0), ('"1"', 0), ("[]", 0)]
)
async def test_only_a_whole_number_of_posts_counts_and_each_request_connects(arrived, posts):
    ports = []

    async def answer(request: web.Request) -> web.Response:
        assert request.transport is not None
        ports.append(request.transport.get_extra_info("peername")[1])
        body = encode(f'{{"arrived": {arrived}}}')
        return web.Response(
            body=body, headers={PROBE: Probe.SAMPLE}, content_type="text/event-stream"
        )

    app = web.Application()
    app.router.add_route("*", "/", answer)
    async with serving(app) as url:
        seen = await examine(HttpCall("GET", url), LIMITS)
    assert seen.probe is not None
    assert seen.probe.requests is not None
    assert seen.probe.requests.posts == posts
    assert len(set(ports)) == len(ports) > 5
