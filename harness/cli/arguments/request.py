"""The request that a command sends: method, headers and one kind of body."""

import argparse

from streamproof.harness.cli.arguments.types import seconds
from streamproof.harness.errors import UsageError
from streamproof.harness.http.client import HttpCall

TIMEOUT_SECONDS = 30.0


def add_request_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the parts of a request."""
    request = parser.add_argument_group("request to the URL")
    body = request.add_mutually_exclusive_group()
    body.add_argument("--question", metavar="TEXT", help='post {"question": TEXT} as JSON')
    body.add_argument("--data", metavar="JSON", help="post this JSON text")
    body.add_argument(
        "--form",
        action="append",
        metavar="NAME=VALUE",
        help="post a form with this field; may be repeated",
    )
    add_header_argument(request)
    request.add_argument("--method", help="HTTP method (default: POST with a body, GET without)")
    add_timeout_argument(request, TIMEOUT_SECONDS)


def add_header_argument(parser: "argparse._ActionsContainer") -> None:
    """Declare `--header`."""
    parser.add_argument(
        "--header",
        action="append",
        default=[],
        metavar="NAME: VALUE",
        help="send this header; may be repeated",
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
    """Return the request; raises `UsageError` for a header or a form field that is not valid."""
    headers = headers_of(args)
    method = args.method or ("POST" if args.question or args.data or args.form else "GET")
    if args.question is not None:
        return HttpCall(method, args.target, headers, json={"question": args.question})
    if args.data is not None:
        headers = {"Content-Type": "application/json", **headers}
        return HttpCall(method, args.target, headers, data=args.data.encode())
    form = tuple(_pair(field, "=", "--form") for field in args.form or ())
    return HttpCall(method, args.target, headers, form=form)


def headers_of(args: argparse.Namespace) -> dict[str, str]:
    """Return the headers; raises `UsageError` for one without a colon."""
    return dict(_pair(header, ":", "--header") for header in args.header)


def _pair(text: str, sign: str, option: str) -> tuple[str, str]:
    name, found, value = text.partition(sign)
    if not found or not name.strip():
        raise UsageError(f"{option}: wanted NAME{sign}VALUE, got '{text}'")
    return name.strip(), value.strip() if sign == ":" else value
