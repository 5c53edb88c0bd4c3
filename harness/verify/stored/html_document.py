"""Stored HTML as a document: what it shows, and what it could do to a page.

Renderers write one document in several ways: entities or characters, attributes of their own,
blanks between blocks. So two documents are compared in one spelling, and safety is looked at apart.
"""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Final

import nh3

BLOCKS: Final = frozenset(
    {"p", "br", "hr", "blockquote", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li"}
    | {"table", "thead", "tbody", "tr", "th", "td"}
)
STRUCTURE: Final = BLOCKS | {"code", "a", "em", "strong", "s", "del"}
"""The elements that Markdown can make; others have no meaning here, and their content counts."""
SAFE: Final = (
    STRUCTURE
    | {"div", "span", "section", "details", "summary", "dl", "dt", "dd", "tfoot", "caption"}
    | {"b", "i", "u", "small", "sub", "sup", "mark", "ins", "kbd", "samp", "var", "abbr", "cite"}
)
"""The elements that neither run nor load anything."""
SAFE_ATTRIBUTES: Final = frozenset(
    {"href", "title", "rel", "target", "class", "id", "align", "start", "value", "type", "lang"}
    | {"dir", "role", "tabindex", "colspan", "rowspan", "scope", "cite", "open", "style"}
)
SCHEMES: Final = {"http", "https", "mailto", "tel"}
_ADDRESSES: Final = {"href", "cite"}
_SCHEME: Final = re.compile(r"([a-z][a-z0-9+.-]*):")
_IGNORED_IN_URLS: Final = re.compile("[\0-\x20]")
"""A browser ignores these at the start of a URL, and some of them anywhere."""
_AROUND_BLOCKS: Final = re.compile(rf"\s*(</?(?:{'|'.join(sorted(BLOCKS))})(?:\s[^>]*)?>)\s*")


def document(html: str) -> str:
    """Return HTML in one spelling: the text, the structure, and the places that links lead to."""
    cleaned = nh3.clean(
        html,
        tags=set(STRUCTURE),
        attributes={"a": {"href", "title"}, "ol": {"start"}},
        url_schemes=set(SCHEMES),
        link_rel=None,
    )
    same_names = re.sub(r"(</?)del>", r"\1s>", cleaned)
    return _AROUND_BLOCKS.sub(r"\1", same_names)


def dangers(html: str) -> Iterator[str]:
    """Yield the parts that could run or load something in a page, each in a few words."""
    reader = _Dangers()
    reader.feed(html)
    reader.close()
    yield from dict.fromkeys(reader.found)


class _Dangers(HTMLParser):
    """Notes everything that is not known to be safe."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at an element and its attributes."""
        if tag not in SAFE:
            self.found.append(f"the element <{tag}>")
        for name, value in attrs:
            self.found += _dangers_of(name, value or "")


def _dangers_of(name: str, value: str) -> Iterator[str]:
    if name not in SAFE_ATTRIBUTES and not name.startswith(("data-", "aria-")):
        yield f"the attribute {name}"
    elif name in _ADDRESSES:
        scheme = _SCHEME.match(_IGNORED_IN_URLS.sub("", value).lower())
        if scheme and scheme[1] not in SCHEMES:
            yield f"a link to {scheme[1]}:"
    elif name == "style" and "url(" in value.lower():
        yield "a style that loads a URL"
