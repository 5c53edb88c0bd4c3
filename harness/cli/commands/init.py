"""`streamproof init`: write `streamproof.toml` by asking its owner, and by asking the backend."""

import argparse
import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from streamproof.contracts.contract import BUILT_IN
from streamproof.contracts.loopback import LOOPBACK
from streamproof.contracts.source.toml_text import parse_toml
from streamproof.contracts.text import counted, one_line
from streamproof.harness.cli.arguments.backend import add_backend_arguments, document_of
from streamproof.harness.cli.program import command
from streamproof.harness.console import Console, console_for
from streamproof.harness.errors import UsageError
from streamproof.harness.exit_codes import ExitCode
from streamproof.harness.http.client import client_session
from streamproof.harness.verify.mock import VerificationMock
from streamproof.harness.verify.probing.probe import (
    BackendProbe,
    Document,
    ProbedAnswer,
    probe_scenarios,
)
from streamproof.harness.verify.probing.writing import settings_text
from streamproof.harness.verify.relay_run import MOCK_ADDRESS
from streamproof.harness.verify.settings.loading import (
    NAME,
    SCHEMA,
    check_document,
    settings_from,
)
from streamproof.harness.verify.settings.mistakes import EVENTS
from streamproof.harness.verify.targets.declared import started_backend
from streamproof.mock_ai.library.editor_schema import schema_from, written_schema

SHOWN_EVENTS: Final = 8
SHOWN_CHARACTERS: Final = 90


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the answers to the questions, and the file."""
    parser.description = (
        f"Write {NAME}, the settings with which `streamproof verify relay` verifies your backend."
        " streamproof plays the AI service, sends your backend two questions, and writes what it"
        " finds: how the backend is asked, what it streams, and what it can do. In a terminal it"
        " asks for what no option says."
    )
    add_backend_arguments(parser)
    parser.add_argument(
        "--profile",
        choices=BUILT_IN,
        metavar="NAME",
        help=f"what the backend streams: {', '.join(BUILT_IN)} (default: what its answer looks"
        " like)",
    )
    parser.add_argument(
        "--settings",
        type=Path,
        default=Path(NAME),
        metavar="FILE",
        help="the file to write (default: %(default)s)",
    )
    parser.add_argument("--force", action="store_true", help="replace the file if it exists")


def run(args: argparse.Namespace) -> int:
    """Ask, probe, and write the file; raises `UsageError` if it exists."""
    console = console_for(args)
    file: Path = args.settings
    if file.exists() and not args.force:
        raise UsageError(f"{file} already exists; --force replaces it, --settings writes another")
    if not file.parent.is_dir():
        raise UsageError(f"--settings: {file.parent} is not a folder; make it first")
    document, held = asyncio.run(_probed(args, document_of(args), console))
    schema = schema_from(file.parent, SCHEMA)
    text = settings_text(document, held, schema)
    check_document(parse_toml(text, str(file)))
    file.write_text(text, encoding="utf-8")
    console.line(f"written: {file}", "ok")
    options = () if file == Path(NAME) else ("--settings", str(file))
    console.line(f"next: {command('verify', 'relay', *options)}")
    if written_schema(file.parent, SCHEMA.name) is None:
        wanted = command("schema", "settings", "--folder", str(file.parent))
        console.line(f"for the editors of other machines: `{wanted}`, then --force")
    return ExitCode.OK


async def _probed(
    args: argparse.Namespace, document: Document, console: Console
) -> tuple[Document, frozenset[str]]:
    """Return the whole settings and the capabilities that held."""
    folder = args.settings.parent
    settings = settings_from(document, folder)
    mock = VerificationMock()
    for scenario in probe_scenarios():
        mock.offer(scenario)
    serving = mock.serve(settings.ai.port, settings.ai.host or LOOPBACK, MOCK_ADDRESS)
    async with (
        client_session() as session,
        serving as ai_url,
        started_backend(settings.backend, ai_url),
    ):
        probe = BackendProbe(session, mock, folder)
        asked = await probe.first_answer(document)
        for line in _came_back(asked):
            console.line(line)
        if args.profile is None:
            document = await probe.recognised(asked)
        else:
            document = probe.with_dialect(asked) | {"profile": args.profile}
        if document["profile"] == EVENTS and "events" not in document:
            raise UsageError(
                "no shipped contract fits these events, and the answer is not found in them;"
                " --profile names a contract, and docs/settings.md shows how [events]"
                f" of {NAME} describes events of your own"
            )
        console.line(f"profile: {document['profile']}", "ok")
        for kind, mapping in document.get("events", {}).items():
            console.line(f"  {kind}: {mapping}")
        held = await probe.capabilities(document)
    console.line(f"capabilities that held: {', '.join(sorted(held)) or 'none'}", "ok")
    return document, held


def _came_back(asked: ProbedAnswer) -> Iterator[str]:
    """Yield what was asked, what the backend asked, and the first events that came back."""
    transcript = asked.reading.transcript
    request = asked.requests[-1]
    yield f"asked: {asked.url} ({asked.way.name})"
    yield f"the backend asked the mock: {request.method} {request.path} ({request.dialect})"
    kind = transcript.headers.get("content-type", "no content type")
    yield f"it answered: status {transcript.status}, {kind}"
    for number, seen in enumerate(transcript.events[:SHOWN_EVENTS], start=1):
        yield f"  #{number} {seen.event.event} {one_line(seen.event.data[:SHOWN_CHARACTERS])}"
    if (more := len(transcript.events) - SHOWN_EVENTS) > 0:
        yield f"  and {counted(more, 'more event')}"
