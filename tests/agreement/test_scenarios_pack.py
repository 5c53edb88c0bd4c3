"""The pack of scenarios is whole: every file loads, is in its place, and says what it expects."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pytest
import yaml

from streamproof.contracts.frames import FrameKind
from streamproof.contracts.verdict import Verdict
from streamproof.mock_ai.actions import Send
from streamproof.mock_ai.errors import InvalidScenario
from streamproof.mock_ai.faults import CATALOGUE
from streamproof.mock_ai.planning.listing import list_writes, plan_hash
from streamproof.mock_ai.planning.plan import plan
from streamproof.relay.lifecycle import Reason
from tests.agreement.shipped_scenarios import NAMES, expected
from tests.shipped_files import FOLDER, SCENARIOS
from tools.shipped import shipped_library

if TYPE_CHECKING:
    from pathlib import Path

FOLDERS: Final = ("broken", "content", "dialects", "faults", "foreign", "http", "plain", "wire")
FILES: Final = sorted(FOLDER.rglob("*.yaml"))
MODELINE: Final = "# yaml-language-server: $schema=../scenario.schema.json\n"
REPORT: Final = re.compile(r"[\w.-]+/[\w.-]+#[0-9]+")

STEPS: Final = {
    "content",
    "reasoning",
    "sources",
    "tool_call",
    "error",
    "end",
    "event",
    "comment",
    "raw",
    "raw_base64",
    "raw_hex",
    "wait_ms",
    "hold",
    "repeat",
    "chunk",
    "refusal",
}
"""All kinds but `fake`, whose text depends on the version of Faker."""

IN_WRITES: Final = (
    "lines-of-many-sizes",
    "one-mib-in-small-pieces",
    "reset-inside-a-character",
    "slices-of-4-kb",
    "split-every-byte",
    "twenty-kb-byte-by-byte",
)
"""Those that say of each piece that it comes by itself."""

REASONS: Final = (
    Reason.status,
    Reason.redirect,
    Reason.not_a_stream,
    Reason.idle_timeout,
    Reason.truncated,
    Reason.aborted,
    Reason.error_event,
    Reason.event_too_large,
)
"""Those that one reply of an AI service can cause within the usual limits."""


def place(path: Path) -> str:
    """Return a short name for a file of the pack."""
    return path.relative_to(FOLDER).as_posix()


def named_steps() -> set[str]:
    """Return the kinds of step in all files."""
    steps = [step for path in FILES for step in yaml.safe_load(path.read_text("utf-8"))["steps"]]
    return {step if isinstance(step, str) else next(iter(step)) for step in steps}


def test_no_file_of_the_pack_has_an_error() -> None:
    assert [error.render() for error in shipped_library().errors] == []


def test_every_file_is_in_the_library_once() -> None:
    assert sorted(path.stem for path in FILES) == NAMES
    assert {scenario.path for scenario in SCENARIOS.values()} == set(FILES)


def test_the_pack_is_large() -> None:
    assert len(NAMES) >= 100


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_folder_is_empty(folder: str) -> None:
    assert list((FOLDER / folder).glob("*.yaml"))


def test_no_file_stands_outside_the_folders() -> None:
    assert {path.parent.relative_to(FOLDER).as_posix() for path in FILES} == set(FOLDERS)


def test_an_editor_finds_the_schema_of_a_file() -> None:
    assert [place(p) for p in FILES if not p.read_text("utf-8").startswith(MODELINE)] == []
    assert {(path.parent / "../scenario.schema.json").is_file() for path in FILES} == {True}


def test_a_scenario_tells_what_it_is() -> None:
    assert [s.name for s in SCENARIOS.values() if not 0 < len(s.title) <= 72] == []
    assert [s.name for s in SCENARIOS.values() if not s.about.endswith(".")] == []


def test_a_scenario_tells_what_it_expects() -> None:
    assert [s.name for s in SCENARIOS.values() if s.expect is None] == []


def test_a_scenario_names_reports_by_their_repository_and_number() -> None:
    reports = [report for scenario in SCENARIOS.values() for report in scenario.seen_in]
    assert [report for report in reports if not REPORT.fullmatch(report)] == []


def test_no_two_scenarios_have_the_same_title() -> None:
    titles = [scenario.title for scenario in SCENARIOS.values()]
    assert sorted(titles) == sorted(set(titles))


@pytest.mark.parametrize("path", sorted((FOLDER / "faults").glob("*.yaml")), ids=place)
def test_the_name_of_a_faulty_scenario_starts_with_its_fault(path: Path) -> None:
    kinds = [fault.kind for fault in SCENARIOS[path.stem].reply.faults]
    assert any(path.stem.startswith(f"{kind.replace('_', '-')}-") for kind in kinds)


@pytest.mark.parametrize("kind", CATALOGUE)
def test_every_fault_has_a_scenario(kind: str) -> None:
    assert list((FOLDER / "faults").glob(f"{kind.replace('_', '-')}-*.yaml"))


@pytest.mark.parametrize("path", FILES, ids=place)
def test_every_fault_of_a_file_changes_what_leaves(path: Path) -> None:
    for reply in SCENARIOS[path.stem].replies:
        for index, fault in enumerate(reply.faults):
            others = (*reply.faults[:index], *reply.faults[index + 1 :])
            with suppress(InvalidScenario):  # the others need it
                without = plan_hash(plan(replace(reply, faults=others)))
                assert plan_hash(plan(reply)) != without, fault.kind


@pytest.mark.parametrize("name", IN_WRITES)
def test_pieces_that_a_file_promises_are_writes_of_their_own(name: str) -> None:
    actions = plan(SCENARIOS[name].reply)
    writes = [one for one in list_writes(actions) if one.what == "write"]
    assert len(writes) == sum(isinstance(action, Send) for action in actions) > 1


def test_every_kind_of_step_occurs() -> None:
    assert named_steps() == STEPS


@pytest.mark.parametrize("verdict", Verdict)
def test_every_verdict_is_expected_somewhere(verdict: Verdict) -> None:
    assert verdict in {expected(s).verdict for s in SCENARIOS.values()}


@pytest.mark.parametrize("kind", FrameKind)
def test_every_kind_of_frame_is_expected_somewhere(kind: FrameKind) -> None:
    assert any(kind in expected(scenario).frontend for scenario in SCENARIOS.values())


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_is_expected_somewhere(reason: Reason) -> None:
    assert reason in {expected(s).stored.reason for s in SCENARIOS.values()}


@pytest.mark.parametrize("attempts", [1, 2, 3])
def test_every_number_of_attempts_is_expected_somewhere(attempts: int) -> None:
    assert attempts in {expected(s).stored.attempts for s in SCENARIOS.values()}
