"""A cut variant has the same bytes in other pieces."""

import pytest

from streamproof.harness.verify.cut_variant import CUTS, cut_variant
from streamproof.mock_ai.actions import Send
from streamproof.mock_ai.library.loading import load_scenario
from streamproof.mock_ai.planning.plan import plan, planned_body
from tests.shipped_files import SCENARIOS, cases


@pytest.mark.parametrize("name", cases(every=4))
def test_a_cut_variant_has_the_same_bytes_in_other_pieces(name):
    whole = SCENARIOS[name]
    cut = cut_variant(whole, seed=7)
    if cut is None:
        assert all(len(planned_body(plan(reply))) < 2 for reply in whole.replies)
        return
    for one, other in zip(whole.replies, cut.replies, strict=True):
        assert planned_body(plan(one)) == planned_body(plan(other))
        pieces = sum(isinstance(action, Send) for action in plan(other))
        uncut = sum(isinstance(action, Send) for action in plan(one))
        assert pieces <= uncut + CUTS


def test_a_seed_always_cuts_at_the_same_places():
    whole = SCENARIOS["example-conversation"]
    assert cut_variant(whole, 7) == cut_variant(whole, 7)
    assert cut_variant(whole, 7) != cut_variant(whole, 8)


def test_nothing_to_cut_is_not_a_variant():
    assert cut_variant(load_scenario("name: it\ntitle: It\nsteps: []"), seed=1) is None
