"""The same seed draws the same scenarios, of which there are all kinds."""

import subprocess
import sys
from functools import cache

import pytest

from streamproof.contracts.contract import AI_SERVICE, FRONTEND, builtin_contract
from streamproof.harness.fuzzing.drawing import drawn_scenarios
from streamproof.harness.fuzzing.faults import KINDS, LEFT_OUT
from streamproof.harness.fuzzing.steps import ANY
from streamproof.harness.shrinking.scenario_file import file_text
from streamproof.harness.verify.dialects import CHAT
from streamproof.mock_ai.faults import CATALOGUE

COUNT = 150


def drawn(seed, dialect=CHAT, count=COUNT):
    return drawn_scenarios(dialect, count, seed, dict)


@cache
def text_of_all(dialect=CHAT, count=COUNT):
    return "\n".join(file_text(one) for one in drawn(1, dialect, count))


def test_every_fault_is_drawn_or_left_out_for_a_reason():
    assert KINDS | set(LEFT_OUT) == set(CATALOGUE)
    assert not KINDS & set(LEFT_OUT)


def test_every_kind_of_both_contracts_has_steps():
    names = {
        n for contract in (AI_SERVICE, FRONTEND) for n in builtin_contract(contract).order.names
    }
    assert set(ANY) == names


def test_a_seed_decides_all_scenarios():
    first = drawn(3, count=8)
    assert drawn(3, count=8) == first
    assert drawn(4, count=8) != first


HASH = """
import hashlib, sys
sys.path.insert(0, sys.argv[1])
for name in sys.argv[2:]:
    __import__(name)
from streamproof.harness.fuzzing.drawing import drawn_scenarios
print(hashlib.sha256(repr(drawn_scenarios("chat", 60, 1, dict)).encode()).hexdigest())
"""


@pytest.mark.prove
def test_a_seed_decides_in_every_process_whatever_modules_are_loaded(tmp_path):
    words = "\n".join(f"W{number} = 'word {number}'" for number in range(400))
    (tmp_path / "user_module.py").write_text(words)
    hashes = {
        subprocess.run(
            [sys.executable, "-c", HASH, str(tmp_path), *modules],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for modules in ([], ["user_module"])
    }
    assert len(hashes) == 1


@pytest.mark.prove
def test_no_two_scenarios_are_equal_and_there_are_as_many_as_wanted():
    texts = [file_text(one) for one in drawn(1)]
    assert len(set(texts)) == len(texts) == COUNT


@pytest.mark.prove
def test_what_cannot_be_used_is_not_drawn():
    assert drawn_scenarios(CHAT, 5, 1, lambda _: None) == []


@pytest.mark.parametrize("word", ["- end", "comment", "sources", "faults", "then", "gzip", "chunk"])
def test_each_part_of_a_scenario_occurs(word):
    assert word in text_of_all()


def test_another_dialect_has_only_text_and_never_falls_silent():
    text = text_of_all("openai-chat", 60)
    assert "content" in text
    assert [word for word in ("- event:", "sources", "stall:", "silence:") if word in text] == []
