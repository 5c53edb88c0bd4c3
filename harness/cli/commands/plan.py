"""`streamproof plan`: print what a scenario puts on the wire, and when, without a server."""

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from streamproof.contracts.text import counted, json_for_terminals, rounded_ms
from streamproof.harness.cli.arguments.reply import (
    ChosenReply,
    add_reply_arguments,
    planned_reply,
)
from streamproof.harness.console import Console, console_for
from streamproof.harness.exit_codes import ExitCode

if TYPE_CHECKING:
    from streamproof.mock_ai.planning.listing import PlanLine, PlannedWrite

BYTES_PER_LINE = 16
SHOWN_BYTES = 512

HOW_TO_RELEASE = """\
A hold ends when `verify relay` has seen at the browser everything that was sent before.
In a running mock, release it in the inspector (/__ui), or with POST /__mock/streams/NUMBER/release;
GET /__mock/streams lists the numbers. Times after a hold count from its end."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the reply, and how to print it."""
    parser.description = (
        "Print what a scenario puts on the wire, and when, without a server. Use it to see what a"
        " scenario does, or to compare the bytes of two machines or two versions with --hex."
    )
    add_reply_arguments(parser)
    parser.add_argument(
        "--hex", action="store_true", help="print the bytes of every write, and a hash of the plan"
    )
    parser.add_argument(
        "--whole",
        action="store_true",
        help=f"like --hex, with all bytes of writes of more than {SHOWN_BYTES} bytes",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object per line")


def run(args: argparse.Namespace) -> int:
    """Plan the reply and print it."""
    reply = planned_reply(args)
    console = console_for(args)
    if not args.json:
        console.line(f"{reply.scenario.name}: {reply.scenario.title}", "title")
    if args.hex or args.whole:
        _print_writes(reply, None if args.whole else SHOWN_BYTES, console, as_json=args.json)
    else:
        _print_lines(reply, console, as_json=args.json)
    return ExitCode.OK


def _print_lines(reply: ChosenReply, console: Console, *, as_json: bool) -> None:
    from streamproof.mock_ai.planning.listing import list_plan

    lines = [replace(one, at_ms=one.at_ms * reply.scale) for one in list_plan(reply.actions)]
    if as_json:
        for line in lines:
            record = asdict(line) | {"at_ms": rounded_ms(line.at_ms)}
            console.line(json_for_terminals(record))
    else:
        _print_table(lines, console)


def _print_table(lines: "Sequence[PlanLine]", console: Console) -> None:
    from streamproof.mock_ai.actions import Until

    width = max(len(f"{line.at_ms:,.0f}") for line in lines)
    for line in lines:
        time = f"{line.at_ms:{width},.0f} ms"
        when = "+".rjust(len(time)) if line.joined else time
        what = f"{line.what} {line.size} B" if line.size else line.what
        console.line(f"{when}  {what}  {line.text}".rstrip())
    events, size = sum(line.events for line in lines), sum(line.size for line in lines)
    sums = f"{counted(events, 'event')}, {counted(size, 'byte')}"
    console.line(f"{sums}; + means: in the same write as the line above")
    if any(line.text == f"until {Until.RELEASED}" for line in lines):
        console.line(HOW_TO_RELEASE)


def _print_writes(
    reply: ChosenReply, limit: int | None, console: Console, *, as_json: bool
) -> None:
    from streamproof.mock_ai.planning.listing import list_writes, plan_hash

    writes = [replace(one, at_ms=one.at_ms * reply.scale) for one in list_writes(reply.actions)]
    if as_json:
        for one in writes:
            console.line(json_for_terminals(_record(one)))
        console.line(json.dumps({"sha256": plan_hash(reply.actions)}))
        return
    number = 0
    for one in writes:
        number += one.what == "write"
        _print_write(one, number, limit, console)
    console.line(f"sha256 of the plan: {plan_hash(reply.actions)}")


def _print_write(one: "PlannedWrite", number: int, limit: int | None, console: Console) -> None:
    what = f"write {number}, {counted(len(one.data), 'byte')}" if one.data else one.what
    console.line(f"{one.at_ms:,.3f} ms  {what}", "title")
    for line in hex_lines(one.data[:limit]):
        console.line(f"  {line}")
    if limit is not None and len(one.data) > limit:
        more = counted(len(one.data) - limit, "more byte")
        console.line(f"  … {more}; use --whole to print all", "dim")


def _record(one: "PlannedWrite") -> dict[str, object]:
    record: dict[str, object] = {"at_ms": rounded_ms(one.at_ms), "what": one.what}
    if one.data:
        text = one.data.decode("utf-8", "replace")
        record |= {"size": len(one.data), "text": text, "hex": one.data.hex()}
    return record


def hex_lines(data: bytes) -> Iterator[str]:
    """Yield bytes as `hexdump -C` does: offset, hexadecimal, and printable ASCII."""
    for start in range(0, len(data), BYTES_PER_LINE):
        line = data[start : start + BYTES_PER_LINE]
        text = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in line)
        yield f"{start:08x}  {line.hex(' '):<{BYTES_PER_LINE * 3 - 1}}  |{text}|"
