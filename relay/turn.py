"""The rules of a turn: which frames it passes on, what it stores, and how it ends. No I/O.

The JSON `type` of an event decides what it is, not its event name (protocol, section 1). The
outcome of a turn is final only after the caller has committed it; before that, `fail` replaces it.
"""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING, Final, Self

from streamproof.contracts.messages import (
    END_FRAME_DATA,
    EVENT_NAMES,
    FAILED,
    START_FRAME_DATA,
    STOPPED,
    Content,
    End,
    Message,
    Other,
    RawText,
    Received,
    Source,
    Sources,
    error_frame_data,
    read_message,
    simple_content,
    storable,
)
from streamproof.contracts.sse import NO_LIMIT, Event
from streamproof.relay.anomalies import Anomaly, AnomalyKind, AnomalyLog, log_anomaly
from streamproof.relay.errors import TurnError
from streamproof.relay.frames import END, ERROR, Frame, TurnOutcome
from streamproof.relay.lifecycle import (
    STATUS,
    TRANSITIONS,
    Reason,
    TurnSignal,
    TurnState,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MESSAGE: Final = EVENT_NAMES[Content]
RESERVED: Final = frozenset({"start", EVENT_NAMES[Sources], END, ERROR})
"""Event names of the protocol; JSON that is not a message is never sent under them."""

_new: Final = tuple.__new__  # twice as fast as calling Frame
_NOT_ENDED: Final = frozenset({TurnState.NEW, TurnState.RUNNING})


class Turn:
    """Converts the events of one reply to frames, and collects the answer.

    `max_answer_bytes` limits the UTF-8 bytes of all content, and those of the distinct sources.
    The other limits apply to all frames, whatever they mean, and to the number of the distinct
    sources. Exactly the limit passes. Unusual events go to `log`.
    """

    __slots__ = (
        "_anomalies",
        "_answer",
        "_answer_bytes",
        "_frames_bytes_left",
        "_max_bytes",
        "_max_frames",
        "_max_sources",
        "_next_n",
        "_reason",
        "_sources",
        "_sources_bytes",
        "_state",
        "has_content",
        "turn_id",
    )

    def __init__(
        self,
        turn_id: str,
        *,
        max_answer_bytes: int,
        max_frames: int = NO_LIMIT,
        max_frames_bytes: int = NO_LIMIT,
        max_sources: int = NO_LIMIT,
        log: Callable[[Anomaly], None] = log_anomaly,
    ) -> None:
        self.turn_id = turn_id
        self.has_content = False
        """Whether the first content, or the end, has arrived."""
        self._state = TurnState.NEW
        self._reason: Reason | None = None
        self._next_n = 0
        self._max_bytes = max_answer_bytes
        self._answer = StringIO()
        self._answer_bytes = 0
        self._sources: dict[str, Source] = {}
        self._sources_bytes = 0
        self._max_frames = max_frames
        self._frames_bytes_left = max_frames_bytes
        self._max_sources = max_sources
        self._anomalies = AnomalyLog(turn_id, log)

    @classmethod
    def from_frames(
        cls,
        turn_id: str,
        frames: Iterable[Frame],
        *,
        max_answer_bytes: int,
        log: Callable[[Anomaly], None] = log_anomaly,
    ) -> Self:
        """Rebuild a running turn from its frames, which have the same meaning as its events."""
        turn = cls(turn_id, max_answer_bytes=max_answer_bytes, log=log)
        for frame in frames:
            if frame.n == 0:
                turn.start()
            else:
                turn.receive(Event(frame.event or MESSAGE, frame.data))
        return turn

    @property
    def state(self) -> TurnState:
        """The state of the turn."""
        return self._state

    @property
    def ended(self) -> bool:
        """Whether further events are dropped; `complete` then returns the outcome."""
        return self._state not in _NOT_ENDED

    @property
    def size(self) -> int:
        """The UTF-8 bytes of all content and of the distinct sources so far."""
        return self._answer_bytes + self._sources_bytes

    @property
    def text(self) -> str:
        """All content so far, as it is stored."""
        return storable(self._answer.getvalue())

    @property
    def sources(self) -> tuple[Source, ...]:
        """The distinct sources in the order of arrival; of two with the same ID, the first."""
        return tuple(self._sources.values())

    def start(self) -> Frame:
        """Begin the turn, and return its start frame."""
        self._apply(TurnSignal.START)
        self._next_n = 1
        return Frame(0, None, START_FRAME_DATA)

    def receive(self, event: Event, received: Received | None = None) -> list[Frame]:
        """Take an event of the AI service, and return the frames to append; none after the end.

        These events return no frame and set `ended`: the end of the AI service, an event named
        `error`, and events over a limit. `received` is the message of the event if it is known.
        """
        if self._state is not TurnState.RUNNING:
            return self._receive_after_end(event)
        name, data, _ = event
        if received is None and name == MESSAGE and (content := simple_content(data)) is not None:
            return self._pass_on_content(content, data)  # almost every event
        if name == ERROR:
            self._anomalies.report(AnomalyKind.error_event, event)
            return self._fail_now(Reason.error_event)
        match received or read_message(event.data):
            case RawText():
                self._anomalies.report(AnomalyKind.raw, event)
                return self._pass_on(MESSAGE, event.data)
            case Other():
                self._anomalies.report(AnomalyKind.other, event)
                return self._pass_on(_name_of_other(event.event), event.data)
            case message:
                return self._receive_message(message, event)

    def complete(self) -> TurnOutcome:
        """Return the outcome of a turn that has `ended`; repeated calls return the same."""
        return self._close(TurnSignal.COMPLETE, None)

    def upstream_ended(self) -> TurnOutcome:
        """Return the outcome after the last event; without an end event the turn fails."""
        return self.complete() if self.ended else self.fail(Reason.truncated)

    def fail(self, reason: Reason) -> TurnOutcome:
        """Fail the turn; a turn that had failed, or was stopped, keeps its first reason."""
        return self._close(TurnSignal.FAIL, reason)

    def stop(self) -> TurnOutcome:
        """Stop the turn for the user; a turn whose end has arrived completes."""
        return self._close(TurnSignal.STOP, Reason.stopped)

    def _apply(self, signal: TurnSignal) -> None:
        after = TRANSITIONS[self._state].get(signal)
        if after is None:
            raise TurnError(f"{signal.name} is not possible in the state {self._state.name}")
        self._state = after

    def _close(self, signal: TurnSignal, reason: Reason | None) -> TurnOutcome:
        self._apply(signal)
        if self._state in {TurnState.FAILED, TurnState.STOPPED} and self._reason is None:
            self._reason = reason
        self._anomalies.close()
        return TurnOutcome(
            STATUS[self._state], self._reason, self._last_frame(), self.text, self.sources
        )

    def _last_frame(self) -> Frame:
        if self._state is TurnState.COMPLETED:
            return Frame(self._next_n, END, END_FRAME_DATA)
        text = STOPPED if self._state is TurnState.STOPPED else FAILED
        return Frame(self._next_n, ERROR, error_frame_data(text))

    def _receive_after_end(self, event: Event) -> list[Frame]:
        if not self.ended:
            self._apply(TurnSignal.EVENT)  # raises an error: the turn was not started
        self._anomalies.report(AnomalyKind.after_end, event, with_data=False)
        return []

    def _receive_message(self, message: Message, event: Event) -> list[Frame]:
        """Collect a message, and pass it on under its own event name."""
        name = EVENT_NAMES[type(message)]
        if event.event != name:
            self._anomalies.report(AnomalyKind.wrong_name, event, with_data=False)
        if isinstance(message, End):
            self._apply(TurnSignal.END)
            self.has_content = True
            return []
        if isinstance(message, Content):
            return self._pass_on_content(message.content, event.data)
        if all(self._add_source(source) for source in message.sources):
            return self._pass_on(name, event.data)
        return self._fail_now(Reason.answer_too_large)

    def _pass_on_content(self, content: str, data: str) -> list[Frame]:
        self._answer_bytes += _utf8_bytes(content)
        if self._answer_bytes > self._max_bytes:
            return self._fail_now(Reason.answer_too_large)
        self._answer.write(content)
        self.has_content = True
        return self._pass_on(MESSAGE, data)

    def _add_source(self, source: Source) -> bool:
        stored = Source(storable(source.id), storable(source.title), storable(source.content))
        if stored.id in self._sources:
            return True
        self._sources_bytes += _utf8_bytes(stored.id + stored.title + stored.content)
        if self._sources_bytes > self._max_bytes or len(self._sources) == self._max_sources:
            return False
        self._sources[stored.id] = stored
        return True

    def _fail_now(self, reason: Reason) -> list[Frame]:
        self._close(TurnSignal.FAIL, reason)
        return []

    def _pass_on(self, name: str, data: str) -> list[Frame]:
        n = self._next_n
        self._frames_bytes_left -= _utf8_bytes(data)
        if self._frames_bytes_left < 0 or n >= self._max_frames:
            return self._fail_now(Reason.reply_too_large)
        self._next_n = n + 1
        return [_new(Frame, (n, name, data))]


def _name_of_other(name: str) -> str:
    """Return the event name for JSON that is not a message; SSE cannot carry NUL in a name."""
    return MESSAGE if name in RESERVED or "\0" in name else name


def _utf8_bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
