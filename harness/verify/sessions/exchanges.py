"""What the users of a session exchange with the target, as marks of one timeline of both legs."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from yarl import URL

from streamproof.contracts.text import one_line
from streamproof.harness.http.client import HttpCall
from streamproof.harness.http.short_request import ShortResponse
from streamproof.harness.masking import masked_url
from streamproof.harness.reports.marks import event_mark, no_answer_mark, reading_marks
from streamproof.harness.reports.result import Leg, MarkKind, TimelineMark
from streamproof.harness.verify.mock import VerificationMock
from streamproof.harness.verify.sessions.asked import Asked
from streamproof.harness.verify.targets.target import LAST_EVENT_ID, RelayUser

LEFT = "left"


@dataclass(slots=True)
class Exchange:
    """A request of a user, and what came back: a stream, or a short response."""

    who: str
    what: str
    call: HttpCall
    began: float
    question: str = ""
    asked: Asked | None = None
    response: ShortResponse | None = None
    ended: float = 0.0


@dataclass(slots=True)
class Exchanges:
    """The exchanges of one session, in their order; times are those of the event loop."""

    _users: list[RelayUser] = field(default_factory=list)
    _questions: list[str] = field(default_factory=list)
    _made: list[Exchange] = field(default_factory=list)

    def note_question(self, question: str) -> None:
        """Note a question, whose requests to the AI service belong to the session."""
        self._questions.append(question)

    def begin(self, user: RelayUser, call: HttpCall, question: str = "") -> Exchange:
        """Note a request, as a turn if it has a question."""
        if user not in self._users:
            self._users.append(user)
        who = f"user {self._users.index(user) + 1}"
        turns = sum(one.who == who and bool(one.question) for one in self._made)
        what = f"turn {turns + 1}" if question else call.method
        exchange = Exchange(who, what, call, _now(), question)
        self._made.append(exchange)
        return exchange

    def answer(self, exchange: Exchange, response: ShortResponse) -> None:
        """Note a short response."""
        exchange.response, exchange.ended = response, _now()

    def ms_since_begin(self) -> float:
        """Return the time since the first request."""
        return (_now() - self._zero) * 1000

    def until_no_answer(self, mock: VerificationMock, problem: str) -> tuple[TimelineMark, ...]:
        """Return both legs, and at the end that the target does not answer."""
        since_ms = self.ms_since_begin() if self._made else 0.0
        return (*self.timeline(mock), no_answer_mark(since_ms, problem))

    def timeline(self, mock: VerificationMock) -> tuple[TimelineMark, ...]:
        """Return both legs; the numbers of events are those of the first stream."""
        service = [mark for question in self._questions for mark in self._service(mock, question)]
        browsers = [
            mark if one is self._made[0] else replace(mark, number=None)
            for one in self._made
            for mark in _browser_marks(one, self._zero)
        ]
        return (*service, *browsers)

    @property
    def _zero(self) -> float:
        return self._made[0].began if self._made else _now()

    def _service(self, mock: VerificationMock, question: str) -> Iterator[TimelineMark]:
        """Yield what the AI service was asked and wrote for a question."""
        turn = next((one for one in self._made if one.question == question), None)
        for mark in mock.timeline(question, self._zero):
            if turn is None:
                yield mark
            elif mark.kind is MarkKind.REQUEST:
                label = f"{turn.who}, {turn.what}"
                yield replace(mark, who=turn.who, text=f"{turn.what}, {mark.text}", label=label)
            else:
                yield replace(mark, who=turn.who)


def _now() -> float:
    return asyncio.get_running_loop().time()


def _browser_marks(one: Exchange, zero: float) -> Iterator[TimelineMark]:
    """Yield a request and what came back; times count from `zero`."""
    asks = f"asks {one_line(one.question)}" if one.question else _asked_for(one.call)
    marks = [TimelineMark(0.0, Leg.BROWSER, f"{one.what} {asks}", MarkKind.REQUEST, one.what)]
    if one.response is not None:
        took_ms, status = (one.ended - one.began) * 1000, str(one.response.status or "no response")
        marks.append(
            TimelineMark(took_ms, Leg.BROWSER, one_line(str(one.response)), MarkKind.ENDING, status)
        )
    if one.asked is not None:
        marks += _stream_marks(one.asked, one.began)
    since_ms = (one.began - zero) * 1000
    return (replace(mark, who=one.who, at_ms=since_ms + mark.at_ms) for mark in marks)


def _asked_for(call: HttpCall) -> str:
    """Return the path of a request, and the ID after which it continues."""
    path = URL(masked_url(call.url)).raw_path_qs
    last = call.headers.get(LAST_EVENT_ID)
    return f"{path} after {one_line(last)}" if last else path


def _stream_marks(asked: Asked, began: float) -> Sequence[TimelineMark]:
    """Return what arrived; a stream whose browser left has no reading."""
    named = asked.profile.read
    if asked.reading is not None:
        return [*reading_marks(asked.reading, Leg.BROWSER, lambda event: named(event).kind)]
    marks = [
        event_mark((at - began) * 1000, Leg.BROWSER, number, event, named(event).kind)
        for number, (at, event) in enumerate(zip(asked.seen_at, asked.events, strict=True), start=1)
    ]
    if asked.left_at is not None:
        left_ms = (asked.left_at - began) * 1000
        marks.append(TimelineMark(left_ms, Leg.BROWSER, LEFT, MarkKind.ENDING, LEFT))
    return marks
