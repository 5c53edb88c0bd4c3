"""A fault that a request adds, as its header or its query has it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from streamproof.contracts.source.document import SourceError, load_yaml, validate_document
from streamproof.mock_ai.errors import InvalidRequest
from streamproof.mock_ai.faults import Fault, read_fault
from streamproof.mock_ai.library.loading import scenario_schema
from streamproof.mock_ai.scenario.old_keys import rename_old_fault_keys

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streamproof.contracts.schema import Schema


def read_requested_fault(where: str, text: str) -> Fault:
    """Read a fault as it is written in a scenario file, for example `reset: {after_events: 2}`.

    Raises `InvalidRequest` with `where`, the place of the text in the request.
    """
    try:
        document = load_yaml(text, file=where)
        rename_old_fault_keys(document)
        errors = validate_document(document, _fault_schema())
    except SourceError as error:
        errors = [error]
    if errors:
        raise InvalidRequest(f"{where}: {_joined(errors)}")
    value: dict[str, Any] = document.value
    [(kind, values)] = value.items()
    try:
        return read_fault(kind, values)
    except ValueError as error:
        raise InvalidRequest(f"{where}: {kind}: {error}") from error


@cache
def _fault_schema() -> Schema:
    return scenario_schema().definition("fault")


def _joined(errors: Iterable[SourceError]) -> str:
    words = (f"{error.message} ({error.help})" if error.help else error.message for error in errors)
    return "; ".join(words)
