"""The arguments of a server that speaks TLS, and how its clients trust it."""

import argparse
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from streamproof.harness.errors import UsageError

if TYPE_CHECKING:
    from streamproof.mock_ai.tls import Tls

FAULTS = ("expired", "not-yet-valid", "wrong-host", "unknown-authority")


def add_tls_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the certificate and its faults."""
    group = parser.add_argument_group("TLS")
    group.add_argument(
        "--tls",
        action="store_true",
        help="serve HTTPS with a certificate of the mock's own authority",
    )
    group.add_argument(
        "--tls-fault",
        choices=FAULTS,
        metavar="FAULT",
        help=f"serve HTTPS with a certificate that is wrong: {', '.join(FAULTS)} (default: a valid"
        " one)",
    )
    group.add_argument(
        "--ca-file",
        type=Path,
        metavar="FILE",
        help="serve HTTPS, and write the certificate of the mock's authority to this file, for"
        " clients that trust it (default: with --tls a temporary file)",
    )
    group.add_argument(
        "--cert",
        type=Path,
        metavar="FILE",
        help="serve HTTPS with the certificate in this PEM file (default: one of the mock's own)",
    )
    group.add_argument(
        "--key",
        type=Path,
        metavar="FILE",
        help="the key of --cert, without a password (default: it is in the same file)",
    )


def tls_of(args: argparse.Namespace) -> "Tls | None":
    """Return how to speak TLS, from the arguments of `add_tls_arguments`; None without TLS."""
    from streamproof.mock_ai.tls import Tls, TlsFault

    own = {"--tls": args.tls, "--tls-fault": args.tls_fault, "--ca-file": args.ca_file}
    given = [option for option, value in own.items() if value]
    if args.key is not None and args.cert is None:
        raise UsageError("--key needs --cert, the file with the certificate")
    if args.cert is not None and given not in ([], ["--tls"]):
        raise UsageError(
            f"--cert and {given[-1]} exclude each other: with --cert the mock has no authority"
        )
    if args.cert is None and not given:
        return None
    fault = TlsFault(args.tls_fault) if args.tls_fault else None
    return Tls(cert=args.cert, key=args.key, fault=fault, ca_file=args.ca_file)


def trusting_lines(ca_file: Path) -> list[str]:
    """Return how a client trusts the authority in a file."""
    file = shlex.quote(str(ca_file))
    return [
        "clients trust the mock's certificate authority by one of these:",
        f"  curl --cacert {file}",
        f"  SSL_CERT_FILE={file} for Python, Go and OpenSSL",
        f"  NODE_EXTRA_CA_CERTS={file} for Node.js",
    ]
