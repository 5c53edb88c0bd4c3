"""A recorded reply answers its request and equal ones, and no reply that may change is kept."""

from dataclasses import replace

import pytest

from streamproof.mock_ai.errors import CannotRecord
from streamproof.mock_ai.http1.bodies import BodyPiece
from streamproof.mock_ai.library.loading import load_scenario
from streamproof.mock_ai.planning.plan import plan, planned_body
from streamproof.mock_ai.recording.exchange import (
    ExchangeEnding,
    RecordedExchange,
    RecordedRead,
    RecordedRequest,
)
from streamproof.mock_ai.recording.misses import PASSING_STATUSES, RecordedMisses
from streamproof.mock_ai.recording.secret_names import Masks
from streamproof.mock_ai.request.context import RequestContext
from streamproof.mock_ai.request.question import NO_QUESTION
from streamproof.mock_ai.request.received import ReceivedRequest
from streamproof.mock_ai.scenario.rules import fit

SECRET = "sk-0123456789abcdef0123"


def exchange(target: str = "/v1/models", **changes) -> RecordedExchange:
    """Return an exchange with a short body."""
    reads = (RecordedRead(1.0, (BodyPiece(b"[]", complete=True),)),)
    found = RecordedExchange(RecordedRequest("GET", target), 200, "OK", (), reads)
    return replace(found, **changes)


def keep(folder, target="/v1/models", found=None, method="GET"):
    """Keep a reply, and return its file with the request."""
    request = ReceivedRequest(method, target)
    misses = RecordedMisses(folder / "new" / "folder", Masks())
    return misses.keep(request, found or exchange(target), "here"), request


def test_recorded_reply_answers_its_request(tmp_path):
    path, request = keep(tmp_path)
    recorded = load_scenario(path)
    assert recorded.name.startswith("v1-models-")
    assert planned_body(plan(recorded.reply)) == b"[]"
    assert recorded.when is not None
    assert fit(recorded.when.compare(RequestContext(request, NO_QUESTION)))
    other = ReceivedRequest("GET", "/v1/models?page=2")
    assert not fit(recorded.when.compare(RequestContext(other, NO_QUESTION)))


def test_secret_of_a_path_is_neither_in_the_name_nor_in_the_rule(tmp_path):
    path, request = keep(tmp_path, f"/bots/{SECRET}/ask")
    assert SECRET not in path.name
    assert SECRET not in path.read_text()
    rule = load_scenario(path).when
    assert rule is not None
    assert fit(rule.compare(RequestContext(request, NO_QUESTION)))


@pytest.mark.parametrize("target", ["/", "/é", f"/{'long/' * 40}"])
def test_every_path_has_a_name(target, tmp_path):
    path, _ = keep(tmp_path, target, method="POST")
    assert load_scenario(path).name == path.stem


@pytest.mark.parametrize("status", [*sorted(PASSING_STATUSES), 500, 529])
def test_status_that_passes_is_not_kept(status, tmp_path):
    with pytest.raises(CannotRecord, match=f"the status {status} can be another one"):
        keep(tmp_path, found=exchange(status=status))
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("status", [301, 400, 404, 422])
def test_status_that_stays_is_kept(status, tmp_path):
    path, _ = keep(tmp_path, found=exchange(status=status))
    assert load_scenario(path).reply.status == status


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"ending": ExchangeEnding.CUT}, "as it should: cut"),
        ({"ending": ExchangeEnding.OPEN, "note": "It was too long."}, "It was too long."),
    ],
)
def test_reply_that_is_not_complete_is_not_kept(changes, why, tmp_path):
    with pytest.raises(CannotRecord, match=why):
        keep(tmp_path, found=exchange(**changes))


def test_edited_file_stays(tmp_path):
    path, _ = keep(tmp_path)
    path.write_text("mine")
    with pytest.raises(CannotRecord, match="already exists"):
        keep(tmp_path)
    assert path.read_text() == "mine"
