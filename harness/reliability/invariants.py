"""The invariants: what holds after every trial, whatever the fault was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streamproof.harness.checking.check import Check
from streamproof.harness.reliability import findings

if TYPE_CHECKING:
    from streamproof.harness.reliability.observed import TrialObservation

INVARIANTS: Final[tuple[Check[TrialObservation], ...]] = (
    Check(
        "reliability.question-first",
        "A question is stored before the AI service is asked.",
        "Otherwise a crash can lose a question that the AI service has answered, and that the user"
        " has paid for.",
        findings.find_unknown_questions,
    ),
    Check(
        "reliability.shown-is-stored",
        "Every frame that a browser has received is in the log, with the same data.",
        "The relay commits a frame before it shows it. A frame that was shown and is not stored is"
        " lost at the next reload, and a resumed stream continues at the wrong place.",
        findings.find_unstored_frames,
    ),
    Check(
        "reliability.no-gap",
        "The frames of a turn have the numbers 0, 1, 2 and so on, in the log and at each browser.",
        "A gap is lost text, and a repeated number is doubled text.",
        findings.find_gaps,
    ),
    Check(
        "reliability.one-end",
        "Every turn has one terminal frame, which is its last one, and every browser gets it.",
        "Without it a page waits without end; with two of them, a page can show an error after a"
        " complete answer.",
        findings.find_wrong_ends,
    ),
    Check(
        "reliability.answer-is-frames",
        "The stored text is the text of the frames, and an answer is stored if and only if the log"
        " has `end`.",
        "`end` means stored. If the two differ, the history shows something else than the page"
        " did.",
        findings.find_wrong_answers,
    ),
    Check(
        "reliability.nothing-lost",
        "A question is stored as the user asked it. A complete answer has all that the AI service"
        " sent, and a partial one has its beginning.",
        "A relay that loses a part of an answer everywhere agrees with itself, and is wrong.",
        findings.find_other_texts,
    ),
    Check(
        "reliability.one-answer",
        "A question with one `Idempotency-Key` is stored once, has at most one answer, and costs"
        " one request to the AI service, or as many as the relay may repeat.",
        "A browser repeats a question when its connection breaks. A second turn costs the user a"
        " second time.",
        findings.find_second_answers,
    ),
    Check(
        "reliability.links",
        "Links exist only together with their answer, one for each source that was shown.",
        "They are one transaction with the answer. A link without its message, or an answer"
        " without its links, shows wrong sources.",
        findings.find_wrong_links,
    ),
    Check(
        "reliability.ended-stays",
        "A turn that has ended does not change any more.",
        "A process that was frozen, or a second relay, must not append to a turn that another one"
        " has ended.",
        findings.find_late_changes,
    ),
    Check(
        "reliability.fenced",
        "A turn that another relay has taken over gets its terminal frame from that relay, and"
        " nothing from its former owner.",
        "A relay that was frozen does not know that its lease has run out. What it adds could be"
        " shown by one relay and be missing at another, and the turn could end in two ways.",
        findings.find_late_owners,
    ),
    Check(
        "reliability.secrets",
        "Keys, tokens and messages of users are never in the log of the relay.",
        "Logs are copied to places that many people can read, so a key or a message in a log is"
        " given away.",
        findings.find_secrets,
    ),
    Check(
        "reliability.nothing-left",
        "When the last browser has left, no relay has a task, a file or a socket of its turn, and"
        " none has more than eleven connections to PostgreSQL.",
        "What is left adds up until the relay must be started again.",
        findings.find_leftovers,
    ),
    Check(
        "reliability.right-answers",
        "The relay answers each request as the protocol allows at that moment, closes a stream"
        " after its end, and starts and ends only when it should.",
        "A wrong status sends a page the wrong way: it waits, asks again, or gives up. A relay that"
        " ends by itself is an outage, even if another process starts it again.",
        findings.find_unexpected,
    ),
)
