"""The arguments that name more secrets to mask in recordings."""

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streamproof.mock_ai.recording.secret_names import Masks

_PLACES = {
    "--mask-header": "a header",
    "--mask-query": "a query parameter",
    "--mask-field": "a JSON field",
}


def add_mask_arguments(parser: argparse._ActionsContainer) -> None:
    """Declare what is masked besides the usual secrets."""
    for option, place in _PLACES.items():
        parser.add_argument(
            option,
            action="append",
            default=[],
            metavar="NAME",
            help=f"also mask the value of {place} with this name; may be repeated"
            " (default: only the usual secrets)",
        )


def masks_of(args: argparse.Namespace) -> "Masks":
    """Return what is masked, from the arguments of `add_mask_arguments`."""
    from streamproof.mock_ai.recording.secret_names import Masks

    return Masks.usual(args.mask_header, args.mask_query, args.mask_field)
