"""The values of a scenario file as its text, which reads as if a person had written it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from streamproof.contracts.json_text import write_json
from streamproof.harness.verify.derived_expectation import derived_expectation
from streamproof.mock_ai.library.loading import load_scenario
from streamproof.mock_ai.recording.step_lines import quoted
from streamproof.mock_ai.scenario.model import Scenario

ScenarioValues: TypeAlias = Mapping[str, object]
"""The values of a scenario file."""

EXPECT: Final = "expect"

_PLAIN: Final = re.compile(r"[A-Za-z][a-z_-]*(?: [A-Za-z][a-z_-]*)*")
_NOT_TEXT: Final = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
"""Plain words that some readers of YAML take for other values."""
_IN_BLOCKS: Final = frozenset({EXPECT, "stored"})
"""The keys whose mapping has a line for each of its keys."""
_LISTS: Final = frozenset({"steps", "faults", "then"})
"""The keys whose list has a line for each of its parts."""


@dataclass(frozen=True, slots=True)
class WrittenScenario:
    """A scenario with the text of its file."""

    scenario: Scenario
    text: str


def scenario_file(values: ScenarioValues, *, expects: bool) -> WrittenScenario:
    """Return the file with these values; if it `expects`, with the derived expectation.

    Raises `ScenarioErrors` for values that are not a scenario, and as `derived_expectation`.
    """
    values = {key: value for key, value in values.items() if key != EXPECT}
    text = file_text(values)
    scenario = load_scenario(text)
    if not expects:
        return WrittenScenario(scenario, text)
    text = file_text({**values, EXPECT: derived_expectation(scenario)})
    return WrittenScenario(load_scenario(text), text)


def file_text(values: ScenarioValues) -> str:
    """Return the text of a scenario file, with a line for each step and each fault."""
    return "".join(f"{line}\n" for line in _lines(values))


def _lines(values: Mapping[str, object]) -> Iterator[str]:
    for key, value in values.items():
        if key in _IN_BLOCKS and isinstance(value, Mapping):
            yield f"{key}:"
            yield from (f"  {line}" for line in _lines(value))
        elif key in _LISTS and isinstance(value, list) and value:
            yield f"{key}:"
            yield from (f"  - {_part(part)}" for part in value)
        else:
            yield f"{key}: {_flow(value)}"


def _part(value: object) -> str:
    if isinstance(value, Mapping) and len(value) == 1:
        [(key, inner)] = value.items()
        return f"{_word(key)}: {_flow(inner)}"
    return _flow(value)


def _flow(value: object) -> str:
    """Write a value on one line."""
    if isinstance(value, str):
        return _word(value)
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{_word(key)}: {_flow(inner)}' for key, inner in value.items())}}}"
    if isinstance(value, Sequence):
        return f"[{', '.join(map(_flow, value))}]"
    return write_json(value)


def _word(text: str) -> str:
    is_plain = _PLAIN.fullmatch(text) and text.lower() not in _NOT_TEXT
    return text if is_plain else quoted(text)
