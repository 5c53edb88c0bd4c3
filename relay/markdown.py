"""Converts the Markdown of an answer to safe HTML: renders it, then keeps only an allowlist.

HTML in the answer is shown as text. Images are removed, because the URL of an image could carry a
secret to another server. Links can be http, https and mailto. Long text is slow; call this in a
thread.
"""

from __future__ import annotations

import re
from functools import cache
from html import escape
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

MAX_RENDERED_BYTES: Final = 131_072
"""Longer text is not rendered, because that costs some milliseconds per KiB."""

TAGS: Final = frozenset(
    {"p", "br", "hr", "blockquote", "pre", "code", "a", "em", "strong", "s"}
    | {"h1", "h2", "h3", "h4", "h5", "h6"}
    | {"ul", "ol", "li"}
    | {"table", "thead", "tbody", "tr", "th", "td"}
)
ATTRIBUTES: Final = {
    "a": {"href", "title"},
    "code": {"class"},
    "ol": {"start"},
    "th": {"align"},
    "td": {"align"},
}
SCHEMES: Final = frozenset({"http", "https", "mailto"})
LINK_REL: Final = "noopener noreferrer nofollow"
MARKUP: Final = re.compile(r"[\n!&*<\[\\\]_`~]")
"""The characters that can mean something inside a paragraph. The parser tries all its rules at
each of these, and by default also at characters that only extensions use, such as `-` and `:`."""


def render(text: str, *, max_bytes: int = MAX_RENDERED_BYTES) -> str:
    """Return HTML for Markdown; a text of more than `max_bytes` as UTF-8 is put into `<pre>`."""
    if len(text) > max_bytes or len(text.encode("utf-8", "replace")) > max_bytes:
        return f"<pre>{escape(text)}</pre>"
    parser = _parser()
    tokens = parser.parse(text)
    for token in tokens:
        _align_by_attribute(token)
    return _sanitised(parser.renderer.render(tokens, parser.options, {}))


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt  # here, because a start must not wait for it

    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    parser.inline.terminator_re = MARKUP  # older versions of the parser ignore it
    return parser


def _align_by_attribute(token: Token) -> None:
    """Write the alignment of a table cell as an attribute: pages forbid inline styles."""
    style = token.attrs.pop("style", None)
    if style is not None:
        token.attrs["align"] = str(style).removeprefix("text-align:")


def _sanitised(html: str) -> str:
    import nh3  # as above

    return nh3.clean(
        html,
        tags=set(TAGS),
        attributes={tag: set(names) for tag, names in ATTRIBUTES.items()},
        url_schemes=set(SCHEMES),
        link_rel=LINK_REL,
        url_relative="deny",
    )
