"""The address of a server: as a URL has it, and as a socket needs it."""

from __future__ import annotations

from streamproof.contracts.loopback import url_host


def http_url(host: str, port: int, *, tls: bool = False) -> str:
    """Return the URL of a server that listens on a host and a port."""
    return f"{'https' if tls else 'http'}://{url_host(host)}:{port}"


def socket_host(host: str) -> str:
    """Return a host as a socket needs it: an IPv6 address without brackets."""
    return host[1:-1] if host.startswith("[") and host.endswith("]") else host


def reachable_host(host: str) -> str:
    """Return an address at which this machine reaches a server that listens on a host."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  # not bound here
