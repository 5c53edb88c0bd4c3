"""What to change, by check: the exact setting, and whose it is.

Why a finding matters is told by `streamproof explain`, here and there in the same words.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from streamproof.harness.doctor.middleboxes import VITE

BACKEND = "backend"


@dataclass(frozen=True, slots=True)
class Advice:
    """A change, and who has to make it: the backend, or one of those that `recognise` names."""

    who: str
    change: str


ADVICE: Mapping[str, tuple[Advice, ...]] = {
    "doctor.answer": (
        Advice(BACKEND, "204, 400, 405: ask as your page does: --form, --data, --method"),
        Advice(BACKEND, "401: --header 'Authorization: Bearer …', as your page sends it"),
        Advice(BACKEND, "403: allow the page's origin; changeOrigin of a proxy changes Host only"),
        Advice(VITE, "404: under no key of server.proxy; 500, 502: nothing runs at its target"),
        Advice("nginx", "502, 504: nothing runs at proxy_pass, or raise proxy_read_timeout"),
    ),
    "doctor.content-type": (
        Advice(BACKEND, "Content-Type: text/event-stream; charset=utf-8"),
        Advice(VITE, "text/html is the page itself: the path is not under a key of server.proxy"),
    ),
    "doctor.compression": (
        Advice(BACKEND, "leave streams out of the compression; Cache-Control: no-transform"),
        Advice("nginx", "gzip off; in the location of the stream"),
        Advice("Express", "a filter for compression() that leaves text/event-stream out"),
        Advice("Next.js", "compress: false in next.config.js"),
        Advice("webpack-dev-server", "devServer: { compress: false }"),
    ),
    "doctor.length": (Advice(BACKEND, "send the stream in chunks, and no Content-Length"),),
    "doctor.cache-control": (Advice(BACKEND, "Cache-Control: no-cache, no-transform"),),
    "doctor.accel-buffering": (Advice(BACKEND, "X-Accel-Buffering: no"),),
    "doctor.events": (
        Advice(BACKEND, "each event is `data: …` lines and a blank line; flush after each"),
    ),
    "doctor.buffering": (
        Advice(BACKEND, "flush after every event; no middleware may collect the body"),
        Advice(
            "nginx", "proxy_buffering off; in the location, or X-Accel-Buffering: no from behind"
        ),
        Advice("Next.js", "no rewrites for streams: ask the backend itself, or a route handler"),
        Advice("Apache", "ProxyPass … flushpackets=on, and no mod_deflate for streams"),
    ),
    "doctor.silence": (
        Advice(BACKEND, "send a comment, `: keep-alive` and a blank line, every 15 s"),
    ),
    "doctor.broken": (
        Advice(BACKEND, "end the body after the last event; send comments while there is none"),
        Advice("nginx", "proxy_read_timeout 1h; with comments more often than that"),
    ),
    "doctor.six-connections": (
        Advice(BACKEND, "end the stream after the answer, or serve HTTP/2 (which needs TLS)"),
        Advice("page", "close() the EventSource at the end; live feeds by WebSocket"),
    ),
    "doctor.hidden-drop": (
        Advice(
            VITE,
            "in server.proxy: configure(proxy) { proxy.on('proxyRes', (up, _req, down) =>"
            " up.on('close', () => { if (!up.complete) down.destroy() })) }",
        ),
        Advice("nginx", "proxy_http_version 1.1; in 1.0 a lost connection is a proper end"),
        Advice("page", "or ask the backend itself, with CORS, without the dev server's proxy"),
        Advice("page", "give up when neither an event nor a comment came for 30 s"),
    ),
    "doctor.needs-headers": (
        Advice("nginx", "proxy_buffering off; gzip off; in the location of the stream"),
        Advice(BACKEND, "send both headers with every stream; a proxy in between may swallow them"),
    ),
    "doctor.parallel": (
        Advice(BACKEND, "an asynchronous server, or more workers than streams"),
        Advice("nginx", "limit_conn and worker_connections: every stream takes two"),
    ),
    "doctor.cors-response": (
        Advice(BACKEND, "Access-Control-Allow-Origin: the page's origin, with Vary: Origin"),
        Advice(BACKEND, "with cookies also Access-Control-Allow-Credentials: true, and never *"),
    ),
    "doctor.cors-preflight": (
        Advice(BACKEND, "answer OPTIONS with 204, before any check of tokens"),
        Advice(BACKEND, "Access-Control-Allow-Headers: Authorization, Content-Type, Last-Event-ID"),
    ),
}


def advice_for(check: str, in_the_way: Sequence[str]) -> tuple[Advice, ...]:
    """Return what is for the backend and for those in the way; where that is for nobody, all."""
    everything = ADVICE.get(check, ())
    if any(one.who in in_the_way for one in everything):
        return tuple(one for one in everything if one.who in (BACKEND, *in_the_way))
    return everything
