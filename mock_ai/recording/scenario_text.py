"""Write a recorded exchange as the text of a scenario file that people can edit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from streamproof.contracts.source.yaml_text import MAX_FILE_BYTES
from streamproof.contracts.text import counted
from streamproof.mock_ai.actions.slicing import event_ends
from streamproof.mock_ai.errors import CannotRecord, ScenarioErrors
from streamproof.mock_ai.library.loading import load_scenario
from streamproof.mock_ai.recording.exchange import ExchangeEnding
from streamproof.mock_ai.recording.head_lines import has_both_lengths, head_lines
from streamproof.mock_ai.recording.neutral_steps import every_reading
from streamproof.mock_ai.recording.step_lines import (
    mapping,
    number,
    on_one_line,
    quoted,
    step_lines,
)
from streamproof.mock_ai.recording.steps import Steps, silence_ms
from streamproof.mock_ai.scenario.model import NEWLINES

if TYPE_CHECKING:
    from streamproof.mock_ai.recording.exchange import RecordedExchange

SHOWN_CHARACTERS: Final = 2_000  # of the body of the request

_NO_RULE: Final[Mapping[str, str]] = {}
_UNANSWERED: Final = {
    ExchangeEnding.OPEN: "silence: {}",
    ExchangeEnding.CUT: "hang_up: {}",
    ExchangeEnding.RESET: "hang_up: {reset: true}",
}


def scenario_text(
    exchange: RecordedExchange, *, name: str, origin: str, when: Mapping[str, str] = _NO_RULE
) -> str:
    """Return the text of the file `name`.yaml; `when` is the rule of the scenario, if it has one.

    Raises `CannotRecord` if the exchange cannot be written as a scenario file.
    """
    for steps in every_reading(exchange):
        try:
            return _text(exchange, steps, name, origin, when)
        except CannotRecord as error:
            problem = error
    raise problem


def _text(
    exchange: RecordedExchange, steps: Steps, name: str, origin: str, when: Mapping[str, str]
) -> str:
    ends, size = event_ends([*steps.plan()])
    lines = list(_comments(exchange, origin))
    lines.append(f"name: {name}")
    lines.append(f"title: {quoted(_title(exchange, len(ends), size))}")
    if when:
        lines += _block("when", [f"{fact}: {quoted(value)}" for fact, value in when.items()])
    if exchange.answered:
        lines += _body_lines(steps)
        lines += head_lines(exchange, steps)
    lines += _block("steps", [line for step in steps.steps for line in step_lines(step)])
    at_event = not size or (bool(ends) and ends[-1] == size)
    place = f"after_events: {len(ends)}" if at_event else f"after_bytes: {size}"
    faults = [*_late(exchange), *_ending(exchange, place)]
    lines += _block("faults", faults) if faults else []
    text = "".join(f"{line}\n" for line in lines)
    _check(text)
    return text


def _check(text: str) -> None:
    size = len(text.encode())
    if size > MAX_FILE_BYTES:
        message = f"the scenario file would have {size:,} bytes; the limit is {MAX_FILE_BYTES:,}"
        raise CannotRecord(message)
    try:
        load_scenario(text)
    except ScenarioErrors as error:
        message = f"the recording cannot be written as a scenario: {error.errors[0].message}"
        raise CannotRecord(message) from error


def _comments(exchange: RecordedExchange, origin: str) -> Iterator[str]:
    request = exchange.request
    yield f"# Recorded from {on_one_line(origin)}."
    if exchange.note:
        yield f"# {on_one_line(exchange.note)}"
    if has_both_lengths(exchange):
        yield "# The service sent Content-Length and chunks; the chunks decide where the body ends."
    if exchange.details.inexpressible:
        yield f"# Not in this file: {', '.join(exchange.details.inexpressible)}."
    if request.method:
        yield f"# {on_one_line(f'{request.method} {request.target}')}"
        for header, value in request.headers:
            yield f"#   {on_one_line(f'{header}: {value}')}"
    if request.body:
        body = request.body.decode("utf-8", "replace")
        more = f" (and {len(body) - SHOWN_CHARACTERS} more)" if len(body) > SHOWN_CHARACTERS else ""
        yield f"#   {on_one_line(body[:SHOWN_CHARACTERS])}{more}"


def _title(exchange: RecordedExchange, events: int, size: int) -> str:
    request = exchange.request
    what = f"{request.method} {request.target.partition('?')[0]}".strip() or "A stream"
    if not exchange.answered:
        return f"{what}: no answer, {exchange.ending}"
    amounts = f"{counted(events, 'event')}, {counted(size, 'byte')}"
    return f"{what}: {exchange.status}, {amounts}, {exchange.ending}"


def _body_lines(steps: Steps) -> Iterator[str]:
    newline = next(word for word, end in NEWLINES.items() if end == steps.newline)
    if newline != "lf":
        yield f"newline: {newline}"
    if steps.bom:
        yield "bom: true"
    if steps.dialect is not None:
        yield f"dialect: {steps.dialect}"
    if steps.model is not None:
        yield f"model: {quoted(steps.model)}"
    if steps.usage:
        yield f"usage: {mapping(steps.usage)}"


def _block(key: str, items: list[str]) -> list[str]:
    return [f"{key}:", *(f"  {item}" for item in items)] if items else [f"{key}: []"]


def _late(exchange: RecordedExchange) -> Iterator[str]:
    """Yield a fault for the time until the first byte, or until the close without a byte."""
    after_ms = silence_ms(0, exchange.first_ms)
    if after_ms and (exchange.answered or exchange.ending is not ExchangeEnding.OPEN):
        yield f"- slow_headers: {{after_ms: {number(after_ms)}}}"


def _ending(exchange: RecordedExchange, place: str) -> Iterator[str]:
    """Yield the faults of the ending.

    The silence before a cut or reset is a stall, which must come last: a cut drops what follows it.
    """
    if not exchange.answered:
        yield f"- {_UNANSWERED[exchange.ending]}"
        return
    if exchange.ending is ExchangeEnding.FINISHED:
        return
    end = exchange.details
    missing = "" if end.missing_bytes is None else f", missing_bytes: {end.missing_bytes}"
    if exchange.ending is ExchangeEnding.OPEN:
        yield f"- stall: {{{place}{missing}}}"
        return
    if exchange.ending is ExchangeEnding.CUT and end.size_line:
        yield f"- bad_chunk: {{{place}, size: {quoted(end.size_line)}}}"
    else:
        kind = "cut" if exchange.ending is ExchangeEnding.CUT else "reset"
        yield f"- {kind}: {{{place}{missing}}}"
    silence = silence_ms(exchange.last_ms, exchange.ended_ms)
    if silence:
        yield f"- stall: {{{place}, for_ms: {number(silence)}}}"
