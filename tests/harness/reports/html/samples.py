"""Runs to report: a sound one, failures, and texts that attack the page."""

from dataclasses import replace
from datetime import UTC, datetime

from streamproof.harness.exit_codes import ExitCode
from streamproof.harness.reports.result import (
    CheckOutcome,
    EarlyEnd,
    Finding,
    Leg,
    Listed,
    MarkKind,
    RunRecord,
    RunResult,
    TimelineMark,
    VerifiedCase,
)

RECORD = RunRecord(
    started=datetime(2026, 11, 28, 14, 3, 22, tzinfo=UTC),
    seconds=18.4,
    version="1.2.3",
    command="streamproof verify relay --url http://127.0.0.1:3000",
    seed=7,
)
TIMELINE = (
    TimelineMark(1.0, Leg.AI, "request 1: POST /chat/stream", MarkKind.REQUEST, "request 1"),
    TimelineMark(2.0, Leg.AI, '40 bytes data: {"content": "a"}', MarkKind.WRITE, "40 bytes", 40),
    TimelineMark(2.0, Leg.AI, "fault cut: {after_events: 1}", MarkKind.FAULT, "cut"),
    TimelineMark(2.5, Leg.AI, "cut", MarkKind.ENDING, "cut"),
    TimelineMark(0.0, Leg.BROWSER, "asks /end-missing", MarkKind.REQUEST, "asks"),
    TimelineMark(1.5, Leg.BROWSER, "#1 start {}", MarkKind.EVENT, "start", 2, 1),
    TimelineMark(2.2, Leg.BROWSER, "#2 content {}", MarkKind.EVENT, "content", 2, 2),
    TimelineMark(403.0, Leg.BROWSER, "#3 end {}", MarkKind.EVENT, "end", 2, 3),
    TimelineMark(403.2, Leg.BROWSER, "closed: the body is complete", MarkKind.ENDING, "closed"),
)
HELD = CheckOutcome("frontend.status", "The HTTP status is 200.", why="A page reads only 200.")
BROKEN = CheckOutcome(
    "frames.kinds",
    "The browser gets the frames that the scenario expects.",
    (
        Finding(
            "frame #3 is 'end', expected 'error'",
            "start, content, error",
            "start, content, end",
            event_number=3,
            at_ms=403.0,
            allowed=("content", "error"),
        ),
    ),
    why="The browser got other frames than the scenario expects.",
    changes=("your relay: send `error` if the end is missing",),
)
SKIPPED = CheckOutcome("frames.verbatim", "JSON is passed on.", because="frames.kinds")
DOUBTFUL = CheckOutcome("service.pieces", "Events arrive.", (Finding("they do not", must=False),))
UNJUDGED = replace(BROKEN, unjudged=True)
KNOWN = replace(BROKEN, listed=Listed("broken/*", "until spring", "https://issues.example/7"))
FAILED_CASE = VerifiedCase(
    name="end-missing",
    title="A clean close without an end event",
    group="broken",
    file="/home/me/scenarios/broken/end-missing.yaml",
    outcomes=(HELD, BROKEN, SKIPPED),
    timeline=TIMELINE,
    replay="streamproof verify relay --scenario end-missing",
    facts={"frames": "start, content, end"},
    events=3,
    curl="curl -N --data-urlencode message=hi http://127.0.0.1:3000/api/chat/1/stream",
    scenario="name: end-missing\nsteps:\n  - content: a\n",
)

FAILED_SESSION = replace(
    FAILED_CASE,
    name="stop",
    title="A user stops an answer in its middle",
    group="sessions",
    file=None,
    timeline=tuple(
        replace(mark, who=f"user {number % 3 + 1}") for number, mark in enumerate(TIMELINE)
    ),
    scenario=None,
)


def held_case(number: int) -> VerifiedCase:
    """Return a case in which everything held."""
    return VerifiedCase(
        name=f"sound-{number}",
        title="Sound",
        group=f"group-{number % 5}",
        outcomes=(HELD, CheckOutcome("frames.kinds", BROKEN.rule)),
        timeline=TIMELINE[4:6],
        events=1,
    )


def run_of(*cases: VerifiedCase) -> RunResult:
    """Return a run of a relay with a record."""
    return RunResult("relay", "http://127.0.0.1:3000", cases, record=RECORD)


SOUND = run_of(*map(held_case, range(20)))
ONE_FAILURE = run_of(FAILED_CASE, *map(held_case, range(20)))
SILENT = run_of(*(replace(held_case(n), timeline=(), events=0) for n in range(20)))
EARLY = replace(
    ONE_FAILURE,
    planned=(*(case.path for case in ONE_FAILURE.cases), "wire/later"),
    early_end=EarlyEnd("the relay died", ExitCode.UNREACHABLE),
)
SKIPPED_CASE = VerifiedCase("resume", "Resumed", "wire", skipped="ids are not declared")
CAPABLE_OF_NOTHING = run_of(
    replace(
        held_case(1),
        outcomes=(HELD, replace(SKIPPED, because=None, capability="resume", declared=False)),
    )
)


def many_failures(count: int, marks: int = 40, text: str = "x") -> RunResult:
    """Return a run in which many cases fail, each with a long timeline and long texts."""
    long_text, broken = text * (5000 // len(text)), FAILED_CASE.outcomes
    finding = Finding(long_text, long_text, f"{long_text[:-1]}?")
    broken = (*broken, CheckOutcome("long.text", "It is short.", (finding,) * 9))
    mark = text * (200 // len(text))
    long = tuple(
        TimelineMark(n / 3, leg, f"#{n} {mark}", MarkKind.EVENT, "content", 200, n)
        for n in range(marks)
        for leg in Leg
    )
    outcomes = tuple(CheckOutcome(f"group.check-{n}", "It holds.") for n in range(60))
    return run_of(
        *(
            replace(
                FAILED_CASE,
                name=f"case-{n}",
                group=f"group-{n % 9}",
                outcomes=(*outcomes, *broken),
                timeline=long,
                scenario=long_text,
            )
            for n in range(count)
        )
    )


PAYLOADS = (
    "<script>document.title = 'attacked'</script>",
    "<img src=x onerror=\"document.title = 'attacked'\">",
    "'\"><svg onload=\"document.title = 'attacked'\">",
    "</title></style></code></pre></svg><h1>attacked</h1>",
    "javascript:document.title='attacked'",
    "{{ 7 * 7 }}{% raw %}",
    "]]><!-- -->",
    "\x00\x1b[31m\x85\ud83d\u202eattacked\u2066",
)


def hostile(text: str) -> RunResult:
    """Return a run in which every text is this one."""
    finding = Finding(text, text, f"{text}, and more", event_number=1, allowed=(text,))
    outcome = CheckOutcome(text, text, (finding, finding), why=text, changes=(text,), listed=None)
    marks = tuple(
        TimelineMark(n, Leg.AI, text, kind, text, 9, 1) for n, kind in enumerate(MarkKind)
    )
    case = VerifiedCase(
        name=text,
        title=text,
        group=text,
        file=text,
        outcomes=(outcome,),
        timeline=marks,
        replay=text,
        facts={text: text},
        curl=text,
        scenario=text,
    )
    skipped = replace(case, name=f"{text}3", outcomes=(), timeline=(), skipped=text)
    known = replace(outcome, listed=Listed(text, text, text))
    excused = replace(case, name=f"{text}2", outcomes=(known,))
    others = (replace(held_case(n), name=f"{text}{n}", group=text) for n in range(3, 7))
    record = replace(RECORD, version=text, command=text)
    return RunResult(
        "relay",
        text,
        (case, excused, skipped, *others),
        (text,),
        {text: text},
        EarlyEnd(text, ExitCode.UNREACHABLE),
        record,
    )
