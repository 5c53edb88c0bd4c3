"""Deliveries: kept per message, on the mock's clock, within limits."""

import pytest

from streamproof.mock_ai.journal import deliveries as module
from streamproof.mock_ai.journal.deliveries import DeliveredFrame, Deliveries
from tests.mock_ai.mock_fixture import JumpingClock

FRAME = DeliveredFrame("message", "a")


@pytest.fixture
def deliveries():
    """Return deliveries on a clock that stands at 1000 ms."""
    return Deliveries(JumpingClock())


def test_delivery_has_its_time_and_its_connection(deliveries):
    deliveries.report("m", [FRAME], connection=2, ago_ms=300)
    [delivery] = deliveries.of("m")
    assert (delivery.at_ms, delivery.connection, delivery.frame) == (700, 2, FRAME)


def test_message_without_a_report_has_no_deliveries(deliveries):
    assert (deliveries.of("m"), deliveries.of(None), deliveries.reported) == ((), (), False)


def test_watcher_gets_the_new_deliveries_and_the_number_of_earlier_ones(deliveries):
    reports = []
    deliveries.watchers.append(
        lambda message, before, new: reports.append((message, before, len(new)))
    )
    for frames in ([FRAME], [FRAME, FRAME], []):
        deliveries.report("m", frames)
    assert reports == [("m", 0, 1), ("m", 1, 2), ("m", 3, 0)]


def test_least_recently_reported_message_is_forgotten(deliveries, monkeypatch):
    monkeypatch.setattr(module, "MAX_MESSAGES", 2)
    for message in ("a", "b", "a", "c"):
        deliveries.report(message, [FRAME])
    assert [len(deliveries.of(message)) for message in ("a", "b", "c")] == [2, 0, 1]


def test_too_many_frames_of_a_message_are_dropped(deliveries, monkeypatch):
    monkeypatch.setattr(module, "MAX_FRAMES", 3)
    for _ in range(2):
        deliveries.report("m", [FRAME] * 2)
    assert len(deliveries.of("m")) == 3


def test_too_many_characters_of_a_message_are_dropped(deliveries, monkeypatch):
    monkeypatch.setattr(module, "MAX_CHARACTERS", 2 * len("messagea") + 1)
    deliveries.report("m", [FRAME] * 3)
    assert len(deliveries.of("m")) == 2
    deliveries.report("other", [FRAME])
    assert len(deliveries.of("other")) == 1


def test_cleared_deliveries_are_gone_with_their_limits(deliveries, monkeypatch):
    monkeypatch.setattr(module, "MAX_CHARACTERS", len("messagea"))
    deliveries.report("m", [FRAME])
    deliveries.clear()
    assert deliveries.of("m") == ()
    deliveries.report("m", [FRAME])
    assert len(deliveries.of("m")) == 1
