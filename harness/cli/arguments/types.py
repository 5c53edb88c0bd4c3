"""Types of command-line arguments: each returns a value, or says what was wanted."""

from argparse import ArgumentTypeError
from urllib.parse import urljoin, urlsplit

from streamproof.contracts.addresses import socket_host
from streamproof.contracts.origins import is_origin, origin_of, read_origin
from streamproof.contracts.paths import is_path
from streamproof.contracts.text import short
from streamproof.harness.http.urls import LAST_PORT, base_url_problem, url_problem
from streamproof.harness.masking import masked_url

LARGEST = 999_999_999
SLOWEST, FASTEST = 0.001, 1_000_000
EVERY_ADDRESS = ("", "*")  # some servers take these for all addresses


def port(text: str) -> int:
    """Read a port, or 0 for a free one."""
    return _whole_number(text, least=0, most=LAST_PORT)


def fixed_port(text: str) -> int:
    """Read a port, but not 0."""
    return _whole_number(text, least=1, most=LAST_PORT)


def count(text: str) -> int:
    """Read a number of things, which is at least 1."""
    return _whole_number(text, least=1)


def seed(text: str) -> int:
    """Read the seed of random decisions."""
    return _whole_number(text, least=0)


def _whole_number(text: str, least: int, most: int = LARGEST) -> int:
    if not text.isdecimal() or len(text) > len(str(most)) or not least <= int(text) <= most:
        raise ArgumentTypeError(f"wanted a whole number from {least} to {most}, got {short(text)}")
    return int(text)


def host(text: str) -> str:
    """Read the address to listen on; IPv6 addresses may have brackets."""
    if text in EVERY_ADDRESS:
        raise ArgumentTypeError(
            f"wanted an address, or 0.0.0.0 for all addresses; got {short(text)}"
        )
    return socket_host(text)


def allowed_origin(text: str) -> str:
    """Read the origin of pages that may read replies; it may be `null`, or contain `*`."""
    try:
        return read_origin(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from error


def origin_of_one_server(text: str) -> str:
    """Read the origin of pages that may use a relay, which must be named in full."""
    origin = allowed_origin(text)
    if not is_origin(origin):
        raise ArgumentTypeError(
            f"wanted the origin of one server, such as http://localhost:5173, got {short(text)}"
        )
    return origin


def speed(text: str) -> float:
    """Read a speed: a factor, or 0 for no delays at all."""
    value = _number(text)
    if value != 0 and not SLOWEST <= value <= FASTEST:
        raise ArgumentTypeError(f"wanted 0, or from {SLOWEST:g} to {FASTEST:,}, got {short(text)}")
    return value


def seconds(text: str) -> float:
    """Read a time in seconds, which is a number above 0."""
    value = _number(text)
    if not 0 < value <= LARGEST:
        raise ArgumentTypeError(f"wanted a number above 0, at most {LARGEST}, got {short(text)}")
    return value


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ArgumentTypeError(f"wanted a number, got {short(text)}") from None


def url(text: str) -> str:
    """Read the URL of a request."""
    return _without_problem(text, url_problem(text))


def base_url(text: str) -> str:
    """Read the URL of a service, to which a path is added: without a query and a fragment."""
    return _without_problem(text, base_url_problem(text))


def relative_url(text: str) -> str:
    """Read a URL, or a path that is joined to another URL."""
    try:
        whole = urljoin("http://host/", text)
    except ValueError:  # the host is not valid
        whole = text
    _without_problem(text, url_problem(whole))
    return text


def origin(text: str) -> str:
    """Read the origin of a page as a browser sends it: a scheme, a host and perhaps a port."""
    parts = urlsplit(_without_problem(text, base_url_problem(text)))
    if parts.path.strip("/") or "@" in parts.netloc:
        raise ArgumentTypeError(
            f"wanted an origin such as http://localhost:5173, got {_shown_url(text)}"
        )
    return origin_of(text)


def _without_problem(text: str, problem: str | None) -> str:
    if problem:
        wanted = "wanted a URL such as http://127.0.0.1:8000/chat"
        raise ArgumentTypeError(f"{wanted}, got {_shown_url(text)}: {problem}")
    return text


def _shown_url(text: str) -> str:
    """Quote a text that should be a URL, without what can be a password."""
    return short(masked_url(text) if {"@", "="} & {*text} else text)


def file_or_url(text: str) -> str:
    """Read a URL, or else the path of a file."""
    return url(text) if is_url(text) else text


def is_url(text: str) -> bool:
    """Tell whether an argument of the type `file_or_url` is a URL, perhaps a mistyped one."""
    return "://" in text or ("@" in text and not is_path(text))
