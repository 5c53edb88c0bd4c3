"""Hosts and ports as URLs and sockets write them: only URLs put IPv6 addresses in brackets."""

from __future__ import annotations


def bracketed(host: str) -> str:
    """Return a host as a URL has it: an IPv6 address in brackets (RFC 3986, section 3.2.2)."""
    return f"[{host}]" if ":" in host else host


def unbracketed(host: str) -> str:
    """Return a host as a socket needs it: an IPv6 address without brackets."""
    return host[1:-1] if host.startswith("[") and host.endswith("]") else host


def http_url(host: str, port: int) -> str:
    """Return the URL of a server that listens on a host and a port."""
    return f"http://{bracketed(host)}:{port}"


def reachable(host: str) -> str:
    """Return an address at which this machine reaches a server that listens on a host."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  # not bound here
