"""What the invariants find: each function compares what was observed of a trial."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from streamproof.contracts.text import counted
from streamproof.harness.reports.difference import difference
from streamproof.harness.reports.result import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamproof.harness.reliability.history import History
    from streamproof.harness.reliability.observed import TrialObservation

COMPLETED: Final = "completed"
RUNNING: Final = "running"
MOST_CONNECTIONS: Final = 11
"""The connections of one relay to PostgreSQL, as its page says."""
LEFT_IN_LOG: Final = ("Task was destroyed", "was never awaited", "Unclosed", "never retrieved")
"""What Python writes into the log about something that was left."""


def find_unknown_questions(observed: TrialObservation) -> Iterator[Finding]:
    """Find questions that the AI service got, but that are not stored."""
    for message_id in sorted(set(observed.asked)):
        row = observed.rows.message(message_id)
        if row is None or row.sender != "USER":
            yield Finding(f"the AI service was asked about message {message_id}", "stored", "not")


def find_unstored_frames(observed: TrialObservation) -> Iterator[Finding]:
    """Find frames at a browser that the log does not have, or has with other data."""
    for history in observed.histories:
        turn = observed.rows.turn(history.turn_id)
        stored = {frame.n: frame for frame in turn.frames} if turn else {}
        for frame in history.frames:
            if stored.get(frame.n) != frame:
                actual = "not in the log" if frame.n not in stored else "stored with other data"
                yield Finding(f"frame {frame.n} of {_named(history)}", "in the log", actual)
        for frame_id in history.foreign_ids:
            yield Finding(f"frame {frame_id} at {_named(history)}", "of its turn", "of another one")


def find_gaps(observed: TrialObservation) -> Iterator[Finding]:
    """Find numbers that are missing, repeated or out of order, in a log or at a browser."""
    for turn in observed.rows.turns:
        yield from _gaps(f"the log of turn {turn.id}", [frame.n for frame in turn.frames], 0)
    for history in observed.histories:
        numbers = [frame.n for frame in history.frames]
        yield from _gaps(_named(history), numbers, history.first)


def find_wrong_ends(observed: TrialObservation) -> Iterator[Finding]:
    """Find turns without exactly one terminal frame at their end, and browsers without it."""
    for turn in observed.rows.turns:
        kinds = [frame.event for frame in turn.terminal_frames]
        last = turn.frames[-1] if turn.frames else None
        if len(kinds) != 1 or last is None or not last.terminal or turn.status == RUNNING:
            actual = f"{turn.status}, {kinds}, last {last and last.event}"
            yield Finding(f"turn {turn.id}", "one terminal frame, at the end", actual)
    for history in observed.histories:
        if not history.has_end:
            actual = f"{counted(len(history.frames), 'frame')} without it"
            yield Finding(_named(history), "the terminal frame", actual)


def find_wrong_answers(observed: TrialObservation) -> Iterator[Finding]:
    """Compare the stored text of each turn with its frames."""
    for turn in observed.rows.turns:
        answer = observed.rows.message(turn.answer_id)
        has_end = any(frame.event == "end" for frame in turn.frames)
        if has_end != (answer is not None) or has_end != (turn.status == COMPLETED):
            actual = f"{turn.status}, {'an' if answer else 'not an'} answer, end {has_end}"
            yield Finding(f"turn {turn.id}", "an answer if and only if `end` is in the log", actual)
        stored = answer.text if answer else turn.partial
        if turn.status != RUNNING and stored != (text := turn.text):
            found = difference(text, stored or "")
            yield Finding(f"the text of turn {turn.id}", found.expected, found.actual)


def find_other_texts(observed: TrialObservation) -> Iterator[Finding]:
    """Compare each question with what the user asked, and each answer with what was sent."""
    asked = {history.turn_id: history.question for history in observed.histories}
    for turn in observed.rows.turns:
        question = observed.rows.message(turn.question_id)
        if turn.id in asked and question is not None and question.text != asked[turn.id]:
            found = difference(asked[turn.id], question.text)
            yield Finding(f"the question of turn {turn.id}", found.expected, found.actual)
        if observed.sent is None:
            continue
        text, sent = turn.text, observed.sent.text_in(turn.room)
        is_whole = turn.status == COMPLETED
        if text != sent if is_whole else not sent.startswith(text):
            found = difference(sent, text)
            yield Finding(f"the text of turn {turn.id}", found.expected, found.actual)
        if is_whole and turn.sources != observed.sent.sources:
            wanted, actual = sorted(observed.sent.sources), sorted(turn.sources)
            yield Finding(f"the sources of turn {turn.id}", f"{wanted}", f"{actual}")


def find_second_answers(observed: TrialObservation) -> Iterator[Finding]:
    """Find questions that, with one key, led to several rows, or to too many requests."""
    counts = Counter((row.room, row.sender) for row in observed.rows.messages)
    for (room, sender), count in counts.items():
        if count > 1:
            yield Finding(f"rows with sender {sender} in room {room}", "1", str(count))
    for row in observed.rows.messages:
        known = {turn.answer_id for turn in observed.rows.turns}
        if row.sender == "AI" and row.id not in known:
            yield Finding(f"answer {row.id}", "the answer of a turn", "of none")
    most = 1 if observed.sent is None else observed.sent.requests
    for message_id, count in Counter(observed.asked).items():
        if count > most:
            wanted = f"at most {most}"
            yield Finding(f"requests to the AI service for {message_id}", wanted, str(count))


def find_wrong_links(observed: TrialObservation) -> Iterator[Finding]:
    """Find links without their message or knowledge, and answers without their links."""
    for link in observed.rows.links:
        what = f"link {link.message_id} to {link.knowledge_id}"
        message = observed.rows.message(link.message_id)
        if not link.known:
            yield Finding(what, "both exist", "not")
        elif message is not None and message.sender != "AI":
            yield Finding(what, "from an answer", f"from a message of {message.sender}")
    for turn in observed.rows.turns:
        linked = sorted(
            link.knowledge_id for link in observed.rows.links if link.message_id == turn.answer_id
        )
        wanted = sorted(turn.sources) if turn.status == COMPLETED else []
        if linked != wanted:
            yield Finding(f"the links of turn {turn.id}", f"{wanted}", f"{linked}")


def find_late_changes(observed: TrialObservation) -> Iterator[Finding]:
    """Find turns that changed after their end."""
    for turn in observed.earlier.turns:
        now = observed.earlier_now.turn(turn.id)
        if turn.status == RUNNING:
            continue
        if observed.earlier.stored_in(turn.room) != observed.earlier_now.stored_in(turn.room):
            yield Finding(f"the messages and links of room {turn.room}", "unchanged", "changed")
        if now != turn:
            frames = f"{len(turn.frames)} frames" if now is None else f"{len(now.frames)} frames"
            yield Finding(f"turn {turn.id}, which had ended", "unchanged", f"changed: {frames}")


def find_late_owners(observed: TrialObservation) -> Iterator[Finding]:
    """Find turns that did more than fail or stop after another relay took them over."""
    for turn in observed.rows.turns:
        if not turn.taken_over_at:
            continue
        wanted, actual = turn.taken_over_at[0] + 1, len(turn.frames)
        if actual != wanted or turn.status == COMPLETED:
            expected = f"{counted(wanted, 'frame')}, the last one by the other relay"
            found = f"{counted(actual, 'frame')}, {turn.status}"
            yield Finding(f"turn {turn.id}, which was taken over", expected, found)


def find_secrets(observed: TrialObservation) -> Iterator[Finding]:
    """Find secrets and messages of users in the log."""
    for what, secret in observed.secrets.items():
        if secret in observed.log:
            yield Finding(f"the log has {what}", "not there")


def find_leftovers(observed: TrialObservation) -> Iterator[Finding]:
    """Find tasks, files and sockets that nothing needs any more."""
    for before, after in zip(observed.held_before, observed.held_after, strict=True):
        if after.tasks > before.tasks:
            yield Finding("tasks of a relay", str(before.tasks), str(after.tasks))
        if after.files > before.files:
            yield Finding("open files of a relay", str(before.files), str(after.files))
        if after.connections > MOST_CONNECTIONS:
            wanted = f"at most {MOST_CONNECTIONS}"
            yield Finding("connections of a relay to PostgreSQL", wanted, str(after.connections))
    for text in LEFT_IN_LOG:
        if text in observed.log:
            yield Finding(f"the log says: {text}")


def find_unexpected(observed: TrialObservation) -> Iterator[Finding]:
    """Find answers, starts and ends of the relay that are wrong at this moment."""
    for history in observed.histories:
        for one in history.unexpected:
            yield Finding(f"{_named(history)}: {one}")
    for one in observed.unexpected:
        yield Finding(one)


def _gaps(what: str, numbers: list[int], first: int) -> Iterator[Finding]:
    for place, n in enumerate(numbers, start=first):
        if n != place:
            yield Finding(f"the numbers of {what}", f"{place}", f"{n}")
            return


def _named(history: History) -> str:
    return f"the browser in room {history.room}"
