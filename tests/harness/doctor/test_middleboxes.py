"""Proxies are detected by their headers, and Vite by its script."""

import pytest
from aiohttp import ClientSession, web

from streamproof.harness.doctor.middleboxes import VITE, VITE_CLIENT, detect_proxies
from streamproof.harness.http.server import serving


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ({"server": "nginx/1.22.1"}, ("nginx",)),
        ({"x-powered-by": "Express"}, ("Express",)),
        ({}, ()),
    ],
)
async def test_proxy_is_detected_by_its_headers(headers, found):
    async with ClientSession() as session, serving(web.Application()) as url:
        assert await detect_proxies(session, url, headers) == found


async def test_vite_is_detected_by_its_script():
    async def script(_: web.Request) -> web.Response:
        return web.Response(text="", content_type="text/javascript")

    app = web.Application()
    app.router.add_get(VITE_CLIENT, script)
    async with ClientSession() as session, serving(app) as url:
        assert await detect_proxies(session, url, {}) == (VITE,)


async def test_server_that_has_stopped_is_not_vite(unused_tcp_port):
    async with ClientSession() as session:
        assert await detect_proxies(session, f"http://127.0.0.1:{unused_tcp_port}", {}) == ()
