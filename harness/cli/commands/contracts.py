"""`streamproof contracts`: list the shipped contracts, or print the file of one."""

import argparse

from streamproof.harness.cli.program import command
from streamproof.harness.console import console_for
from streamproof.harness.exit_codes import ExitCode


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the contract."""
    parser.description = (
        "List the shipped contracts, or print the file of one. Use it to choose a contract for"
        " `streamproof check`, or to write one of your own."
    )
    parser.add_argument(
        "contract", metavar="NAME", nargs="?", help="print the file of this contract"
    )
    parser.add_argument("--path", action="store_true", help="print the path of the file instead")


def run(args: argparse.Namespace) -> int:
    """Print the list, the file of a contract, or its path."""
    from streamproof.contracts.contract import BUILT_IN, builtin_contract, contract_path
    from streamproof.contracts.text import did_you_mean, short
    from streamproof.harness.errors import UsageError

    console = console_for(args)
    if args.contract is None:
        if args.path:
            raise UsageError("--path needs the NAME of a contract")
        console.table(
            ("contract", "about"), [(one, builtin_contract(one).about) for one in BUILT_IN]
        )
        console.line(f"`{command('contracts', BUILT_IN[0])}` prints the file of the first")
        return ExitCode.OK
    if args.contract not in BUILT_IN:
        advice = did_you_mean(args.contract, BUILT_IN) or f"`{command('contracts')}` lists them"
        raise UsageError(f"no contract is named {short(args.contract)}; {advice}")
    path = contract_path(args.contract)
    console.line(str(path) if args.path else path.read_text("utf-8").rstrip("\n"))
    return ExitCode.OK
