"""Which HTTP a browser would speak with a server, and with it how many streams a page can hold."""

import asyncio
import ssl
from enum import StrEnum
from urllib.parse import urlsplit


class HttpVersion(StrEnum):
    """What matters here: whether every stream takes a connection of its own."""

    ONE = "HTTP/1.1"
    TWO = "HTTP/2"


async def http_version(url: str) -> HttpVersion:
    """Ask a server that speaks TLS, the only way in which browsers speak HTTP/2."""
    address = urlsplit(url)
    if address.scheme != "https":
        return HttpVersion.ONE
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # The certificate was judged with the first request; here only the protocol is asked for.
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["h2", "http/1.1"])
    _, writer = await asyncio.open_connection(address.hostname, address.port or 443, ssl=context)
    chosen = writer.get_extra_info("ssl_object").selected_alpn_protocol()
    writer.close()
    return HttpVersion.TWO if chosen == "h2" else HttpVersion.ONE
