"""What to change when a check fails: the exact setting, and in which program.

The report takes the reason why a check matters from `streamproof explain`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from streamproof.harness.doctor.middleboxes import VITE

BACKEND = "backend"


@dataclass(frozen=True, slots=True)
class Advice:
    """A change, and where to make it: the backend, the page, or a proxy that `recognise` names."""

    who: str
    change: str


ADVICE: Mapping[str, tuple[Advice, ...]] = {
    "doctor.answer": (
        Advice(BACKEND, "204, 400, 405: send the request of your page: --form, --data, --method"),
        Advice(BACKEND, "401: --header 'Authorization: Bearer …', with the token of your page"),
        Advice(
            BACKEND, "403: allow the origin of the page; changeOrigin of a proxy changes only Host"
        ),
        Advice(VITE, "404: no key of server.proxy matches; 500, 502: nothing runs at its target"),
        Advice("nginx", "502, 504: start the server at proxy_pass, or raise proxy_read_timeout"),
    ),
    "doctor.content-type": (
        Advice(BACKEND, "Content-Type: text/event-stream; charset=utf-8"),
        Advice(VITE, "text/html is Vite's own page: add the path to server.proxy"),
    ),
    "doctor.compression": (
        Advice(BACKEND, "do not compress streams; send Cache-Control: no-transform"),
        Advice("nginx", "gzip off; in the location of the stream"),
        Advice("Express", "compression({ filter }) with a filter that excludes text/event-stream"),
        Advice("Next.js", "compress: false in next.config.js"),
        Advice("webpack-dev-server", "devServer: { compress: false }"),
    ),
    "doctor.length": (Advice(BACKEND, "send the stream in chunks, without a Content-Length"),),
    "doctor.cache-control": (Advice(BACKEND, "Cache-Control: no-cache, no-transform"),),
    "doctor.accel-buffering": (Advice(BACKEND, "X-Accel-Buffering: no"),),
    "doctor.events": (
        Advice(BACKEND, "write each event as `data: …` lines and a blank line; flush after each"),
    ),
    "doctor.buffering": (
        Advice(BACKEND, "flush after every event; remove middleware that collects the body"),
        Advice(
            "nginx",
            "proxy_buffering off; in the location, or X-Accel-Buffering: no from the backend",
        ),
        Advice(
            "Next.js", "no rewrites for streams: call the backend directly, or use a route handler"
        ),
        Advice("Apache", "ProxyPass … flushpackets=on, and streams without mod_deflate"),
    ),
    "doctor.silence": (
        Advice(BACKEND, "send a comment every 15 s: `: keep-alive` and a blank line"),
    ),
    "doctor.broken": (
        Advice(BACKEND, "end the body after the last event; send comments while no event is due"),
        Advice(
            "nginx", "proxy_read_timeout 1h; and comments from the backend more often than that"
        ),
    ),
    "doctor.six-connections": (
        Advice(BACKEND, "end the stream after the answer, or serve HTTP/2 (which needs TLS)"),
        Advice("page", "close() the EventSource at the end; use a WebSocket for live feeds"),
    ),
    "doctor.hidden-drop": (
        Advice(
            VITE,
            "in server.proxy: configure(proxy) { proxy.on('proxyRes', (up, _req, down) =>"
            " up.on('close', () => { if (!up.complete) down.destroy() })) }",
        ),
        Advice(
            "nginx", "proxy_http_version 1.1; with 1.0 a lost connection looks like a proper end"
        ),
        Advice("page", "or call the backend directly, with CORS, without the dev server's proxy"),
        Advice("page", "give up after 30 s without an event or a comment"),
    ),
    "doctor.needs-headers": (
        Advice("nginx", "proxy_buffering off; gzip off; in the location of the stream"),
        Advice(BACKEND, "send both headers with every stream; check that no proxy removes them"),
    ),
    "doctor.parallel": (
        Advice(BACKEND, "use an asynchronous server, or more workers than streams"),
        Advice(
            "nginx", "raise limit_conn and worker_connections: every stream takes two connections"
        ),
    ),
    "doctor.cors-response": (
        Advice(BACKEND, "Access-Control-Allow-Origin: the page's origin, with Vary: Origin"),
        Advice(
            BACKEND,
            "with cookies also Access-Control-Allow-Credentials: true, and an origin, not *",
        ),
    ),
    "doctor.cors-preflight": (
        Advice(BACKEND, "answer OPTIONS with 204, before the token is checked"),
        Advice(BACKEND, "Access-Control-Allow-Headers: Authorization, Content-Type, Last-Event-ID"),
    ),
}


def advice_for(check: str, proxies: Sequence[str]) -> tuple[Advice, ...]:
    """Return the advice for the backend and the detected proxies.

    Without advice for any of these proxies, return all advice of the check.
    """
    everything = ADVICE.get(check, ())
    if any(one.who in proxies for one in everything):
        return tuple(one for one in everything if one.who in (BACKEND, *proxies))
    return everything
