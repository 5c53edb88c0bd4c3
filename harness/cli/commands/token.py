"""`streamproof token`: print a token for the reference relay."""

import os
from argparse import ArgumentParser, ArgumentTypeError, Namespace

from streamproof.harness.cli.arguments.types import count
from streamproof.harness.exit_codes import ExitCode
from streamproof.relay.auth import issue_token
from streamproof.relay.errors import SettingsError
from streamproof.relay.setting_checks import MIN_SECRET_BYTES

SECRET_VARIABLE = "STREAMPROOF_JWT_SECRET"  # noqa: S105  # the name of the variable
CLAIM_VARIABLES = ("STREAMPROOF_JWT_AUDIENCE", "STREAMPROOF_JWT_ISSUER")
HOUR_SECONDS = 3600


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the user and the lifetime."""
    parser.description = (
        "Print a token for the reference relay. Use it to send requests to `streamproof relay`,"
        " which refuses a request without a token."
    )
    parser.epilog = (
        f"The secret is the variable {SECRET_VARIABLE}, as for the relay. The variables"
        f" {' and '.join(CLAIM_VARIABLES)} set the claims aud and iss."
    )
    parser.add_argument("--user", required=True, type=_name, metavar="ID", help="ID of the user")
    parser.add_argument(
        "--seconds",
        type=count,
        default=HOUR_SECONDS,
        metavar="S",
        help="seconds for which the token is valid (default: %(default)s)",
    )


def run(args: Namespace) -> int:
    """Print the token; raises `SettingsError` if the secret is missing or too short."""
    secret = os.environ.get(SECRET_VARIABLE)
    if not secret:
        raise SettingsError(
            (f"{SECRET_VARIABLE} is not set; it needs at least {MIN_SECRET_BYTES} bytes",)
        )
    audience, issuer = map(os.environ.get, CLAIM_VARIABLES)
    print(issue_token(secret, args.user, args.seconds, audience=audience, issuer=issuer))
    return ExitCode.OK


def _name(text: str) -> str:
    if not text.strip():
        raise ArgumentTypeError("wanted an ID, got an empty text")
    return text
