"""Tells which shipped contracts a stream looks like."""

from collections.abc import Callable
from dataclasses import replace

from streamproof.contracts.checker import check
from streamproof.contracts.contract import BUILT_IN, StreamContract, builtin_contract
from streamproof.contracts.transcript import Transcript
from streamproof.contracts.verdict import Verdict
from streamproof.harness.checking.contract import CAPABILITIES

FIRST_EVENTS = 50
"""The events that are looked at."""


def likely_contracts(transcript_for: Callable[[StreamContract], Transcript]) -> list[str]:
    """Return the contracts that fit best, or none if no contract fits at least half of the events.

    `transcript_for` returns the stream as a contract reads it.
    """
    flaws: dict[str, int] = {}
    for name in BUILT_IN:
        contract = builtin_contract(name)
        found = _flaws(transcript_for(contract), contract)
        if found is not None:
            flaws[name] = found
    return [name for name, count in flaws.items() if count == min(flaws.values())]


def _flaws(transcript: Transcript, contract: StreamContract) -> int | None:
    """Return the number of violations, or None if the contract does not fit.

    What only some services can do, such as IDs, does not count.
    """
    events = transcript.events[:FIRST_EVENTS]
    report = check(replace(transcript, events=events), contract)
    if transcript.body is not None:
        return 0 if report.holds else None
    flaws = [one for one in report.violations if one.check not in CAPABILITIES]
    wrong = {one.event_number for one in flaws} - {None}
    fits = 0 < len(events) >= 2 * len(wrong) and report.verdict is not Verdict.NOT_A_STREAM
    return len(flaws) if fits else None
