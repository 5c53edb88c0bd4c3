"""The timeline of a session has both legs, and names users and turns."""

from aiohttp import web

from streamproof.harness.checking.case_runner import RunCase
from streamproof.harness.reports.html.page import to_html
from streamproof.harness.reports.result import Leg, MarkKind, RunResult, VerifiedCase
from streamproof.harness.reports.text_report import case_lines
from streamproof.harness.verify.relay_run import RunOptions, verify_relay
from streamproof.harness.verify.sessions.crowd import USERS
from streamproof.harness.verify.targets.reference import temporary_reference
from tests.broken_relays import sessions as broken
from tests.broken_relays.in_memory import InMemoryRelay
from tests.harness.reports.html.markup import Element, parsed
from tests.harness.verify.sessions.test_sessions import ClosesItsPort, played_by


def texts(case: VerifiedCase, leg: Leg, kind: MarkKind) -> list[str]:
    """Return the marks of a kind in order of time."""
    ordered = sorted(case.timeline, key=lambda mark: mark.at_ms)
    return [one.line for one in ordered if (one.leg, one.kind) == (leg, kind)]


def drawing_of(case: VerifiedCase) -> Element:
    """Return the drawing of a case in the HTML report."""
    page = parsed(to_html(RunResult("relay", "http://relay.test", (case,))))
    [drawing] = [one for one in page.all("svg") if one.attributes.get("class") == "timeline"]
    return drawing


async def test_turns_and_other_requests_are_in_their_order():
    case = await played_by(broken.RefusesASecondStop, "stop")
    asked = texts(case, Leg.BROWSER, MarkKind.REQUEST)
    named = [one.partition(" asks")[0] for one in asked]
    stop = "user 1: POST /api/chat/room-1/stop"
    assert named == ["user 1: turn 1", stop, stop, "user 1: turn 2"]
    ends = texts(case, Leg.BROWSER, MarkKind.ENDING)
    assert "user 1: status 404: {}" in ends
    assert [one for one in ends if "status 2" in one]
    requests = texts(case, Leg.AI, MarkKind.REQUEST)
    assert requests == [f"user 1: turn {n}, request 1: POST /chat/stream" for n in (1, 2)]


async def test_a_browser_that_leaves_has_the_events_that_it_saw():
    case = await played_by(broken.RepeatsAFrame, "resume")
    lines = texts(case, Leg.BROWSER, MarkKind.ENDING)
    assert "user 2: left" in lines
    before = [mark for mark in case.timeline if mark.who == "user 2"]
    assert [one.label for one in before if one.kind is MarkKind.EVENT][:2] == ["start", "content"]
    continued = [one for one in texts(case, Leg.BROWSER, MarkKind.REQUEST) if " after " in one]
    assert continued[0] == "user 1: GET /api/chat/stream after t1:0"


async def test_only_the_first_stream_has_the_numbers_that_findings_have():
    case = await played_by(broken.RepeatsAFrame, "resume")
    numbered = [mark.number for mark in case.timeline if mark.number is not None]
    assert numbered == [1, 2, 3, 4, 5, 6]


async def test_a_finding_about_a_turn_is_at_the_end_of_the_turn():
    case = await played_by(broken.NormalisesQuestions, "several-turns")
    [finding] = next(one for one in case.failed if one.check == "session.questions").findings
    assert finding.message.startswith("turn 8")
    assert finding.at_ms is not None
    begun = [
        one.label
        for one in sorted(case.timeline, key=lambda mark: mark.at_ms)
        if (one.leg, one.kind) == (Leg.BROWSER, MarkKind.REQUEST) and one.at_ms <= finding.at_ms
    ]
    assert begun[-1] == "turn 8"


async def test_what_a_person_sees_of_a_failed_session():
    case = await played_by(broken.SharesAVariable, "many-users-at-once")
    drawing = drawing_of(case)
    shown = [one.text for one in drawing.all("text")]
    assert shown[: USERS + 2] == ["AI service", *(f"user {n}" for n in range(1, USERS + 2))]
    assert shown.count("turn 1") > USERS / 2  # marks that are close together may be left out
    assert drawing.attributes["aria-label"].startswith("Timeline of sessions/many-users-at-once: ")
    assert any("user 2: #2 content" in one.text for one in drawing.all("title"))


class LosesItsHistory(InMemoryRelay):
    """Breaks off the response with the history of a session; the first question is before it."""

    questions = 0

    async def ask(self, request: web.Request) -> web.StreamResponse:
        """Count the questions."""
        self.questions += 1
        return await super().ask(request)

    async def history(self, request: web.Request) -> web.Response:
        """Break off after the second question."""
        if self.questions > 1:
            assert request.transport is not None
            request.transport.abort()
        return await super().history(request)


async def test_a_session_without_an_answer_is_drawn_up_to_then():
    case = await played_by(LosesItsHistory, "several-turns")
    [outcome] = case.outcomes
    assert outcome.check == "target.answers"
    last = case.timeline[-1]
    assert (last.kind, last.label) == (MarkKind.ENDING, "no answer")
    assert outcome.findings[0].message in last.text
    assert outcome.findings[0].at_ms == last.at_ms == max(one.at_ms for one in case.timeline)
    assert "user 1: turn 1, request 1: POST /chat/stream" in texts(case, Leg.AI, MarkKind.REQUEST)
    drawing = drawing_of(case)
    assert any("no answer: " in one.text for one in drawing.all("title"))


async def test_a_session_that_gets_no_room_has_only_the_problem_in_its_timeline():
    case = await played_by(ClosesItsPort, "after-a-failure")
    assert [(one.at_ms, one.label) for one in case.timeline] == [(0.0, "no answer")]
    assert any("no answer: " in one.text for one in drawing_of(case).all("title"))


async def test_the_text_names_users_as_well():
    case = await played_by(broken.OpensEveryRoom, "refusals")
    lines = "\n".join(case_lines(case))
    assert "user 1: turn 1 asks /session-answer" in lines
    assert "user 2: POST /api/chat/room-1/stream" in lines


async def test_a_session_that_is_played_again_has_only_its_last_timeline():
    async def twice(run: RunCase) -> VerifiedCase:
        await run()
        return await run()

    options = RunOptions(scenarios=(), sessions=["after-a-failure"], run_case=twice)
    result = await verify_relay(options, temporary_reference)
    asked = texts(result.cases[-1], Leg.BROWSER, MarkKind.REQUEST)
    assert [one.partition(" asks")[0] for one in asked] == ["user 1: turn 1", "user 1: turn 2"]
