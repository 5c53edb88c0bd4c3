"""What holds for every fault and every combination of them, on made-up streams."""

from hypothesis import given, settings
from hypothesis import strategies as st

from streamproof.mock_ai.actions import Action, Finish, HangUp, Hold, Send, Start, Wait
from streamproof.mock_ai.errors import NeverReached
from streamproof.mock_ai.faults import (
    Cut,
    Drip,
    Duplicate,
    EndEarly,
    Fault,
    HalfClose,
    Join,
    Reorder,
    Reset,
    SlowHeaders,
    Split,
    Stall,
)
from streamproof.mock_ai.planning.plan import planned_body

SETTINGS = settings(max_examples=30)

events = st.integers(0, 4)
data = st.lists(st.sampled_from([b"a", "é".encode(), b"\n", "☕".encode()]), min_size=1, max_size=6)


@st.composite
def sends(draw: st.DrawFn) -> Send:
    """Make up a chunk and where events end in it."""
    body = b"".join(draw(data))
    ends = draw(st.sets(st.integers(1, len(body))))
    return Send(body, tuple(sorted(ends)))


@st.composite
def streams(draw: st.DrawFn) -> list[Action]:
    """Make up a stream."""
    body = draw(st.lists(sends() | st.builds(Wait, st.integers(0, 9)), max_size=6))
    return [Start(200, "OK"), *body, Finish()]


keeping = st.one_of(
    st.builds(lambda n: Split(every_bytes=n), st.integers(1, 4)),
    st.builds(lambda n: Split(at=(n,), gap_ms=1), st.integers(1, 9)),
    st.just(Split(per="event")),
    st.just(Split(inside="characters")),
    st.just(Join()),
    st.builds(lambda n: Join(events=n), st.integers(2, 3)),
    st.builds(lambda n: Stall(after_events=n, for_ms=5), events),
    st.builds(lambda n: Stall(after_ms=n, for_ms=5), st.integers(0, 9)),
    st.builds(lambda n: Drip(after_bytes=n, bytes_per_second=100), st.integers(0, 9)),
    st.just(SlowHeaders(after_ms=5)),
)
ending = st.one_of(
    st.builds(lambda n: Cut(after_events=n), events),
    st.builds(lambda n: Cut(after_bytes=n), st.integers(0, 9)),
    st.builds(lambda n: Reset(after_events=n), events),
    st.builds(lambda n: Stall(after_bytes=n), st.integers(0, 9)),
    st.builds(lambda n: EndEarly(after_ms=n), st.integers(0, 9)),
    st.builds(lambda n: HalfClose(at_event=n + 1, byte=0), events),
)


def rewritten(stream: list[Action], faults: list[Fault]) -> list[Action]:
    """Apply faults in their order, leaving out those whose place is not there."""
    for fault in faults:
        try:
            stream = list(fault.apply(stream))
        except NeverReached:
            continue
    return stream


def ends_of(stream: list[Action]) -> list[int]:
    """Return where in the body events are complete."""
    ends, offset = [], 0
    for action in stream:
        if isinstance(action, Send):
            ends += [offset + end for end in action.ends]
            offset += len(action.data)
    return ends


@SETTINGS
@given(streams(), st.lists(keeping | ending, max_size=4))
def test_stream_has_one_start_and_one_ending(stream, faults):
    actions = rewritten(stream, faults)
    assert [n for n, action in enumerate(actions) if isinstance(action, Start)] == [0]
    last = [n for n, action in enumerate(actions) if isinstance(action, Finish | HangUp)]
    assert last == [len(actions) - 1]


@SETTINGS
@given(streams(), st.lists(keeping, max_size=4))
def test_faults_that_only_cut_and_delay_keep_bytes_and_events(stream, faults):
    actions = rewritten(stream, faults)
    assert planned_body(actions) == planned_body(stream)
    assert ends_of(actions) == ends_of(stream)


@SETTINGS
@given(streams(), st.lists(keeping, max_size=2), ending, st.lists(keeping, max_size=2))
def test_what_is_left_of_a_stream_is_its_beginning(stream, before, fault, after):
    actions = rewritten(stream, [*before, fault, *after])
    assert planned_body(stream).startswith(planned_body(actions))
    assert ends_of(actions) == ends_of(stream)[: len(ends_of(actions))]


@SETTINGS
@given(streams(), events, st.lists(keeping, max_size=3))
def test_position_means_the_same_bytes_however_they_are_cut_before(stream, position, faults):
    whole = rewritten(stream, [Cut(after_events=position)])
    pieces = rewritten(rewritten(stream, faults), [Cut(after_events=position)])
    assert planned_body(pieces) == planned_body(whole)
    assert not any(isinstance(action, Hold) for action in pieces)


@SETTINGS
@given(streams(), st.lists(keeping, max_size=2), events, st.integers(1, 3))
def test_reorder_keeps_every_event(stream, faults, position, behind):
    whole = rewritten(stream, faults)
    actions = rewritten(whole, [Reorder(at_event=position + 1, behind=behind)])
    assert len(planned_body(actions)) == len(planned_body(stream))
    assert len(ends_of(actions)) == len(ends_of(stream))


@SETTINGS
@given(streams(), st.lists(keeping, max_size=2))
def test_duplicate_sends_every_byte_of_an_event_again(stream, faults):
    actions = rewritten(rewritten(stream, faults), [Duplicate(chance=1)])
    assert len(ends_of(actions)) == 2 * len(ends_of(stream))
    last = max(ends_of(stream), default=0)
    assert len(planned_body(actions)) == len(planned_body(stream)) + last
