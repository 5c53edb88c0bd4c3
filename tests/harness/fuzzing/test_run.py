"""Generated scenarios hold on the reference relay, and find broken ones with a small file.

The broken relays are built on a relay that is sound for the scenarios of its own tests only, so
these tests look at one check.
"""

import asyncio
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace

import pytest
from aiohttp import ClientSession

from streamproof.harness.exit_codes import ExitCode
from streamproof.harness.fuzzing.failure import Failure, FailureWriter, broken_checks
from streamproof.harness.fuzzing.run import FuzzOptions, drawn, fuzz_relay
from streamproof.harness.http.server import serving
from streamproof.harness.reports.result import VerifiedCase
from streamproof.harness.verify.relay_run import RelaysUnderTest, RunOptions, open_verifiers
from streamproof.harness.verify.targets.reference import temporary_reference
from streamproof.mock_ai.library.loading import load_scenario
from tests.broken_relays import broken
from tests.harness.verify.checks.test_relay_checks import target
from tests.long_runs import some_of

SEED = 1
COUNT = 60
RUN = RunOptions(scenarios=())
# A broken relay, the check that finds it, and the most lines of the smallest `steps` and `faults`.
FOUND = [
    (broken.RewritesJson, "frames.verbatim", 1),
    (broken.LosesAnId, "frontend.frame-ids", 1),
    (broken.StoresTheQuestionTwice, "stored.question", 1),
    (broken.TrimsTheAnswer, "stored.answer", 2),
    (broken.SaysEndTwice, "frontend.after-terminal", 1),
    (broken.StoresPartialAsAnswer, "stored.ai-row", 1),
    (broken.HidesFailures, "frontend.complete", 1),
]


def options_for(folder, count=COUNT, seed=SEED):
    return FuzzOptions(run=RUN, count=count, seed=seed, folder=folder, found_by="this test")


def opening(relay):
    @asynccontextmanager
    async def open_relays(session: ClientSession, ai_url: str):
        async with serving(relay(ai_url).app()) as url:
            found = target(session, url)
            yield RelaysUnderTest(found, found)

    return open_relays


async def smallest(relay, check, folder):
    """Return the file of the first generated scenario that breaks the check, made smaller."""
    async with open_verifiers(RUN, opening(relay)) as verifiers:
        writer = FailureWriter(
            verifiers=verifiers, folder=folder, found_by="this test", replay="streamproof"
        )
        for one in drawn(verifiers.usual.relay, COUNT, SEED):
            [case] = await verifiers.verify_all([one.file.scenario])
            if check in broken_checks(case):
                return await writer.write(Failure(check, one, case), "smallest")
    return None


@pytest.mark.parametrize(
    ("relay", "check", "lines"),
    some_of(FOUND, 7, [f"{row[0].__name__}:{row[1]}" for row in FOUND]),
)
async def test_a_broken_relay_is_found_with_a_small_file(relay, check, lines, tmp_path):
    case = await smallest(relay, check, tmp_path)
    assert case is not None
    assert check in broken_checks(case)
    scenario = load_scenario(tmp_path / "smallest.yaml")
    assert len(scenario.reply.steps) + len(scenario.reply.faults) <= lines
    assert not scenario.then
    assert scenario.expect is not None


async def test_the_reference_relay_holds(tmp_path):
    result = await fuzz_relay(options_for(tmp_path, count=30), temporary_reference)
    assert [case.failed for case in result.cases] == [[], []]
    assert result.exit_code is ExitCode.OK
    assert not list(tmp_path.iterdir())
    assert [case.path for case in result.cases] == ["gates", "fuzz/generated"]
    assert result.cases[1].title == f"30 scenarios of the seed {SEED}"


async def test_a_failure_has_a_file_and_the_command_for_it(tmp_path):
    options = replace(options_for(tmp_path, count=3), most_runs=10)
    result = await fuzz_relay(options, opening(broken.SaysEndTwice))
    _, generated, *failures = result.cases
    assert generated.title.endswith("of them failed")
    case = next(one for one in failures if "frontend.after-terminal" in broken_checks(one))
    path = tmp_path / "fuzz-1-frontend-after-terminal.yaml"
    assert case.file == str(path)
    assert case.replay == f"streamproof verify relay --scenarios {path}"
    assert path.read_text().startswith("# Breaks frontend.after-terminal; found by `this test`.\n")
    assert result.exit_code is ExitCode.BROKEN


async def test_a_run_shows_what_it_does_and_its_failures_as_they_come(tmp_path):
    seen = []

    @contextmanager
    def running(name):
        seen.append(f"now {name}")
        yield

    options = replace(
        options_for(tmp_path, count=3),
        run=replace(RUN, on_case=lambda case: seen.append(case.path), running=running),
        most_runs=5,
        on_scenario=lambda: seen.append("+1"),
        on_smaller=lambda case: seen.append(f"smaller {case.path}"),
        note=seen.append,
    )
    result = await fuzz_relay(options, opening(broken.SaysEndTwice))
    *_, failure = paths = [case.path for case in result.cases]
    name = failure.removeprefix("fuzz/")
    found, kept, smaller, written = (
        seen.index(failure),
        seen.index("fuzz/generated"),
        seen.index(f"now making {name} smaller"),
        seen.index(f"written: {tmp_path / name}.yaml"),
    )
    assert seen[:3] == ["now gates", "gates", "now drawing the scenarios"]
    assert seen.index("now fuzz-1-1") < found < kept < smaller < written
    assert seen[:kept].count("+1") == seen.count("+1") == 3
    assert set(paths) <= set(seen)
    assert seen[written - 1] == f"smaller {failure}"


async def test_only_the_first_failure_of_a_check_is_a_case(tmp_path):
    """A report after an early end has the failure that was printed."""
    seen: list[VerifiedCase] = []
    options = replace(options_for(tmp_path, count=20), run=replace(RUN, on_case=seen.append))
    result = await fuzz_relay(replace(options, most_runs=1), opening(broken.SaysEndTwice))
    paths = [case.path for case in seen]
    assert len(paths) == len(set(paths))
    assert set(paths) == {case.path for case in result.cases}


async def test_cuts_are_run_as_well(tmp_path):
    options = replace(options_for(tmp_path, count=5), run=replace(RUN, cut_seed=1))
    result = await fuzz_relay(options, temporary_reference)
    assert "cut.frames" in {outcome.check for outcome in result.cases[1].outcomes}


@pytest.mark.prove
@pytest.mark.parametrize("seed", range(1, 6))
def test_the_reference_relay_holds_in_a_long_run(seed, tmp_path):
    options = options_for(tmp_path, count=600, seed=seed)
    result = asyncio.run(fuzz_relay(options, temporary_reference))
    assert [case.failed for case in result.cases] == [[], []]
