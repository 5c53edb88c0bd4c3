"""One question and its reply: what is passed on, what is stored, how it ends. No I/O.

The JSON `type` of an event decides what it is, not its event name. The end that a turn offers
is final only once the caller has committed it; until then `fail` may still take its place.
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
    Source,
    Sources,
    error_frame_data,
    read_message,
    storable,
)
from streamproof.contracts.sse import Event
from streamproof.contracts.transcript import Ending
from streamproof.relay.anomalies import Anomaly, AnomalyKind, excerpt, log_anomaly
from streamproof.relay.errors import TurnError
from streamproof.relay.frames import END, ERROR, Frame, TurnOutcome
from streamproof.relay.lifecycle import (
    STATUS,
    TRANSITIONS,
    Reason,
    TurnSignal,
    TurnState,
    TurnStatus,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["Frame", "Reason", "Turn", "TurnOutcome", "TurnState", "TurnStatus"]

MESSAGE: Final = EVENT_NAMES[Content]
RESERVED: Final = frozenset({"start", EVENT_NAMES[Sources], END, ERROR})
"""Event names with a meaning for browsers; JSON that is no message never travels under them."""

_WITHOUT_END: Final = {
    Ending.CLOSED: Reason.truncated,
    Ending.ABORTED: Reason.aborted,
    Ending.OPEN: Reason.idle_timeout,
}


class Turn:
    """Judges the events of one reply and says which frames they become.

    `max_answer_bytes` bounds the UTF-8 of all content, and likewise of the distinct sources;
    exactly that many pass. What is remarkable goes to `log`.
    """

    def __init__(
        self, turn_id: str, *, max_answer_bytes: int, log: Callable[[Anomaly], None] = log_anomaly
    ) -> None:
        self.turn_id = turn_id
        self.has_content = False
        """Whether the wait for the first content is over: content came, or the end."""
        self._state = TurnState.NEW
        self._reason: Reason | None = None
        self._next_n = 0
        self._max_bytes = max_answer_bytes
        self._answer = StringIO()
        self._answer_bytes = 0
        self._sources: dict[str, Source] = {}
        self._sources_bytes = 0
        self._log = log

    @classmethod
    def from_frames(
        cls,
        turn_id: str,
        frames: Iterable[Frame],
        *,
        max_answer_bytes: int,
        log: Callable[[Anomaly], None] = log_anomaly,
    ) -> Self:
        """Rebuild a running turn from its frames, which mean what the upstream's events meant."""
        turn = cls(turn_id, max_answer_bytes=max_answer_bytes, log=log)
        for frame in frames:
            if frame.n == 0:
                turn.start()
            else:
                turn.receive(Event(frame.event or MESSAGE, frame.data))
        return turn

    @property
    def state(self) -> TurnState:
        """Where the turn is."""
        return self._state

    @property
    def ended(self) -> bool:
        """Whether no further event counts; `complete` then has the outcome, good or bad."""
        return self._state not in {TurnState.NEW, TurnState.RUNNING}

    @property
    def text(self) -> str:
        """All content so far, in the form that is stored."""
        return storable(self._answer.getvalue())

    @property
    def sources(self) -> tuple[Source, ...]:
        """The distinct sources in order of first sight; of two with one id the first stays."""
        return tuple(self._sources.values())

    def start(self) -> Frame:
        """Begin; to be called when the user's message is committed."""
        self._go(TurnSignal.START)
        return self._frame(None, START_FRAME_DATA)

    def receive(self, event: Event) -> list[Frame]:
        """Take an event of the upstream; returns the frames to append, none after the end.

        The upstream's end gives no frame yet, nor does what fails the turn: an event named
        `error`, an answer over its limit. These set `ended`.
        """
        if self.ended:
            self._note(AnomalyKind.after_end, event)
            return []
        if event.event == ERROR:
            self._note(AnomalyKind.error_event, event, excerpt(event.data))
            return self._break(Reason.error_event)
        match read_message(event.data):
            case RawText():
                self._note(AnomalyKind.raw, event, excerpt(event.data))
                return self._pass_on(MESSAGE, event.data)
            case Other():
                self._note(AnomalyKind.other, event, excerpt(event.data))
                return self._pass_on(_name_of_other(event.event), event.data)
            case message:
                return self._take(message, event)

    def complete(self) -> TurnOutcome:
        """Return the outcome of a turn that has `ended`, as often as asked."""
        return self._close(TurnSignal.COMPLETE, None)

    def upstream_ended(self, ending: Ending = Ending.CLOSED) -> TurnOutcome:
        """Return the outcome when no more events come; without an end the reply is truncated."""
        if self.ended:
            return self.complete()
        return self.fail(_WITHOUT_END[ending])

    def fail(self, reason: Reason) -> TurnOutcome:
        """Give up; a turn that had failed or was stopped keeps its first reason."""
        return self._close(TurnSignal.FAIL, reason)

    def stop(self) -> TurnOutcome:
        """End at the user's wish; a turn whose end had come completes."""
        return self._close(TurnSignal.STOP, Reason.stopped)

    def _go(self, signal: TurnSignal) -> None:
        after = TRANSITIONS[self._state].get(signal)
        if after is None:
            raise TurnError(f"{signal.name} is not possible: the turn is {self._state.name}")
        self._state = after

    def _close(self, signal: TurnSignal, reason: Reason | None) -> TurnOutcome:
        self._go(signal)
        if self._state in {TurnState.FAILED, TurnState.STOPPED} and self._reason is None:
            self._reason = reason
        return TurnOutcome(
            STATUS[self._state], self._reason, self._last_frame(), self.text, self.sources
        )

    def _last_frame(self) -> Frame:
        if self._state is TurnState.COMPLETED:
            return Frame(self._next_n, END, END_FRAME_DATA)
        text = STOPPED if self._state is TurnState.STOPPED else FAILED
        return Frame(self._next_n, ERROR, error_frame_data(text))

    def _take(self, message: Message, event: Event) -> list[Frame]:
        """Take in one of the three messages; it travels on under its own event name."""
        name = EVENT_NAMES[type(message)]
        if event.event != name:
            self._note(AnomalyKind.wrong_name, event)
        match message:
            case End():
                self._go(TurnSignal.END)
                self.has_content = True
                return []
            case Content(content):
                fits = self._add_content(content)
            case Sources(sources):
                fits = all(self._add_source(source) for source in sources)
        return self._pass_on(name, event.data) if fits else self._break(Reason.answer_too_large)

    def _add_content(self, content: str) -> bool:
        self._answer_bytes += _utf8_bytes(content)
        if self._answer_bytes > self._max_bytes:
            return False
        self._answer.write(content)
        self.has_content = True
        return True

    def _add_source(self, source: Source) -> bool:
        kept = Source(storable(source.id), storable(source.title), storable(source.content))
        if kept.id in self._sources:
            return True
        self._sources_bytes += _utf8_bytes(kept.id + kept.title + kept.content)
        if self._sources_bytes > self._max_bytes:
            return False
        self._sources[kept.id] = kept
        return True

    def _break(self, reason: Reason) -> list[Frame]:
        self._close(TurnSignal.FAIL, reason)
        return []

    def _pass_on(self, name: str, data: str) -> list[Frame]:
        self._go(TurnSignal.EVENT)
        return [self._frame(name, data)]

    def _frame(self, name: str | None, data: str) -> Frame:
        frame = Frame(self._next_n, name, data)
        self._next_n += 1
        return frame

    def _note(self, kind: AnomalyKind, event: Event, text: str = "") -> None:
        name = excerpt(event.event)
        self._log(Anomaly(kind, self.turn_id, name, len(event.data), text))


def _name_of_other(name: str) -> str:
    """Return the event name for JSON that is no message; NUL cannot be framed."""
    return MESSAGE if name in RESERVED or "\0" in name else name


def _utf8_bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
