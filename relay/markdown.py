"""Markdown of an answer to HTML that is safe to show: rendered, then cut to an allowlist.

No HTML of the answer's own passes, no image is loaded (its URL could carry a secret out), and
links go to http, https and mailto only. Slow for long text, so to be called in a thread.
"""

from __future__ import annotations

from functools import cache
from html import escape
from typing import Final

import nh3
from markdown_it import MarkdownIt

MAX_RENDERED_BYTES: Final = 131_072
"""Longer text is shown as it is: rendering costs some milliseconds per KiB."""

TAGS: Final = frozenset(
    {"p", "br", "hr", "blockquote", "pre", "code", "a", "em", "strong", "s"}
    | {"h1", "h2", "h3", "h4", "h5", "h6"}
    | {"ul", "ol", "li"}
    | {"table", "thead", "tbody", "tr", "th", "td"}
)
ATTRIBUTES: Final = {"a": {"href", "title"}, "code": {"class"}, "ol": {"start"}}
SCHEMES: Final = frozenset({"http", "https", "mailto"})
LINK_REL: Final = "noopener noreferrer nofollow"


def render(text: str, *, max_bytes: int = MAX_RENDERED_BYTES) -> str:
    """Return HTML for Markdown; text of more than `max_bytes` as UTF-8 stays plain, in `<pre>`."""
    if len(text.encode("utf-8", "replace")) > max_bytes:
        return f"<pre>{escape(text)}</pre>"
    return _sanitised(_parser().render(text))


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


def _sanitised(html: str) -> str:
    return nh3.clean(
        html,
        tags=set(TAGS),
        attributes={tag: set(names) for tag, names in ATTRIBUTES.items()},
        url_schemes=set(SCHEMES),
        link_rel=LINK_REL,
        url_relative="deny",
    )
