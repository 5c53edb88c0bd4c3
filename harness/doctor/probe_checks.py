"""Checks that need a probe backend: dropped connections, special headers, parallel streams."""

from collections.abc import Iterator

from streamproof.contracts.transcript import Ending
from streamproof.contracts.verdict import Severity
from streamproof.harness.checking.check import Change, Check
from streamproof.harness.doctor.advice import BACKEND, NGINX, PAGE, PROXY
from streamproof.harness.doctor.middleboxes import VITE
from streamproof.harness.doctor.observation import STREAMS_AT_ONCE, StreamObservation
from streamproof.harness.doctor.probe_backend import HELD_EVENTS
from streamproof.harness.doctor.request_checks import FRESH
from streamproof.harness.reports.result import Finding


def find_hidden_drop(seen: StreamObservation) -> Iterator[Finding]:
    """Find a drop of the backend that the page cannot notice."""
    probe = seen.probe
    if probe is None or probe.ending_after_drop is Ending.ABORTED:
        return
    shown = {
        Ending.OPEN: f"the page still waits after {probe.waited_seconds:g} s",
        Ending.CLOSED: "the page sees a proper end, as after a complete answer",
        Ending.UNREAD: "the page gets more than `doctor` reads",
        Ending.UNREADABLE: "the page gets bytes that are not events",
    }
    yield Finding(
        "the backend closed the connection inside an answer",
        "the connection to the page breaks too",
        shown[probe.ending_after_drop],
    )


def find_needs_headers(seen: StreamObservation) -> Iterator[Finding]:
    """Find a proxy that passes the stream on only because of its headers."""
    probe = seen.probe
    if probe is not None and probe.bare_started is False:
        yield Finding(
            "the first event of a stream without Cache-Control: no-transform and"
            " X-Accel-Buffering: no",
            "it arrives at once",
            f"nothing arrived in {probe.waited_seconds:g} s",
        )


def find_held_small_writes(seen: StreamObservation) -> Iterator[Finding]:
    """Find a line that passes the first event on, and holds the small ones after it."""
    probe = seen.probe
    if probe is not None and probe.went_on is False:
        yield Finding(
            f"{HELD_EVENTS} small events, each sent alone",
            "each arrives at once",
            f"the first arrived, the others did not in {probe.waited_seconds:g} s",
        )


def find_few_at_once(seen: StreamObservation) -> Iterator[Finding]:
    """Find streams that start only when others end."""
    started = seen.probe.streams_started if seen.probe else None
    if started is not None and started < STREAMS_AT_ONCE:
        yield Finding("streams open at the same time", str(STREAMS_AT_ONCE), str(started))


def _has_probe(seen: StreamObservation) -> bool:
    return seen.probe is not None


CHECKS: tuple[Check[StreamObservation], ...] = (
    Check(
        "doctor.small-writes",
        "Small events arrive at once, also after the first one.",
        "A proxy passes the first write on, and then collects until a block is full. The page shows"
        " the first word, and then nothing for a long time.",
        find_held_small_writes,
        needs=(*FRESH, "doctor.buffering", "doctor.broken"),
        applies=lambda seen: seen.probe is not None and seen.probe.went_on is not None,
        broken_by="a block of 2 or 4 KiB in a gateway; a compressor that flushes once",
        changes=(
            Change(PROXY, "flush after every write, or switch off the buffer for streams"),
            Change(NGINX, "proxy_buffering off; gzip off; in the location of the stream"),
            Change("Apache", "ProxyPass … flushpackets=on, and streams without mod_deflate"),
            Change(BACKEND, "flush after every event; remove middleware that collects the body"),
        ),
    ),
    Check(
        "doctor.hidden-drop",
        "If the backend drops the connection, the page notices.",
        "The backend lost the connection in the middle of an answer, but the page did not notice."
        " It waits without end, or takes half an answer for a complete one.",
        find_hidden_drop,
        needs=(*FRESH, "doctor.endless"),
        applies=_has_probe,
        broken_by="Vite's proxy; nginx that uses HTTP/1.0 to the backend",
        changes=(
            Change(
                VITE,
                "in server.proxy: configure(proxy) { proxy.on('proxyRes', (up, _req, down) =>"
                " up.on('close', () => { if (!up.complete) down.destroy() })) }",
            ),
            Change(
                NGINX,
                "proxy_http_version 1.1; with 1.0 a lost connection looks like a proper end",
            ),
            Change(PAGE, "or call the backend directly, with CORS, without the dev server's proxy"),
            Change(PAGE, "give up after 30 s without an event or a comment"),
        ),
    ),
    Check(
        "doctor.needs-headers",
        "Proxies pass the stream on without special headers.",
        "The proxies pass this stream on only because of its headers. If the backend forgets them,"
        " or another proxy removes them, the page gets everything at the end.",
        find_needs_headers,
        needs=(*FRESH, "doctor.buffering"),
        applies=lambda seen: seen.probe is not None and seen.probe.bare_started is not None,
        severity=Severity.SHOULD,
        broken_by="nginx with its default configuration",
        changes=(
            Change(NGINX, "proxy_buffering off; gzip off; in the location of the stream"),
            Change(
                BACKEND, "send both headers with every stream; check that no proxy removes them"
            ),
        ),
    ),
    Check(
        "doctor.parallel",
        f"{STREAMS_AT_ONCE} streams can be open at once.",
        "Several streams were opened together, and some started only when others had ended. So one"
        " long answer makes other users wait.",
        find_few_at_once,
        needs=(*FRESH, "doctor.buffering"),
        applies=_has_probe,
        broken_by="a server with few workers",
        changes=(
            Change(BACKEND, "use an asynchronous server, or more workers than streams"),
            Change(
                NGINX,
                "raise limit_conn and worker_connections: every stream takes two connections",
            ),
        ),
    ),
)
