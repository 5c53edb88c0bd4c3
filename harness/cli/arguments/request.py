"""The request that a command sends: method, headers and one kind of body."""

import argparse

from streamproof.harness.cli.arguments.http_types import form_field, header, method, text
from streamproof.harness.cli.arguments.types import seconds
from streamproof.harness.errors import UsageError
from streamproof.harness.http.client import HttpCall
from streamproof.harness.http.headers import joined, with_headers

TIMEOUT_SECONDS = 30.0


def add_request_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the parts of a request."""
    request = parser.add_argument_group("request to the URL")
    body = request.add_mutually_exclusive_group()
    body.add_argument(
        "--question",
        type=text,
        metavar="TEXT",
        help='post {"question": TEXT} as JSON (default: a GET request without a body)',
    )
    body.add_argument(
        "--data", type=text, metavar="JSON", help="post this JSON text (default: see --question)"
    )
    body.add_argument(
        "--form",
        type=form_field,
        action="append",
        metavar="NAME=VALUE",
        help="post a form with this field; may be repeated (default: see --question)",
    )
    add_header_argument(request)
    request.add_argument(
        "--method", type=method, help="HTTP method (default: POST with a body, GET without)"
    )
    add_timeout_argument(request, TIMEOUT_SECONDS)


def add_header_argument(parser: "argparse._ActionsContainer") -> None:
    """Declare `--header`."""
    parser.add_argument(
        "--header",
        type=header,
        action="append",
        default=[],
        metavar="NAME: VALUE",
        help="send this header; may be repeated (default: only the usual headers)",
    )


def add_timeout_argument(
    parser: "argparse._ActionsContainer", default: float | None, note: str = ""
) -> None:
    """Declare `--timeout-seconds`, with a hidden alias for its former name."""
    shown = note or f"default: {default:g}"
    parser.add_argument(
        "--timeout-seconds",
        type=seconds,
        default=default,
        metavar="S",
        help=f"fail after this much silence ({shown})",
    )
    parser.add_argument(
        "--patience-seconds",
        type=seconds,
        default=argparse.SUPPRESS,
        dest="timeout_seconds",
        help=argparse.SUPPRESS,
    )


def call_of(args: argparse.Namespace) -> HttpCall:
    """Return the request."""
    headers = joined(args.header)
    verb = args.method or ("POST" if _has_body(args) else "GET")
    if args.question is not None:
        return HttpCall(verb, args.target, headers, json={"question": args.question})
    if args.data is not None:
        headers = with_headers({"Content-Type": "application/json"}, headers)
        return HttpCall(verb, args.target, headers, data=args.data.encode())
    return HttpCall(verb, args.target, headers, form=tuple(args.form or ()))


def _has_body(args: argparse.Namespace) -> bool:
    return any(body is not None for body in (args.question, args.data, args.form))


def check_no_request(args: argparse.Namespace) -> None:
    """Raise `UsageError` for an option of a request, which would have no meaning."""
    for option in ("question", "data", "form", "header", "method"):
        if getattr(args, option) not in (None, []):  # an empty text was given as well
            raise UsageError(f"--{option} needs a URL, got the file {args.target}")
