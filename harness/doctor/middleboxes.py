"""Detects the proxies between page and backend, as far as they identify themselves."""

from collections.abc import Iterator, Mapping
from urllib.parse import urljoin

import aiohttp

VITE = "Vite"
VITE_CLIENT = "/@vite/client"
LOOK_SECONDS = 2.0
# A header, a word in its value, and the program that sends it.
SIGNS = (
    ("server", "nginx", "nginx"),
    ("server", "cloudflare", "Cloudflare"),
    ("server", "caddy", "Caddy"),
    ("server", "envoy", "Envoy"),
    ("x-powered-by", "express", "Express"),
    ("x-powered-by", "next.js", "Next.js"),
)


async def detect_proxies(
    session: aiohttp.ClientSession, url: str, headers: Mapping[str, str]
) -> tuple[str, ...]:
    """Return the names of the proxies that the headers reveal, and of a Vite dev server."""
    found = list(_signed(headers))
    if await _is_vite(session, url):
        found.append(VITE)
    return tuple(found)


def _signed(headers: Mapping[str, str]) -> Iterator[str]:
    for name, word, program in SIGNS:
        if word in headers.get(name, "").lower():
            yield program


async def _is_vite(session: aiohttp.ClientSession, url: str) -> bool:
    """Request the script that every page of a Vite dev server loads."""
    timeout = aiohttp.ClientTimeout(total=LOOK_SECONDS)
    try:
        async with session.get(urljoin(url, VITE_CLIENT), timeout=timeout) as reply:
            return reply.status == 200 and "javascript" in reply.headers.get("Content-Type", "")
    except (aiohttp.ClientError, TimeoutError):
        return False
