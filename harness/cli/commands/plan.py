"""`streamproof plan`: print every byte of a reply, write by write, and a hash to compare plans."""

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from streamproof.contracts.text import counted, rounded_ms
from streamproof.harness.cli.arguments.reply import add_reply_arguments, planned_reply
from streamproof.harness.console import Console, console_for
from streamproof.harness.exit_codes import ExitCode

if TYPE_CHECKING:
    from streamproof.mock_ai.planning.listing import PlannedWrite

BYTES_IN_A_LINE = 16
SHOWN_BYTES = 512


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare which reply, and how much of it is shown."""
    add_reply_arguments(parser)
    parser.add_argument(
        "--whole", action="store_true", help=f"also what comes after {SHOWN_BYTES} bytes of a write"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line, whole writes")


def run(args: argparse.Namespace) -> int:
    """Plan the reply and print what leaves."""
    from streamproof.mock_ai.planning.listing import list_writes, plan_hash

    scenario, actions, scale = planned_reply(args)
    writes = [replace(one, at_ms=one.at_ms * scale) for one in list_writes(actions)]
    console = console_for(args)
    if args.json:
        for one in writes:
            console.line(json.dumps(_record(one), ensure_ascii=False))
        console.line(json.dumps({"sha256": plan_hash(actions)}))
        return ExitCode.OK
    console.line(f"{scenario.name}: {scenario.title}", "title")
    _show(writes, None if args.whole else SHOWN_BYTES, console)
    console.line(f"sha256 of the plan: {plan_hash(actions)}")
    return ExitCode.OK


def _record(one: "PlannedWrite") -> dict[str, object]:
    record: dict[str, object] = {"at_ms": rounded_ms(one.at_ms), "what": one.what}
    if one.data:
        text = one.data.decode("utf-8", "replace")
        record |= {"size": len(one.data), "text": text, "hex": one.data.hex()}
    return record


def _show(writes: "Sequence[PlannedWrite]", most: int | None, console: Console) -> None:
    number = 0
    for one in writes:
        number += one.what == "write"
        what = f"write {number}, {counted(len(one.data), 'byte')}" if one.data else one.what
        console.line(f"{one.at_ms:,.3f} ms  {what}", "title")
        for line in hex_lines(one.data[:most]):
            console.line(f"  {line}")
        if most is not None and len(one.data) > most:
            more = counted(len(one.data) - most, "more byte")
            console.line(f"  … {more}: --whole shows them", "dim")


def hex_lines(data: bytes) -> Iterator[str]:
    """Yield bytes as `hexdump -C` does: offset, hexadecimal, and what is printable ASCII."""
    for start in range(0, len(data), BYTES_IN_A_LINE):
        line = data[start : start + BYTES_IN_A_LINE]
        text = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in line)
        yield f"{start:08x}  {line.hex(' '):<{BYTES_IN_A_LINE * 3 - 1}}  |{text}|"
