"""The values of each fault, so that its place is mostly one that the stream has."""

from collections.abc import Mapping
from functools import cache
from typing import Final, TypeAlias

from hypothesis import strategies as st

from streamproof.harness.fuzzing.texts import LINES, TEXTS

Values: TypeAlias = st.SearchStrategy[dict[str, object]]

BYTES_OF_AN_EVENT: Final = 60
ENDLESS: Final = frozenset({"stall", "silence"})
"""The faults that can be silent without end."""
_YES: Final = st.sampled_from([True])
LEFT_OUT: Final[Mapping[str, str]] = {"no_close_notify": "it needs TLS, and the mock has none here"}


@cache
def faults_of(events: int, *, silent: bool) -> st.SearchStrategy[dict[str, object]]:
    """Return faults for a stream with about this number of events; only `silent` ones never end."""
    return st.one_of(
        [
            st.fixed_dictionaries({kind: values})
            for kind, values in _by_kind(events).items()
            if silent or kind not in ENDLESS
        ]
    )


def _by_kind(events: int) -> Mapping[str, Values]:
    place, choice = _places(events), _choices(events)
    stop = _all(place, _maybe(missing_bytes=st.integers(0, 9)))
    few, ms = st.integers(1, 40), st.integers(0, 3)
    return {
        "split": _all(
            _one(
                every_bytes=few,
                up_to_bytes=few,
                at=st.lists(st.integers(1, BYTES_OF_AN_EVENT), min_size=1, max_size=4, unique=True),
                per=st.just("event"),
                inside=st.sampled_from(["characters", "crlf", "framing"]),
            ),
            _maybe(gap_ms=ms),
        ),
        "join": _maybe(events=st.integers(2, 5), bytes=few, for_ms=ms),
        "drip": _fixed(bytes_per_second=st.just(100_000), every_bytes=few),
        "stall": _all(place, _maybe(for_ms=st.integers(1, 20))),
        "comments": _all(place, _fixed(count=few, text=LINES)),
        "heartbeat": _all(choice, _maybe(byte=st.integers(0, BYTES_OF_AN_EVENT), text=LINES)),
        "duplicate": _all(choice, _maybe(times=st.integers(2, 4))),
        "drop": choice,
        "reorder": _all(choice, _maybe(behind=st.integers(1, 3))),
        "corrupt": _all(choice, _maybe(what=st.sampled_from(["json", "utf-8", "bytes"]))),
        "truncate": _all(choice, _maybe(keep_bytes=few)),
        "rename": _all(choice, _fixed(to=st.none() | LINES)),
        "oversize": _all(choice, _fixed(to_bytes=st.sampled_from([100, 5_000, 70_000]))),
        "trailing": _fixed(text=TEXTS, after=st.sampled_from(["events", "body"])),
        "end_early": place,
        "cut": stop,
        "half_close": stop,
        "reset": stop,
        "bad_chunk": place,
        "wrong_length": _fixed(by_bytes=st.integers(-40, 40)),
        "close": _maybe(after_ms=ms, reset=st.booleans()),
        "refuse": _fixed(status=st.sampled_from([400, 401, 404, 429, 500, 502, 503, 504, 529])),
        "redirect": _fixed(location=st.just("/elsewhere"), status=st.sampled_from([302, 307, 308])),
        "slow_headers": _fixed(after_ms=ms),
        "silence": st.just({}),
        "hang_up": _maybe(reset=st.booleans()),
    }


def _places(events: int) -> Values:
    """Return one place of a stream."""
    number = st.integers(1, max(1, events))
    return _one(
        after_events=st.integers(0, events),
        after_bytes=st.integers(0, events * BYTES_OF_AN_EVENT),
        at_event=number,
        after_content=number,
        inside_content=number,
        before_finish=_YES,
        before_terminator=_YES,
    )


def _choices(events: int) -> Values:
    """Return one event of a stream, or some that a seed picks."""
    number = st.integers(1, max(1, events))
    some = _fixed(chance=st.sampled_from([0.2, 0.5, 1]), seed=st.integers(0, 9))
    return _one(at_event=number, after_content=number, before_finish=_YES) | some


def _one(**keys: st.SearchStrategy[object]) -> Values:
    return st.one_of([_fixed(**{key: values}) for key, values in keys.items()])


def _fixed(**keys: st.SearchStrategy[object]) -> Values:
    return st.fixed_dictionaries(keys)


def _maybe(**keys: st.SearchStrategy[object]) -> Values:
    return st.fixed_dictionaries({}, optional=keys)


def _all(*parts: Values) -> Values:
    return st.builds(_merged, *parts)


def _merged(*parts: Mapping[str, object]) -> dict[str, object]:
    return {key: value for part in parts for key, value in part.items()}


KINDS: Final = frozenset(_by_kind(1))
"""The kinds of fault that are drawn."""
