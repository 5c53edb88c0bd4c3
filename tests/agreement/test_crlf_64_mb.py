"""`crlf-64-mb` fills the memory of a reader that looks for two LF, and of no sound one."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import pytest

from streamproof.contracts.sse import Decoder
from streamproof.harness.verify.relay_run import RunOptions, verify_relay
from streamproof.harness.verify.targets.reference import temporary_reference
from streamproof.mock_ai.actions.head import Framing
from streamproof.mock_ai.http1.writer import ScheduledWrite, lay_out
from streamproof.mock_ai.library.loading import load_scenario
from streamproof.mock_ai.planning.plan import plan, planned_body
from streamproof.mock_ai.scenario.model import Scenario
from tests.agreement.shipped_scenarios import wire
from tests.shipped_files import SCENARIOS

NAME: Final = "crlf-64-mb"
WHOLE: Final = SCENARIOS[NAME]
TOKENS: Final = 64
MIB: Final = 1_048_576
COMMENT_BYTES: Final = 2_048
READ_BYTES: Final = 65_536
MOST_READS: Final = 8
"""Memory in reads: the one that was taken, its copy with other line ends, its lines."""


def shortened(tokens: int) -> Scenario:
    """Return the scenario with fewer tokens, and so fewer MiB."""
    assert WHOLE.path is not None
    text = WHOLE.path.read_text("utf-8")
    assert text.count(f"times: {TOKENS}\n") == 1
    return load_scenario(text.replace(f"times: {TOKENS}\n", f"times: {tokens}\n"))


@contextmanager
def at_most(limit_bytes: int) -> Iterator[None]:
    """Fail where a block needs more memory at a time."""
    tracemalloc.start()
    try:
        yield
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < limit_bytes


def test_body_is_larger_than_64_mib() -> None:
    assert wire(NAME).size > 64 * MIB


def test_reader_that_looks_for_two_lf_holds_the_whole_body() -> None:
    body = wire(NAME).body
    *blocks, held = body.split(b"\n\n")
    assert blocks == []
    assert len(held) == len(body)


def test_nothing_but_the_line_ends_is_in_its_way() -> None:
    body = planned_body(plan(shortened(1).reply))
    comments = len(body) // COMMENT_BYTES
    assert body.count(b"\r\n\r\n") == comments + len(["content", "sources", "end"])
    with_lf = body.replace(b"\r\n", b"\n")
    assert with_lf.count(b"\n\n") == body.count(b"\r\n\r\n")


@pytest.mark.parametrize(
    "tokens",
    [pytest.param(4, id="4 MiB"), pytest.param(TOKENS, id="64 MiB", marks=pytest.mark.prove)],
)
def test_decoder_needs_no_more_memory_than_for_what_it_just_read(tokens: int) -> None:
    body, decoder = planned_body(plan(shortened(tokens).reply)), Decoder()
    with at_most(MOST_READS * READ_BYTES):
        reads = (body[at : at + READ_BYTES] for at in range(0, len(body), READ_BYTES))
        count = sum(len(decoder.feed(read)) for read in reads)
    assert count == tokens + len(["sources", "end"])


def test_mock_keeps_what_repeats_itself_once() -> None:
    with at_most(4 * MIB):
        script = lay_out(plan(WHOLE.reply), Framing.CHUNKED)
    writes = [
        script.opening,
        *(one.data for one in script.actions if isinstance(one, ScheduledWrite)),
    ]
    assert sum(map(len, writes)) > 64 * MIB


@pytest.mark.prove
async def test_mock_relay_and_browser_together_hold_less_than_half_of_it() -> None:
    with at_most(32 * MIB):
        result = await verify_relay(RunOptions(scenarios=[WHOLE], cut_seed=1), temporary_reference)
    assert not result.broken
