"""Texts of all Unicode, and JSON that writes them in unusual ways."""

import json
from typing import Final

from hypothesis import strategies as st

CHARACTERS: Final = st.characters(exclude_categories=["Cs"])
"""Every character; half a surrogate pair is not one, and only an escape in JSON can have it."""
AWKWARD: Final = (
    *("\r\n", "\n\n", "\r", "\u2028", "\u2029", "\x85", "\ufeff", "\0", "\x1b[31m", "\u202e"),
    *("data: ", "event: end", ": keep-alive", "id: 7:1", "[DONE]", '{"type":"end"}', "{{n}}"),
    *("<script>", "&amp;", "| a |\n|---|", "```\n", "\\", '"', "\\u0000", "e\u0301", "\u00e9", "ﬁ"),
    *("👩‍👩‍👧", "🇮🇩", "שלום", "日本語", "நி", " leading", "trailing "),
)
TEXTS: Final = st.one_of(
    st.text(CHARACTERS, max_size=30),
    st.lists(st.sampled_from(AWKWARD), min_size=1, max_size=3).map("".join),
)
ESCAPED: Final = st.text(st.characters(), max_size=6)
"""Texts that can have half a surrogate pair."""
LINES: Final = TEXTS.map(lambda text: "".join(text.replace("\0", "").splitlines()))
"""Texts on one line."""
NAMES: Final = st.one_of(
    st.sampled_from(["message", "sources", "end", "error", "start", "ping", "Message", "message "]),
    LINES.filter(bool),
)
"""Event names: those of the protocol, and others."""
JSON_VALUES: Final = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-9, 10**20), st.floats(allow_nan=False))
    | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "content", "event", "a"]), inner, max_size=3)
    ),
    max_leaves=4,
)


def json_texts(values: st.SearchStrategy[object]) -> st.SearchStrategy[str]:
    """Return JSON of values: with escapes or without, tight or spread over lines."""
    return st.builds(
        lambda value, ascii_only, indent: json.dumps(
            value, ensure_ascii=ascii_only or _needs_escapes(value), indent=indent
        ),
        values,
        st.booleans(),
        st.sampled_from([None, None, 1]),
    )


def _needs_escapes(value: object) -> bool:
    """Tell whether a value has half a surrogate pair, which UTF-8 cannot encode."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    return False
