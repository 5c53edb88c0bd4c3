"""Which HTTP version a browser would use with a server."""

import asyncio
import ssl
from enum import StrEnum
from urllib.parse import urlsplit


class HttpVersion(StrEnum):
    """The version; over HTTP/1.1 every stream takes a connection of its own."""

    ONE = "HTTP/1.1"
    TWO = "HTTP/2"
    UNKNOWN = "unknown"


async def http_version(url: str, wait_seconds: float) -> HttpVersion:
    """Negotiate the version by ALPN; without TLS, browsers use HTTP/1.1.

    The version is unknown if the server does not negotiate in time.
    """
    address = urlsplit(url)
    if address.scheme != "https":
        return HttpVersion.ONE
    try:
        async with asyncio.timeout(wait_seconds):
            chosen = await _chosen_protocol(address.hostname, address.port or 443)
    except (OSError, TimeoutError):
        return HttpVersion.UNKNOWN
    return HttpVersion.TWO if chosen == "h2" else HttpVersion.ONE


async def _chosen_protocol(host: str | None, port: int) -> str | None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # The first request has checked the certificate; this connection only negotiates.
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["h2", "http/1.1"])
    _, writer = await asyncio.open_connection(host, port, ssl=context)
    protocol: str | None = writer.get_extra_info("ssl_object").selected_alpn_protocol()
    writer.close()
    return protocol
