"""The request that a command sends: method, headers and one kind of body."""

import argparse

from streamproof.harness.errors import UsageError
from streamproof.harness.http.client import HttpCall

PATIENCE_SECONDS = 30.0


def add_request_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare how a URL is asked."""
    request = parser.add_argument_group("for a URL")
    body = request.add_mutually_exclusive_group()
    body.add_argument("--question", help='posts {"question": …} as JSON')
    body.add_argument("--data", metavar="JSON", help="posts this text as JSON")
    body.add_argument(
        "--form", action="append", metavar="NAME=VALUE", help="posts form data; may be repeated"
    )
    add_header_argument(request)
    request.add_argument("--method", help="default: POST with a body, else GET")
    add_patience_argument(request, PATIENCE_SECONDS)


def add_header_argument(parser: "argparse._ActionsContainer") -> None:
    """Declare `--header`."""
    parser.add_argument(
        "--header",
        action="append",
        default=[],
        metavar="NAME: VALUE",
        help="sends this header; may be repeated",
    )


def add_patience_argument(parser: "argparse._ActionsContainer", seconds: float | None) -> None:
    """Declare `--patience-seconds`."""
    parser.add_argument(
        "--patience-seconds",
        type=float,
        default=seconds,
        metavar="S",
        help="how long it may be silent" + (f"; default: {seconds:g}" if seconds else ""),
    )


def call_of(args: argparse.Namespace) -> HttpCall:
    """Make the request; raises `UsageError` for what is none."""
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
    """Read the headers; raises `UsageError` for one without a colon."""
    return dict(_pair(header, ":", "--header") for header in args.header)


def _pair(text: str, sign: str, option: str) -> tuple[str, str]:
    name, found, value = text.partition(sign)
    if not found or not name.strip():
        raise UsageError(f"{option}: wanted NAME{sign}VALUE, got '{text}'")
    return name.strip(), value.strip() if sign == ":" else value
