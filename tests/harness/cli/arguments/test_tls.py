"""The arguments of TLS: which of them fit together, and what they mean."""

import argparse
from pathlib import Path

import pytest

from streamproof.harness.cli.arguments.tls import FAULTS, add_tls_arguments, tls_of, trusting_lines
from streamproof.harness.errors import UsageError
from streamproof.mock_ai.tls import Tls, TlsFault


def parsed(words: str) -> argparse.Namespace:
    """Parse the arguments of TLS."""
    parser = argparse.ArgumentParser()
    add_tls_arguments(parser)
    return parser.parse_args(words.split())


def test_every_fault_can_be_chosen():
    assert [*FAULTS] == [*TlsFault]


@pytest.mark.parametrize(
    ("words", "tls"),
    [
        ("", None),
        ("--tls", Tls()),
        ("--ca-file ca.pem", Tls(ca_file=Path("ca.pem"))),
        ("--tls-fault expired", Tls(fault=TlsFault.EXPIRED)),
        ("--cert c.pem --key k.pem", Tls(cert=Path("c.pem"), key=Path("k.pem"))),
        ("--tls --cert c.pem", Tls(cert=Path("c.pem"))),
    ],
)
def test_arguments_are_read(words, tls):
    assert tls_of(parsed(words)) == tls


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--key k.pem", "--key needs --cert"),
        ("--cert c --tls-fault expired", "--cert and --tls-fault exclude each other"),
        ("--cert c --ca-file a", "--cert and --ca-file exclude each other"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(words, message):
    with pytest.raises(UsageError, match=message):
        tls_of(parsed(words))


def test_lines_can_be_pasted():
    lines = trusting_lines(Path("/a b/ca.pem"))
    assert "  curl --cacert '/a b/ca.pem'" in lines
