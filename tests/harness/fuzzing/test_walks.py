"""Walks keep the pattern of their contract, and near walks mostly break it."""

import pytest
from hypothesis import given, settings

from streamproof.contracts.contract import AI_SERVICE, FRONTEND, builtin_contract
from streamproof.harness.fuzzing.walks import CHANGES, MOST_KINDS, near_walks, walks

SERVICE = builtin_contract(AI_SERVICE).order
FEW = settings(max_examples=60)


@pytest.mark.parametrize("contract", [AI_SERVICE, FRONTEND])
def test_a_walk_is_allowed_up_to_its_last_kind(contract):
    order = builtin_contract(contract).order

    @FEW
    @given(walks(order))
    def hold(kinds):
        here = order
        for kind in kinds:
            here = here.step(kind)
        assert here.accepting or len(kinds) == MOST_KINDS

    hold()


def test_near_walks_break_the_pattern_and_keep_it():
    found = set()

    @FEW
    @given(near_walks(SERVICE))
    def collect(kinds):
        found.add(SERVICE.accepts(kinds))

    collect()
    assert found == {True, False}


def test_every_change_of_a_sequence_is_one_step_away():
    kinds = ["content", "sources", "end"]
    assert [change(kinds, 1, "end") for change in CHANGES] == [
        ["content", "end", "sources", "end"],
        ["content", "end"],
        ["content", "end", "end"],
        ["content", "sources", "sources", "end"],
        ["content", "end", "sources"],
    ]
