"""`streamproof migrate`: bring the database of the reference relay to the newest revision."""

import json
import os
from argparse import ArgumentParser, Namespace

from streamproof.harness.cli.arguments.settings import settings_errors
from streamproof.harness.cli.project import documentation
from streamproof.harness.console import console_for
from streamproof.harness.exit_codes import ExitCode
from streamproof.relay.migrating import Revisions, migrate_database, revisions_of
from streamproof.relay.settings import PREFIX, Settings
from streamproof.relay.storage.address import database_url, shown

UNUSED = {"ai_url": "http://unused", "jwt_secret": "unused" * 8, "jwt_jwks_file": ""}
"""Settings that a relay needs and a migration does not."""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the database."""
    parser.description = (
        "Bring the database of the reference relay to the newest revision. Use it as a step of a"
        " deployment; no relay may have the SQLite file open. `streamproof relay` does the same at"
        " its start."
    )
    parser.epilog = (
        f"The settings {PREFIX}CREATES_CHAT_TABLES and {PREFIX}DATABASE_WAIT_SECONDS count as for"
        f" the relay: {documentation('relay.md')}"
    )
    parser.add_argument(
        "--database",
        metavar="FILE|URL",
        help="path of an SQLite file, or URL of a PostgreSQL database (default:"
        " STREAMPROOF_DATABASE)",
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="change nothing; exit with 1 if a migration is due",
    )
    parser.add_argument("--json", action="store_true", help="print the result as one JSON object")


def run(args: Namespace) -> int:
    """Migrate, or only compare the revisions."""
    with settings_errors(args):
        settings = Settings.from_environment(os.environ, database=args.database, **UNUSED)
        revisions = (revisions_of if args.check else migrate_database)(settings)
    _print(args, shown(database_url(settings.database)), revisions)
    return ExitCode.BROKEN if args.check and revisions.differ else ExitCode.OK


def _print(args: Namespace, database: str, revisions: Revisions) -> None:
    if args.json:
        document = {"database": database, "found": revisions.found, "newest": revisions.newest}
        print(json.dumps(document))
        return
    found = revisions.found or "no revision"
    if not revisions.differ:
        text = f"{database} has the newest revision, {revisions.newest}"
    elif args.check:
        text = f"{database} has {found}, and {revisions.newest} is the newest: migrate it"
    else:
        text = f"{database} was migrated from {found} to {revisions.newest}"
    console_for(args).line(text, "warning" if args.check and revisions.differ else "ok")
