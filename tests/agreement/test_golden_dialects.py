"""One neutral scenario has the golden bytes in every dialect, streamed and as one JSON body."""

from __future__ import annotations

import pytest

from streamproof.mock_ai.dialects import CATALOGUE
from streamproof.mock_ai.planning.dialect_of_reply import sample_request
from streamproof.mock_ai.planning.plan import plan
from tests.agreement.golden_dialects import FOLDER, golden_file, shown_replies
from tests.agreement.shipped_scenarios import NAMES
from tests.shipped_files import SCENARIOS

VERBATIM = [
    name for name in NAMES if not any(reply.has_neutral_steps for reply in SCENARIOS[name].replies)
]


@pytest.mark.parametrize("dialect", CATALOGUE)
def test_neutral_scenario_has_the_golden_bytes(dialect: str) -> None:
    assert shown_replies(dialect) == golden_file(dialect).read_text("utf-8")


def test_every_golden_file_belongs_to_a_dialect() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.txt")) == sorted(CATALOGUE)


@pytest.mark.parametrize("dialect", CATALOGUE)
@pytest.mark.parametrize("streamed", [True, False])
def test_scenario_of_verbatim_steps_is_the_same_in_every_dialect(
    dialect: str, streamed: bool
) -> None:
    assert len(VERBATIM) > 10
    request = sample_request(dialect, {"stream": streamed})
    for name in VERBATIM:
        for reply in SCENARIOS[name].replies:
            assert plan(reply, request=request) == plan(reply), name
