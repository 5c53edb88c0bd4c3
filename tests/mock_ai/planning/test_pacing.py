"""Paces: how long each silence is, however it is drawn."""

from math import log
from statistics import fmean, stdev

import pytest

from streamproof.mock_ai.actions import Wait
from streamproof.mock_ai.errors import ScenarioErrors
from streamproof.mock_ai.library.loading import load_scenario
from streamproof.mock_ai.planning.encoded_step import EncodedStep
from streamproof.mock_ai.planning.pacing import paced
from streamproof.mock_ai.planning.plan import plan
from streamproof.mock_ai.scenario.pace import Distribution, Pace, Stalls
from tests.mock_ai.mock_fixture import scenario

PIECES = [EncodedStep(b"a")] * 2_000


def silences(pace, pieces=PIECES):
    """Return the silences that a pace puts between pieces."""
    return [part.ms for part in paced(pieces, pace) if isinstance(part, Wait)]


def drawn(distribution):
    """Return many silences of 100 ms with a jitter of 0.2."""
    return silences(Pace(gap_ms=100, jitter=0.2, distribution=distribution, seed=7))


@pytest.mark.parametrize("distribution", Distribution)
def test_jitter_keeps_the_mean(distribution):
    assert fmean(drawn(distribution)) == pytest.approx(100, rel=0.02)


def test_uniform_jitter_has_bounds():
    assert min(drawn(Distribution.UNIFORM)) >= 80
    assert max(drawn(Distribution.UNIFORM)) <= 120


def test_normal_jitter_is_the_standard_deviation():
    assert stdev(drawn(Distribution.NORMAL)) == pytest.approx(20, rel=0.05)


def test_log_normal_jitter_is_the_standard_deviation_of_the_logarithm():
    found = drawn(Distribution.LOG_NORMAL)
    assert stdev(map(log, found)) == pytest.approx(0.2, rel=0.05)


def test_exponential_jitter_leaves_a_share_to_chance():
    found = drawn(Distribution.EXPONENTIAL)
    assert min(found) >= 80
    assert max(found) > 200
    assert stdev(found) == pytest.approx(20, rel=0.1)


def test_no_silence_is_negative():
    pace = Pace(gap_ms=10, jitter=1, distribution=Distribution.NORMAL)
    assert min(silences(pace)) > 0
    assert len(silences(pace)) < len(PIECES)


def test_tokens_a_second_stretch_the_silence_with_the_text():
    keys = "pace: {first_ms: 5, tokens_per_second: 50}\nsteps: [{content: [Hi, ' a', ' b c']}, end]"
    planned = plan(load_scenario(scenario(keys)).reply)
    assert [action.ms for action in planned if isinstance(action, Wait)] == [5, 20, 40, 20]


def test_stalls_come_before_every_so_manieth_piece():
    found = silences(Pace(gap_ms=10, stalls=Stalls(100, every=2)), PIECES[:6])
    assert found == [10, 110, 10, 110, 10]


def test_stalls_come_by_chance():
    found = silences(Pace(stalls=Stalls(100, chance=0.1)))
    assert set(found) == {100}
    assert 150 < len(found) < 250


@pytest.mark.parametrize(
    ("pace", "message"),
    [
        (
            "{gap_ms: 5, tokens_per_second: 5}",
            "pace: wanted only one of gap_ms and tokens_per_second",
        ),
        ("{stalls: {for_ms: 5}}", "pace.stalls: wanted exactly one of every and chance, got none"),
        ("{tokens_per_second: 0}", "pace.tokens_per_second: wanted a number above 0"),
        ("{distribution: bell}", "pace.distribution: wanted one of uniform, normal, log-normal"),
    ],
)
def test_wrong_pace_is_refused_at_its_place(pace, message):
    with pytest.raises(ScenarioErrors) as caught:
        load_scenario(scenario(f"pace: {pace}\nsteps: []"))
    assert caught.value.errors[0].message.startswith(message)


@pytest.mark.parametrize("distribution", Distribution)
def test_distribution_is_read_from_a_file(distribution):
    keys = f"pace: {{gap_ms: 100, jitter: 0.2, distribution: {distribution}, seed: 7}}"
    reply = load_scenario(scenario(f"{keys}\nsteps: [{{content: [a, b, c]}}]")).reply
    assert reply.pace == Pace(gap_ms=100, jitter=0.2, distribution=distribution, seed=7)
    waits = [action.ms for action in plan(reply) if isinstance(action, Wait)]
    assert waits == silences(reply.pace, PIECES[:3])
