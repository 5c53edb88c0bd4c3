"""`streamproof token`: prints a token for the reference relay."""

import os
from argparse import ArgumentParser, ArgumentTypeError, Namespace

from streamproof.harness.exit_codes import ExitCode
from streamproof.relay.auth import issue_token
from streamproof.relay.errors import SettingsError
from streamproof.relay.settings import MIN_SECRET_BYTES

SECRET_VARIABLE = "STREAMPROOF_JWT_SECRET"  # noqa: S105  # the name of it, not a secret
HOUR_SECONDS = 3600


def add_arguments(parser: ArgumentParser) -> None:
    """Declare whom the token is for, and for how long."""
    parser.epilog = f"The secret is read from {SECRET_VARIABLE}, as by the relay."
    parser.add_argument("--user", required=True, type=_name, help="id of the user")
    parser.add_argument(
        "--seconds",
        type=_seconds,
        default=HOUR_SECONDS,
        help="how long it is good for; default: %(default)s",
    )


def run(args: Namespace) -> int:
    """Print the token; raises `SettingsError` for a missing or short secret."""
    secret = os.environ.get(SECRET_VARIABLE)
    if not secret:
        raise SettingsError(
            (f"{SECRET_VARIABLE} is not set; wanted at least {MIN_SECRET_BYTES} bytes",)
        )
    print(issue_token(secret, args.user, args.seconds))
    return ExitCode.OK


def _name(text: str) -> str:
    if not text.strip():
        raise ArgumentTypeError("wanted a name")
    return text


def _seconds(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 10**9:
        raise ArgumentTypeError(f"wanted a number of seconds, got {text!r}")
    return int(text)
