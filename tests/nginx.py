"""A real nginx in front of backends."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from tests.programs import program

SOUND: Final = "proxy_buffering off; proxy_http_version 1.1; proxy_set_header Connection '';"
LOCATIONS: Final[Mapping[str, str]] = {
    "sound": SOUND,
    "as-it-is": "",
    "collects": "proxy_ignore_headers X-Accel-Buffering;",
    "compresses": f"{SOUND} gzip on; gzip_types text/event-stream;",
    "cuts-silences": f"{SOUND} proxy_read_timeout 1s;",
    "caches": "proxy_http_version 1.1; proxy_cache answers; proxy_cache_valid 200 1m;"
    " proxy_ignore_headers Cache-Control X-Accel-Buffering;",
    "tries-again": f"{SOUND} proxy_next_upstream error non_idempotent;",
}
TEMPORARY: Final = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


def temporary_paths(folder: Path) -> str:
    """Return the settings that keep all temporary files in a folder."""
    return "\n".join(f"{name}_temp_path {folder}/{name};" for name in TEMPORARY)


def configuration(folder: Path, backend: str, port: int, *, tls: bool) -> str:
    """Return a configuration that keeps all files in a folder."""
    protocols = "ssl http2" if tls else ""
    certificate = f"ssl_certificate {folder}/cert; ssl_certificate_key {folder}/key;"
    paths = temporary_paths(folder)
    address = backend.removeprefix("http://")
    locations = "\n".join(
        f"location /{name}/ {{ proxy_pass http://backends; {settings} }}"
        for name, settings in LOCATIONS.items()
    )
    return f"""
user root;
pid {folder}/pid;
error_log {folder}/error.log;
daemon off;
events {{}}
http {{
access_log off;
{paths}
proxy_cache_path {folder}/cache keys_zone=answers:1m;
upstream backends {{ server {address} max_fails=0; server {address} max_fails=0; }}
server {{
listen 127.0.0.1:{port} {protocols};
{certificate if tls else ""}
{locations}
}} }}
"""


def make_certificate(folder: Path) -> None:
    """Create a key, and a self-signed certificate."""
    openssl = program("openssl")
    arguments = (
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=localhost"
    )
    command = [openssl, *arguments.split(), "-keyout", f"{folder}/key", "-out", f"{folder}/cert"]
    subprocess.run(command, check=True, capture_output=True)


@contextmanager
def running(folder: Path, configured: Callable[[int], str]) -> Iterator[int]:
    """Run nginx while the block runs; yield the port, with which `configured` is called.

    nginx inherits a listening socket, so a test does not have to wait for it.
    """
    command = program("nginx")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        (folder / "nginx.conf").write_text(configured(port))
        process = subprocess.Popen(
            [command, "-e", folder / "error.log", "-c", folder / "nginx.conf"],
            env={**os.environ, "NGINX": f"{listening.fileno()};"},
            pass_fds=[listening.fileno()],
        )
    try:
        yield port
    finally:
        process.terminate()
        process.wait()


@contextmanager
def nginx(folder: Path, backend: str, *, tls: bool = False) -> Iterator[str]:
    """Run nginx with a location for each configuration, with `tls` over HTTP/2; yield its URL."""
    if tls:
        make_certificate(folder)
    configured = partial(configuration, folder, backend, tls=tls)
    with running(folder, configured) as port:
        yield f"http{'s' if tls else ''}://127.0.0.1:{port}"


@contextmanager
def as_in(file: Path, folder: Path, backends: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Run nginx as a file configures it; other hosts stand for its `server` names."""
    text = file.read_text("utf-8")
    for name, addresses in backends.items():
        assert f"server {name};" in text
        servers = "".join(f"server {address};" for address in addresses)
        text = text.replace(f"server {name};", servers)

    def configured(port: int) -> str:
        own = f"user root; pid {folder}/pid; error_log {folder}/error.log; daemon off;"
        inside = f"http {{ access_log off; {temporary_paths(folder)}"
        assert "listen 8080;" in text
        here = text.replace("listen 8080;", f"listen 127.0.0.1:{port};")
        return f"{own}\n{here.replace('http {', inside)}"

    with running(folder, configured) as port:
        yield f"http://127.0.0.1:{port}"
