"""`streamproof openapi`: print the OpenAPI document of a service, in 3.1 or in 3.2."""

import argparse
import json

from streamproof.harness.console import console_for
from streamproof.harness.exit_codes import ExitCode

# As in contracts/openapi_documents.py, which reads YAML: `--help` must be fast.
NAMES = ("ai-service", "relay", "mock-control")
VERSIONS = ("3.1", "3.2")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the service and the version."""
    parser.description = (
        "Print the OpenAPI document of a service as JSON. Use it for tools that read a file; a"
        " running service has the same document at /openapi.json. OpenAPI 3.2 can say that an event"
        " stream consists of events, so tools that know it read these documents better."
    )
    parser.add_argument(
        "service", choices=NAMES, help="the AI service, the relay, or the control API of the mock"
    )
    parser.add_argument(
        "--version",
        choices=VERSIONS,
        default=VERSIONS[0],
        help="the version of OpenAPI (default: %(default)s)",
    )


def run(args: argparse.Namespace) -> int:
    """Print the document."""
    from streamproof.contracts.openapi_documents import openapi_document

    document = openapi_document(args.service, args.version)
    console_for(args).line(json.dumps(document, indent=2, ensure_ascii=False))
    return ExitCode.OK
