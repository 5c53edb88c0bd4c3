"""Which check each broken relay trips: tests run the rows, and a page of the docs has them."""

from streamproof.contracts.contract import Deadlines
from tests.broken_relays import broken, sessions
from tests.broken_relays.in_memory import InMemoryRelay
from tests.broken_relays.sound import SoundRelay

# The relay, the scenario in which it shows, and the one check that says so.
BROKEN = [
    (SoundRelay, "misjudged", "scenario.verdict"),
    (broken.AnswersWith500, "talk", "frontend.status"),
    (broken.SaysItIsJson, "talk", "frontend.media-type"),
    (broken.EndsInPlainText, "talk", "frontend.json"),
    (broken.EndsWithAnotherBody, "talk", "frontend.shape"),
    (broken.NeverStarts, "talk", "frontend.order"),
    (broken.LosesAnId, "talk", "frontend.frame-ids"),
    (broken.CountsFromOne, "talk", "frontend.frame-ids"),
    (broken.SendsSourcesAsMessages, "talk", "frontend.message-names"),
    (broken.SaysEndTwice, "talk", "frontend.after-terminal"),
    (broken.GoesOnAfterEnd, "talk", "frontend.after-terminal"),
    (broken.HidesFailures, "truncated", "frontend.complete"),
    (broken.BreaksOffBeforeEnd, "talk", "frontend.unbroken"),
    (broken.BreaksOffAfterEnd, "talk", "frontend.clean-close"),
    (broken.LetsProxiesBuffer, "talk", "response.headers"),
    (broken.TakesTruncatedForComplete, "truncated", "frames.kinds"),
    (broken.DropsRawText, "raw", "frames.kinds"),
    (broken.TidiesRawText, "raw", "frames.raw"),
    (broken.RewritesJson, "talk", "frames.verbatim"),
    (broken.ShowsExceptions, "truncated", "answer.internals"),
    (broken.SaysEndBeforeItStores, "talk", "stored.at-end"),
    (broken.LinksSourcesAfterTheEnd, "talk", "stored.at-end"),
    (broken.ShowsTheNewestFirst, "talk", "stored.order"),
    (broken.StoresTheQuestionTwice, "talk", "stored.question"),
    (broken.CallsFailuresStopped, "truncated", "stored.status"),
    (broken.StoresPartialAsAnswer, "truncated", "stored.ai-row"),
    (broken.TrimsTheAnswer, "talk", "stored.answer"),
    (broken.EscapesHtmlTwice, "talk", "stored.html"),
    (broken.KeepsImages, "talk", "stored.safe-html"),
    (broken.KeepsOneSource, "talk", "stored.sources"),
    (broken.ForgetsPartialText, "truncated", "stored.partial"),
    (broken.GivesAnotherReason, "truncated", "stored.reason"),
    (broken.AsksTwice, "talk", "upstream.attempts"),
    (broken.WantsAnything, "talk", "upstream.request"),
]
TRIPPED_BY_SILENCE = [
    (broken.FallsSilentBeforeEnd, "talk", "frontend.stall"),
    (broken.WaitsAfterAFailure, "truncated", "frontend.stall"),
    (broken.StaysOpenAfterEnd, "talk", "frontend.close"),
]
TRIPPED_BY_SIZE = [(broken.FloodsTheBrowser, "frontend.limits")]
TRIPPED_BY_DEADLINES = [
    (broken.StartsLate, Deadlines(first_event_ms=50), "frontend.first-event-deadline"),
    (broken.EndsLate, Deadlines(total_ms=50), "frontend.total-deadline"),
]
TRIPPED_BY_CUTS = [
    (broken.ShowsChunkByChunk, "cut.frames"),
    (broken.StoresChunkByChunk, "cut.stored"),
]
HOLDING_BACK = [broken.BuffersEverything, broken.LagsByOne, broken.LeavesAtOnce]
TIMED = broken.LetsFramesLeaveByATimer
FILLING = broken.FillsABufferAfterAGoodStart

FOUND_BY_SESSIONS = [
    (sessions.KeepsTheBuffer, "several-turns", "session.answers"),
    (sessions.NormalisesQuestions, "several-turns", "session.questions"),
    (sessions.ShowsTheNewestFirst, "several-turns", "session.history"),
    (sessions.LinksEachSourceOnce, "several-turns", "session.sources"),
    (sessions.WritesLocalTimes, "several-turns", "session.times"),
    (sessions.HasFiveConnections, "many-users-at-once", "session.at-once"),
    (sessions.AnswersTwelveAtMost, "many-users-at-once", "session.others"),
    (sessions.SharesAVariable, "many-users-at-once", "session.cross-talk"),
    (sessions.TakesASecondTurn, "during-an-answer", "session.one-turn"),
    (sessions.StoresAnEmptyAnswer, "during-an-answer", "session.half-answer"),
    (sessions.EndsWithTheBrowser, "browser-leaves", "session.survives-leaving"),
    (InMemoryRelay, "browser-leaves", "session.closes-on-leave"),
    (sessions.RepeatsAFrame, "resume", "session.resume"),
    (sessions.ForgetsRunningTurns, "resume", "session.resume-running"),
    (sessions.IgnoresStops, "stop", "session.stop"),
    (sessions.RefusesASecondStop, "stop", "session.stop-twice"),
    (sessions.StaysLockedAfterAStop, "stop", "session.stop-frees"),
    (sessions.ReadsOnAfterAStop, "stop", "session.closes-on-stop"),
    (sessions.ForgetsTheStoppedText, "stop", "session.keeps-partial"),
    (sessions.IgnoresKeys, "same-question-twice", "session.idempotency"),
    (sessions.RefusesARepeatedKey, "same-question-twice", "session.idempotency-text"),
    (sessions.LooksOnlyAtTheKey, "same-question-twice", "session.idempotency-key"),
    (sessions.StaysLockedAfterAFailure, "after-a-failure", "session.recovers"),
    (sessions.OpensEveryRoom, "refusals", "session.owners"),
    (sessions.TakesAnyToken, "refusals", "session.tokens"),
    (sessions.AsksForNoToken, "refusals", "session.tokens"),
    (sessions.TakesEmptyQuestions, "refusals", "session.input"),
]
"""The relay, the session in which it shows, and the check that names it."""
FOUND_BY_SILENCES = [
    (sessions.GivesUpInASilence, "session.silence"),
    (sessions.NeverBeats, "session.heartbeats"),
]

LEAVES_OUT = broken.LeavesOutTheLastLine, "frontend.unfinished-event"


def rows() -> list[tuple[str, str, str]]:
    """Return each broken relay with what it does wrong and the check that it trips, by check."""
    tables = (*BROKEN, *TRIPPED_BY_SILENCE, *FOUND_BY_SESSIONS)
    pairs = [(relay, check) for relay, _, check in tables]
    pairs += [
        *TRIPPED_BY_SIZE,
        *TRIPPED_BY_CUTS,
        *FOUND_BY_SILENCES,
        LEAVES_OUT,
        (TIMED, "streaming.timer"),
    ]
    pairs += [(relay, check) for relay, _, check in TRIPPED_BY_DEADLINES]
    pairs += [(relay, "streaming.gates") for relay in (*HOLDING_BACK, FILLING)]
    pairs += [(relay, "streaming.holds") for relay in HOLDING_BACK[:2]]
    sound = (SoundRelay, InMemoryRelay)  # only the scenario, or the declaration, is wrong there
    return sorted(
        (check, relay.__name__, str(relay.__doc__)) for relay, check in pairs if relay not in sound
    )
