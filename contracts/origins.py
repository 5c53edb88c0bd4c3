"""Origins: the pages of other servers that may read the replies of a server (CORS).

An origin is a scheme with a host and a port, or `null`. Pages of sandboxed frames and of files have
the origin `null`, so it is not the origin of one page.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

from streamproof.contracts.loopback import is_loopback_origin
from streamproof.contracts.text import short

ANY: Final = "*"
"""In an origin it stands for any text; alone it is every origin."""
OPAQUE: Final = "null"

_DEFAULT_PORTS: Final = {"http": ":80", "https": ":443"}
_ORIGIN: Final = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#@\s\"'\\A-Z]+")


def is_origin(text: str) -> bool:
    """Tell whether a text is the origin of one server, such as `tauri://localhost`."""
    return _ORIGIN.fullmatch(text) is not None and ANY not in text and text == _as_sent(text)


def origin_of(url: str) -> str:
    """Return the origin that a browser sends for a page of this URL."""
    parts = urlsplit(url)
    return _as_sent(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}")


def read_origin(text: str) -> str:
    """Return an origin as a browser sends it; it may be `null`, or contain `*`.

    Raises ValueError for other text.
    """
    origin = _as_sent(text)
    if origin in (ANY, OPAQUE) or _ORIGIN.fullmatch(origin):
        return origin
    path = _ORIGIN.match(origin)
    advice = f"; write {path[0]}" if path and origin[path.end()] == "/" else ""
    raise ValueError(
        "wanted an origin such as http://192.168.1.20:3000, tauri://localhost,"
        f" chrome-extension://*, null or *; got {short(text)}{advice}"
    )


def _as_sent(origin: str) -> str:
    """Return an origin in lower case, without the port that its scheme has by default."""
    origin = origin.lower()
    return origin.removesuffix(_DEFAULT_PORTS.get(origin.partition("://")[0], ""))


@dataclass(frozen=True, slots=True)
class Origins:
    """The origins of this machine, on any port, and `more` origins, which can contain `*`."""

    more: tuple[str, ...] = ()

    def __contains__(self, origin: object) -> bool:
        """Tell whether pages of this origin may read replies."""
        if not isinstance(origin, str):
            return False
        return is_loopback_origin(origin) or any(_fits(one, origin) for one in self.more)

    def trusts(self, origin: str) -> bool:
        """Tell whether `more` names this origin in full, so that it cannot be any other page."""
        return is_origin(origin) and origin in self.more


@lru_cache(maxsize=256)
def _fits(wanted: str, origin: str) -> bool:
    pattern = ".*".join(re.escape(part) for part in wanted.split(ANY))
    return re.fullmatch(pattern, origin) is not None
