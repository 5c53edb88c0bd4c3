"""A failed case has what a report draws: faults, sizes, numbers, its request and its scenario."""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from aiohttp import ClientSession

from streamproof.harness.errors import UnreachableError
from streamproof.harness.http.client import ReadLimits
from streamproof.harness.http.server import serving
from streamproof.harness.reports.result import Leg, MarkKind, VerifiedCase
from streamproof.harness.verify.mock import VerificationMock
from streamproof.harness.verify.relay import RelayVerifier
from streamproof.harness.verify.scenario_text import scenario_text
from streamproof.harness.verify.settings.model import BackendSettings, TargetSettings
from streamproof.harness.verify.stored.rows import StoredMessage, StoredReader, StoredTurn
from streamproof.harness.verify.targets.declared import how_to_ask
from streamproof.harness.verify.targets.target import RelayTarget, RelayUser
from streamproof.mock_ai.library.loading import load_scenario
from tests.broken_relays.broken import TakesTruncatedForComplete
from tests.broken_relays.sound import SoundRelay

MODELINE = "# yaml-language-server: $schema=../scenario.schema.json\n"
SCENARIO = """\
name: cut-early
title: The connection closes after the first event
steps:
  - content: ["half", " an", " answer"]
  - end
faults:
  - split: {every_bytes: 40}
  - cut: {after_events: 1}
expect:
  verdict: aborted
  frontend: [start, content, error]
  stored: {turn: failed, reason: aborted, partial: half}
"""


async def one_user() -> RelayUser:
    """Return the user of a room that exists."""
    return RelayUser("room", {"Authorization": "Bearer abc"})


async def no_user() -> RelayUser:
    """Fail as a relay that makes no room."""
    raise UnreachableError("the rooms are gone")


async def verified(
    relay: type[SoundRelay],
    folder: Path,
    *,
    new_user: Callable[[], Awaitable[RelayUser]] = one_user,
    readers: Callable[[RelayUser], Sequence[StoredReader]] = lambda _: (),
    temporary: bool = False,
) -> VerifiedCase:
    """Return what a relay makes of the scenario."""
    file = folder / "cut-early.yaml"
    file.write_text(MODELINE + SCENARIO)
    mock = VerificationMock()
    async with (
        ClientSession() as session,
        mock.serve() as ai_url,
        serving(relay(ai_url).app()) as url,
    ):
        limits = ReadLimits(silence_seconds=10)
        target = RelayTarget(
            url=url,
            new_user=new_user,
            ask=how_to_ask(TargetSettings(backend=BackendSettings(url=url))),
            readers=readers,
            limits=limits,
            temporary=temporary,
        )
        return await RelayVerifier(session, target, mock).verify(load_scenario(file))


async def test_marks_have_the_faults_at_their_places_and_the_numbers_of_events(tmp_path):
    case = await verified(TakesTruncatedForComplete, tmp_path)
    sent = [mark for mark in case.timeline if mark.leg is Leg.AI]
    faults = {mark.label: mark for mark in sent if mark.kind is MarkKind.FAULT}
    writes = [mark for mark in sent if mark.kind is MarkKind.WRITE]
    assert faults["cut"].text == "fault cut: {after_events: 1}"
    assert faults["cut"].at_ms == writes[-1].at_ms
    assert faults["split"].at_ms <= writes[0].at_ms
    assert all(mark.size > 0 for mark in writes)
    assert sent[-1].kind is MarkKind.ENDING
    got = [mark for mark in case.timeline if mark.leg is Leg.BROWSER]
    events = [(mark.number, mark.label) for mark in got if mark.kind is MarkKind.EVENT]
    assert events == [(1, "start"), (2, "content"), (3, "end")]


class Unreadable:
    """A history that cannot be read."""

    name = "history"
    sources_in_order = True
    knows_turns = False

    async def read(self, room: str, question: str) -> StoredTurn:
        """Fail as one that is gone."""
        raise UnreachableError("the history is gone")

    async def messages(self, room: str) -> list[StoredMessage]:
        """Fail in the same way."""
        raise UnreachableError("the history is gone")


async def test_a_case_without_an_answer_has_its_timeline_up_to_then(tmp_path):
    case = await verified(SoundRelay, tmp_path, readers=lambda _: [Unreadable()])
    [outcome] = case.outcomes
    assert outcome.check == "target.answers"
    browser = [one.label for one in case.timeline if one.leg is Leg.BROWSER]
    assert browser == ["asks", "start", "content", "error", "no answer"]
    assert [one for one in case.timeline if (one.leg, one.kind) == (Leg.AI, MarkKind.WRITE)]
    last = case.timeline[-1]
    assert last.text == "no answer: the history is gone"
    assert outcome.findings[0].at_ms == last.at_ms > 0


async def test_a_case_that_asks_nothing_has_only_the_problem_in_its_timeline(tmp_path):
    case = await verified(SoundRelay, tmp_path, new_user=no_user)
    [mark] = case.timeline
    assert (mark.at_ms, mark.text) == (0.0, "no answer: the rooms are gone")


async def test_a_failed_case_has_its_scenario_and_its_request_without_the_token(tmp_path):
    case = await verified(TakesTruncatedForComplete, tmp_path)
    assert case.scenario == SCENARIO
    assert case.curl is not None
    assert case.curl.startswith('curl -N -H "Authorization: $AUTHORIZATION" --data-urlencode ')
    assert "'message=/cut-early " in case.curl


async def test_a_case_that_holds_has_no_scenario(tmp_path):
    assert (await verified(SoundRelay, tmp_path)).scenario is None


async def test_a_relay_that_is_gone_after_the_run_has_no_request(tmp_path):
    assert (await verified(SoundRelay, tmp_path, temporary=True)).curl is None


def test_a_scenario_without_a_file_has_no_text(tmp_path):
    assert scenario_text(None) is None
    assert scenario_text(tmp_path / "gone.yaml") is None
