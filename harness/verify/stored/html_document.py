"""Stored HTML as a document: what it shows, and what it could do to a page.

Renderers write one document in several ways: entities or characters, attributes of their own,
blanks between blocks. So two documents are compared in one spelling, and safety is looked at apart.
"""

import re
from collections.abc import Callable, Iterator
from html import unescape
from itertools import chain
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
    | {"figure", "figcaption", "q", "input"}
    | {"b", "i", "u", "small", "sub", "sup", "mark", "ins", "kbd", "samp", "var", "abbr", "cite"}
)
"""The elements that neither run nor load anything."""
SAFE_ATTRIBUTES: Final = frozenset(
    {"href", "title", "rel", "target", "class", "id", "align", "start", "value", "type", "lang"}
    | {"dir", "role", "tabindex", "colspan", "rowspan", "scope", "cite", "open", "style"}
    | {"hidden", "checked", "disabled"}
)
SCHEMES: Final = {"http", "https", "mailto", "tel"}
_ADDRESSES: Final = {"href", "cite"}
_SCHEME: Final = re.compile(r"[a-z][a-z0-9+.-]*\Z")
LONGEST_SCHEME: Final = 64
_IGNORED_IN_URLS: Final = re.compile("[\0-\x20]")
"""A browser ignores these at the start of a URL, and some of them anywhere."""
_TAG: Final = re.compile(r"<([a-zA-Z][^\s/>]*)")
_ATTRIBUTE: Final = re.compile(r"[\s\"'/]([^\s\"'<>/=]+)")
SHOWN: Final = 64
"""The characters of a name that are shown."""
MOST_NAMES: Final = 200
"""Each name costs a reading of the whole text."""
_LOADING_STYLE: Final = re.compile(r"url\(|image-set\(|src\(|\\", re.IGNORECASE)
"""What loads in a style; an escape could spell each of them."""
_BLOCK: Final = re.compile(rf"(</?(?:{'|'.join(sorted(BLOCKS))})(?:\s[^>]*)?>)")


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
    # A pattern for the blanks as well would take a time that grows with their square.
    first, *parts = _BLOCK.split(same_names)
    texts = [first, *parts[1::2]]
    texts[:-1] = [text.rstrip() for text in texts[:-1]]
    texts[1:] = [text.lstrip() for text in texts[1:]]
    return "".join(chain(*zip(texts, [*parts[::2], ""], strict=True)))


def dangers(html: str) -> Iterator[str]:
    """Yield the parts that could run or load something in a page, each in a few words.

    An HTML5 parser decides what is there: each name that the text has is allowed once, and makes a
    difference if it is more than text.
    """
    values: dict[str, None] = {}
    safe = _cleaned(html, values=values)

    def with_tags(tags: frozenset[str]) -> bool:
        return _cleaned(html, tags=SAFE | tags) != safe

    def with_attributes(names: frozenset[str]) -> bool:
        return _cleaned(html, attributes=SAFE_ATTRIBUTES | names) != safe

    yield from (f"the element <{tag[:SHOWN]}>" for tag in _real(_names(_TAG, html), with_tags))
    yield from (
        f"the attribute {name[:SHOWN]}" for name in _real(_names(_ATTRIBUTE, html), with_attributes)
    )
    yield from values


def _real(names: frozenset[str], differs: Callable[[frozenset[str]], bool]) -> list[str]:
    """Return the names that make a difference; usually a look at all of them together is enough."""
    if not differs(names):
        return []
    return [name for name in sorted(names)[:MOST_NAMES] if differs(frozenset({name}))]


def _names(pattern: re.Pattern[str], html: str) -> frozenset[str]:
    return frozenset(name.lower() for name in pattern.findall(html))


def _cleaned(
    html: str,
    *,
    tags: frozenset[str] = SAFE,
    attributes: frozenset[str] = SAFE_ATTRIBUTES,
    values: dict[str, None] | None = None,
) -> str:
    """Return HTML with only these names; note the dangerous values of attributes."""

    def look(_tag: str, name: str, value: str) -> str:
        if values is not None:
            values.update(dict.fromkeys(_dangers_of(name, value)))
        return value

    return nh3.clean(
        html,
        tags=set(tags),
        clean_content_tags=set(),
        attributes={"*": set(attributes)},
        attribute_filter=look,
        generic_attribute_prefixes={"data-", "aria-"},
        url_schemes=SCHEMES | _schemes(html),
        link_rel=None,
    )


def _schemes(html: str) -> set[str]:
    """Return every scheme that a link of the text can have."""
    *before_colons, _rest = _IGNORED_IN_URLS.sub("", unescape(html)).lower().split(":")
    return {found[0] for text in before_colons if (found := _SCHEME.search(text[-LONGEST_SCHEME:]))}


def _dangers_of(name: str, value: str) -> Iterator[str]:
    if name in _ADDRESSES:
        scheme, colon, _rest = _IGNORED_IN_URLS.sub("", value).lower().partition(":")
        if colon and _SCHEME.fullmatch(scheme) and scheme not in SCHEMES:
            yield f"a link to {scheme}:"
    elif name == "style" and _LOADING_STYLE.search(value):
        yield "a style that loads a URL"
