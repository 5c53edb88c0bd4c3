"""The steps that make the AI service send an event of each kind."""

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from hypothesis import strategies as st

from streamproof.harness.fuzzing.texts import (
    ESCAPED,
    JSON_VALUES,
    LINES,
    NAMES,
    TEXTS,
    json_texts,
)

Steps: TypeAlias = st.SearchStrategy[Any]

_IDS: Final = st.sampled_from(["doc-1", "doc-2", "doc-3"]) | TEXTS
_SOURCE: Final = st.fixed_dictionaries({"id": _IDS, "title": TEXTS, "content": TEXTS})


def _events(data: st.SearchStrategy[str]) -> Steps:
    """Return events with this data, mostly under the name `message`."""
    fields = st.fixed_dictionaries({"data": data}, optional={"event": NAMES, "id": LINES})
    return fields.map(lambda event: {"event": event})


def _bodies(**values: Steps) -> Steps:
    """Return events whose JSON has these keys, and perhaps one more."""
    more = {"extra": JSON_VALUES}
    return _events(json_texts(st.fixed_dictionaries(dict(values), optional=more)))


PLAIN_CONTENT: Final[Steps] = st.one_of(
    TEXTS.map(lambda text: {"content": text}),
    st.lists(TEXTS, min_size=1, max_size=4).map(lambda texts: {"content": texts}),
    TEXTS.map(lambda text: {"content": {"text": text, "per": "token"}}),
)

_NEUTRAL_SOURCES: Final[Steps] = st.lists(_SOURCE, max_size=3).map(
    lambda sources: {"sources": sources}
)
_PLAIN_END: Final[Steps] = st.just("end")

NEUTRAL: Final[Mapping[str, Steps]] = {
    "content": PLAIN_CONTENT,
    "sources": _NEUTRAL_SOURCES,
    "end": _PLAIN_END,
}
"""By the kinds of the AI service's contract, with events as they should be."""

TEXT_ALONE: Final[Mapping[str, Steps]] = {"content": PLAIN_CONTENT, "end": _PLAIN_END}
"""The same without what some dialects cannot word."""

ANY: Final[Mapping[str, Steps]] = {
    "start": LINES.map(lambda text: {"comment": text}),
    "content": PLAIN_CONTENT | _bodies(type=st.just("content"), content=TEXTS | ESCAPED),
    "raw": _events(TEXTS) | _events(json_texts(JSON_VALUES).map(lambda text: text[:-1])),
    "sources": st.one_of(
        _NEUTRAL_SOURCES,
        _bodies(type=st.just("sources"), sources=st.lists(_SOURCE | JSON_VALUES, max_size=2)),
    ),
    "other": _events(json_texts(JSON_VALUES)),
    "end": st.one_of(_PLAIN_END, _PLAIN_END, _bodies(type=st.just("end"))),
    "error": _events(TEXTS).map(lambda step: {"event": {**step["event"], "event": "error"}}),
}
"""By the kinds of both contracts, with events in every form.

A comment stands for a start, which the relay itself sends.
"""

BETWEEN: Final[Steps] = st.one_of(
    LINES.map(lambda text: {"comment": text}),
    st.integers(0, 3).map(lambda ms: {"wait_ms": ms}),
    st.just({"hold": "until-released"}),
)
"""What can stand between two events without a meaning."""
