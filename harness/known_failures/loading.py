"""Reads a list of known failures from its YAML file."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from streamproof.contracts.schema import Schema, own_schema
from streamproof.contracts.source.document import validate_document
from streamproof.contracts.source.errors import SourceError, SourceErrors
from streamproof.contracts.source.yaml_text import Document, load_yaml
from streamproof.harness.known_failures.pattern import matches
from streamproof.harness.reports.result import Listed

DEFAULT_TRIES = 3
SCHEMA = Path(__file__).parent / "known-failures.schema.json"


@dataclass(frozen=True, slots=True)
class ListEntry:
    """One entry, with its place in the file. `tries` is 1 for a check that is always broken."""

    listed: Listed
    line: int
    until: date | None = None
    tries: int = 1

    def covers(self, name: str) -> bool:
        """Tell whether the entry is about a check, named as `CASE:CHECK`."""
        return matches(self.listed.pattern, name)


@dataclass(frozen=True, slots=True)
class KnownFailures:
    """A list of known failures; without a file it is empty."""

    file: str = ""
    known: tuple[ListEntry, ...] = ()
    flaky: tuple[ListEntry, ...] = ()

    @property
    def entries(self) -> tuple[ListEntry, ...]:
        """All entries."""
        return (*self.known, *self.flaky)


def load_known_failures(path: Path) -> KnownFailures:
    """Read a list; raises `SourceError` or `SourceErrors` with every mistake at its place."""
    document = load_yaml(path)
    if document.value is None:
        return KnownFailures(str(path))
    errors = validate_document(document, _schema()) or [*_repeated(document)]
    if errors:
        raise SourceErrors(errors)
    return KnownFailures(
        str(path),
        known=tuple(_entries(document, "known", tries=1)),
        flaky=tuple(_entries(document, "flaky", tries=DEFAULT_TRIES)),
    )


def _entries(document: Document, key: str, tries: int) -> Iterator[ListEntry]:
    for number, value in enumerate(document.value.get(key, ())):
        yield ListEntry(
            Listed(value["pattern"], value["reason"], value.get("issue")),
            line=document.positions[key, number].value[0],
            until=date.fromisoformat(value["until"]) if "until" in value else None,
            tries=value.get("tries", tries),
        )


def _repeated(document: Document) -> Iterator[SourceError]:
    """Yield an error for each pattern that an entry before it has as well."""
    seen: dict[str, int] = {}
    for key in ("known", "flaky"):
        for number, value in enumerate(document.value.get(key, ())):
            place = (key, number, "pattern")
            line = document.positions[place].value[0]
            first = seen.setdefault(value["pattern"], line)
            if first != line:
                yield document.error(
                    place,
                    f"the pattern is already in line {first}",
                    help="remove one of the two entries",
                )


@cache
def _schema() -> Schema:
    return own_schema(SCHEMA)
