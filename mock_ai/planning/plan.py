"""The plan of a reply: its steps as actions with the pace between them, changed by its faults.

All bytes and times are decided here, before the socket is used. The same reply gives the same plan
on every machine. Faults are applied in their order, except that those of events come before gzip.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Final

from streamproof.contracts.sse import BOM, NO_LIMIT, Decoder
from streamproof.mock_ai.actions import Action, Finish, Hold, Send, Until, start_of
from streamproof.mock_ai.actions.event_format import EventFormat
from streamproof.mock_ai.actions.limits import limited
from streamproof.mock_ai.actions.marks import marks_between
from streamproof.mock_ai.actions.places import Place
from streamproof.mock_ai.dialects import CATALOGUE
from streamproof.mock_ai.dialects.framing import EVENT_STREAM
from streamproof.mock_ai.dialects.rendering import Rendering
from streamproof.mock_ai.errors import InvalidScenario, NeverReached, refused_at
from streamproof.mock_ai.faults import (
    Close,
    changes_events,
    needs_events,
    needs_marks,
    writes_comments,
)
from streamproof.mock_ai.http1.reuse import is_reusable
from streamproof.mock_ai.http1.syntax import allows_content
from streamproof.mock_ai.http1.writer import framing_of
from streamproof.mock_ai.planning.dialect_of_reply import fitted, request_for
from streamproof.mock_ai.planning.encode_steps import encode_steps
from streamproof.mock_ai.planning.encoded_step import EncodedStep, Item, joined
from streamproof.mock_ai.planning.event_ends import format_of, with_event_ends
from streamproof.mock_ai.planning.gzip import gzipped
from streamproof.mock_ai.planning.head import plan_head
from streamproof.mock_ai.planning.pacing import paced

if TYPE_CHECKING:
    from streamproof.mock_ai.dialects.dialect import DialectRequest
    from streamproof.mock_ai.faults import Fault
    from streamproof.mock_ai.request.context import RequestContext
    from streamproof.mock_ai.scenario.model import Gzip, Reply


_NO_EVENTS: Final = (
    "`{}` needs a stream of events here, but the client asked for one JSON body; "
    "use a place by bytes, by time or by content, for example `after_content: 1`"
)

_NO_COMMENTS: Final = (
    "`{}` needs server-sent events, but the events here are records of another format; "
    "write other bytes between them with a `raw` step"
)


def plan(
    reply: Reply, context: RequestContext | None = None, request: DialectRequest | None = None
) -> tuple[Action, ...]:
    """Compile a reply; raises `InvalidScenario` with the path of what cannot be planned.

    The `context` of a request matters only to a reply with variables or with `resume`. Without a
    context the variables have the values of a sample request. The dialect is that of `request`, by
    default the one that the context wants.
    """
    if request is None:
        request = request_for(reply, context)
    request = fitted(request, reply)
    faults = list(enumerate(reply.faults))
    if not request.streamed:
        _check_fit(faults, needs_events, _NO_EVENTS)
    without_faults = _without_faults(reply, context, request)
    if start_of(without_faults).events is not EventFormat.SSE:
        _check_fit(faults, writes_comments, _NO_COMMENTS)
    actions: Iterable[Action] = without_faults
    resumed = reply.resume and context is not None
    if reply.gzip is not None:
        of_events = [one for one in faults if changes_events(one[1])]
        actions = _coded(_applied(of_events, actions, resumed=resumed), reply.gzip)
        faults = [one for one in faults if one not in of_events]
    planned = tuple(_applied(faults, actions, resumed=resumed))
    _check_idle(planned, reply.faults, "POST" if context is None else context.request.method)
    return planned


def offset_by_meaning(reply: Reply, index: int, context: RequestContext) -> int | None:
    """Return where in the body a fault strikes whose place is one by meaning; None for any other.

    The offset in a compressed body is not known. Raises `InvalidScenario`, or `NeverReached`.
    """
    fault = reply.faults[index]
    if not isinstance(fault, Place) or fault.meaning is None or reply.gzip is not None:
        return None
    before = list(enumerate(reply.faults))[:index]
    actions = _without_faults(reply, context, request_for(reply, context))
    return fault.offset_by_meaning(fault.meaning, _applied(before, actions, resumed=reply.resume))


def _check_fit(
    faults: Iterable[tuple[int, Fault]], misfits: Callable[[Fault], bool], message: str
) -> None:
    for index, fault in faults:
        with refused_at("faults", index, fault.kind):
            if misfits(fault):
                raise ValueError(message.format(fault.kind))


def _applied(
    faults: Iterable[tuple[int, Fault]], actions: Iterable[Action], *, resumed: bool
) -> Iterable[Action]:
    for index, fault in faults:
        with refused_at("faults", index, fault.kind):
            actions = _apply(fault, actions, resumed=resumed)
    return actions


def _coded(actions: Iterable[Action], how: Gzip) -> Iterable[Action]:
    start, *body, ending = actions
    return [start, *gzipped(body, how), ending]


def _apply(fault: Fault, actions: Iterable[Action], *, resumed: bool) -> Iterable[Action]:
    """Apply a fault; the rest of a resumed reply may not have its place."""
    try:
        return list(limited(fault.apply(actions)))
    except NeverReached as error:
        if resumed:
            return actions
        if _is_default(fault, error.key):  # the file does not have the key
            raise ValueError(str(error)) from error
        raise


def _is_default(fault: Fault, key: str) -> bool:
    """Tell whether a key of a fault has its default value."""
    declared = fields(fault)  # type: ignore[arg-type]  # every fault is a dataclass
    defaults = {field.name: field.default for field in declared}
    return bool(getattr(fault, key) == defaults[key])


def _check_idle(actions: Sequence[Action], faults: Sequence[Fault], method: str) -> None:
    """Raise `InvalidScenario` if a connection closes before an HTTP/1.1 client can leave it idle.

    Any other fault can be the reason, also a later one, so this comes after all of them.
    """
    ending = actions[-1]
    if not (isinstance(ending, Finish) and ending.closing and ending.closing.idle_ms is not None):
        return
    framing = framing_of(start_of(actions), method=method, http_1_0=False)
    if not is_reusable(actions, framing):
        index = max(n for n, fault in enumerate(faults) if isinstance(fault, Close))
        message = "never reached: the connection closes with the reply"
        advice = "remove `idle_ms`, or what closes it"
        raise InvalidScenario(("faults", index, Close.kind, "idle_ms"), f"{message}; {advice}")


def planned_body(actions: Iterable[Action]) -> bytes:
    """Return the bytes of the body, up to a hold until the client leaves."""
    return b"".join(planned_chunks(actions))


def planned_chunks(actions: Iterable[Action]) -> Iterator[bytes]:
    """Yield the same bytes chunk by chunk; repeated chunks are not copied."""
    for action in actions:
        if action == Hold(Until.CLIENT_LEAVES):
            return
        if isinstance(action, Send):
            yield action.data


def _without_faults(
    reply: Reply, context: RequestContext | None, request: DialectRequest
) -> list[Action]:
    marking = any(map(needs_marks, reply.faults))
    dialect = CATALOGUE[request.dialect](request)
    rendering = Rendering(dialect, reply.finish, reply.usage, marking=marking)
    items = list(encode_steps(reply, rendering, context))
    reply = replace(reply, status=rendering.status or reply.status)
    if reply.resume and context is not None:
        items = _after_event(context.value("last_event_id"), items)
    if reply.bom and rendering.media_type == EVENT_STREAM:
        items = _with_bom(items)
    event_format = format_of(reply, rendering)
    body = with_event_ends(paced(items, reply.pace), event_format)
    if (body or reply.gzip) and not allows_content(reply.status):
        message = f"a reply with status {reply.status} has no body; remove its steps"
        raise InvalidScenario(("steps",), message)
    sent = body if reply.gzip is None else gzipped(body, reply.gzip)
    defaults = rendering.headers(reply.status, reply.charset)
    start = plan_head(reply, defaults, sent)
    return [replace(start, events=event_format), *body, Finish()]


def _after_event(last_event_id: object, items: list[Item]) -> list[Item]:
    """Return what follows the event with an ID; everything if there is no such event.

    See the HTML standard, section 9.2.4.
    """
    decoder = Decoder(max_event_bytes=NO_LIMIT, max_line_bytes=NO_LIMIT)
    for index, item in enumerate(items):
        if not isinstance(item, EncodedStep):
            continue
        offset = 0
        for line in item.data.splitlines(keepends=True):
            decoder.feed(line)
            offset += len(line)
            if decoder.last_event_id == last_event_id != "":
                marks = marks_between(item.marks, offset, len(item.data))
                rest = item._replace(data=item.data[offset:], marks=marks)
                return [*([rest] if rest.data else []), *items[index + 1 :]]
    return items


def _with_bom(items: list[Item]) -> list[Item]:
    """Put a byte order mark into the first chunk."""
    for index, item in enumerate(items):
        if isinstance(item, EncodedStep):
            first = joined([EncodedStep(BOM, 0), item], continues=item.continues)
            return [*items[:index], first, *items[index + 1 :]]
    return [*items, EncodedStep(BOM)]
