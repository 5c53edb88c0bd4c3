"""The list of `streamproof relay --settings`."""

import json
from argparse import Namespace
from dataclasses import asdict

from streamproof.harness.console import console_for
from streamproof.harness.exit_codes import ExitCode
from streamproof.relay.settings_reference import setting_entries

REQUIRED = "required"


def print_settings(args: Namespace) -> ExitCode:
    """Print every setting of the relay, as a table or as one JSON array."""
    entries = setting_entries()
    if args.json:
        print(json.dumps([asdict(entry) for entry in entries], indent=2))
    else:
        console_for(args).table(
            ("variable", "default", "unit", "meaning"),
            [(one.variable, one.default or REQUIRED, one.unit, one.meaning) for one in entries],
        )
    return ExitCode.OK
