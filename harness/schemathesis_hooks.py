"""Hooks for Schemathesis: a check that streams keep their contract, in order and to the end.

`hooks = "streamproof.harness.schemathesis_hooks"` in `schemathesis.toml` adds the check to a run.
Schemathesis itself checks each event by its schema, but neither the order nor the end.
"""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import schemathesis

from streamproof.contracts.contract import FRONTEND, StreamContract
from streamproof.contracts.media_type import parse_media_type
from streamproof.contracts.transcript import Ending
from streamproof.harness.checking.naming import find_contract
from streamproof.harness.http.reading import StreamReading, StreamRecorder
from streamproof.harness.streams import assert_contract

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemathesis import Case, CheckContext, Response

EXTENSION: Final = "x-streamproof-contract"
"""The key in an operation or in the document that names a contract; `false` switches it off."""
VARIABLE: Final = "STREAMPROOF_CONTRACT"
CUT_SHORT: Final = "Schemathesis stopped reading, at its request-timeout or its max-stream-events"


@schemathesis.check
def stream_contract(_context: CheckContext, response: Response, case: Case[Any]) -> bool | None:
    """Check a stream against its contract; the check does not apply to other responses."""
    named = _contract_of(case)
    if not named:
        return True
    contract = _found(named)
    headers = {name: ", ".join(values) for name, values in response.headers.items()}
    if response.status_code != 200 or not _is_stream(headers, contract):
        return True
    resumed = response.request.headers.get("Last-Event-ID", "")
    last_id = resumed if isinstance(resumed, str) else resumed.decode("utf-8", "replace")
    assert_contract(_reading(response, headers), contract, resumed=last_id or None)
    return None


def _contract_of(case: Case[Any]) -> object:
    """Return the name of a contract: by the operation, the document or the environment."""
    operation = case.operation
    for place in (operation.definition.raw, operation.schema.raw_schema):
        if EXTENSION in place:
            return place[EXTENSION]
    return os.environ.get(VARIABLE) or FRONTEND


@cache
def _found(name: object) -> StreamContract:
    return find_contract(str(name), f"{EXTENSION} or {VARIABLE}")


def _is_stream(headers: Mapping[str, str], contract: StreamContract) -> bool:
    got = parse_media_type(headers.get("content-type", ""))
    return got.fits(parse_media_type(contract.media_type))


def _reading(response: Response, headers: Mapping[str, str]) -> StreamReading:
    recorder = StreamRecorder(response.status_code, headers)
    recorder.feed(response.content, 0.0)
    if response.stream_cut_short:
        return recorder.finish(Ending.OPEN, 0.0, CUT_SHORT)
    return recorder.finish(Ending.CLOSED, 0.0)
