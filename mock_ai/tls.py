"""TLS of a mock: a certificate from files, or one of its own authority, which can be wrong.

The mock makes a new authority each time it starts. Clients trust it by the file of its certificate.
Its private key is never written.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

from streamproof.contracts.loopback import LOOPBACK
from streamproof.mock_ai.errors import CannotServeTls

if TYPE_CHECKING:
    import trustme

CA_FILE: Final = "streamproof-ca.pem"

_THIS_MACHINE: Final = ("localhost", LOOPBACK, "::1")
_ALL_ADDRESSES: Final = ("", "0.0.0.0", "::")  # noqa: S104  # not bound here
_OTHER_HOST: Final = "wrong-host.invalid"
_OTHER_KEY: Final = "KEY_VALUES_MISMATCH"
"""What OpenSSL reports for a key that does not belong to the certificate."""


class TlsFault(StrEnum):
    """What is wrong with the certificate of the mock."""

    EXPIRED = "expired"
    NOT_YET_VALID = "not-yet-valid"
    WRONG_HOST = "wrong-host"
    UNKNOWN_AUTHORITY = "unknown-authority"


_VALIDITY: Final[Mapping[TlsFault, Mapping[str, datetime]]] = {
    TlsFault.EXPIRED: {
        "not_before": datetime(2000, 1, 1, tzinfo=UTC),
        "not_after": datetime(2001, 1, 1, tzinfo=UTC),
    },
    TlsFault.NOT_YET_VALID: {
        "not_before": datetime(2999, 1, 1, tzinfo=UTC),
        "not_after": datetime(3000, 1, 1, tzinfo=UTC),
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """The certificate of a mock: `cert` with its `key`, or else one of the mock's own authority.

    A missing `key` is in the file of `cert`. Only a certificate of the own authority can have a
    `fault`. `ca_file` is where the certificate of the authority is written, by default a temporary
    file.
    """

    cert: Path | None = None
    key: Path | None = None
    fault: TlsFault | None = None
    ca_file: Path | None = None

    def __post_init__(self) -> None:
        """Reject values that exclude each other."""
        if self.key is not None and self.cert is None:
            raise ValueError("key needs cert, the file with the certificate")
        if self.cert is not None and (self.fault is not None or self.ca_file is not None):
            raise ValueError("cert excludes fault and ca_file: the mock then has no authority")


@dataclass(frozen=True, slots=True)
class ServedTls:
    """TLS of a mock that runs: the context of its sockets, and the file of its authority."""

    context: ssl.SSLContext
    ca_file: Path | None = None


@contextmanager
def served_tls(tls: Tls, hosts: Iterable[str] = ()) -> Iterator[ServedTls]:
    """Make a certificate for this machine and `hosts`, or load it; keep its files for the block.

    Raises `CannotServeTls` for a file that cannot be read or written, and for a host that cannot be
    in a certificate. An empty host stands for all addresses.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["http/1.1"])
    if tls.cert is not None:
        _load(context, tls.cert, tls.key)
        yield ServedTls(context)
        return
    with TemporaryDirectory(prefix="streamproof-") as folder:
        authority = _certify(context, tls.fault, hosts)
        ca_file = tls.ca_file or Path(folder) / CA_FILE
        try:
            ca_file.write_bytes(authority.cert_pem.bytes())
        except OSError as error:
            raise CannotServeTls(f"{ca_file}: cannot be written: {error.strerror}") from error
        yield ServedTls(context, ca_file)


def _certify(context: ssl.SSLContext, fault: TlsFault | None, hosts: Iterable[str]) -> trustme.CA:
    """Give a server a new certificate, and return the authority that clients trust."""
    import trustme

    trusted = trustme.CA()
    issuer = trustme.CA() if fault is TlsFault.UNKNOWN_AUTHORITY else trusted
    more = [host for host in hosts if host not in _ALL_ADDRESSES]
    for name in more:
        _check_name(issuer, name)
    names = [*_THIS_MACHINE, *more]
    if fault is TlsFault.WRONG_HOST:
        names = [_OTHER_HOST]
    validity: Mapping[str, Any] = _VALIDITY.get(fault, {}) if fault else {}
    issuer.issue_cert(*dict.fromkeys(names), **validity).configure_cert(context)
    return trusted


def _check_name(issuer: trustme.CA, name: str) -> None:
    """Raise `CannotServeTls` for a name that cannot be in a certificate."""
    try:
        issuer.issue_cert(name)
    except ValueError as error:
        wanted = "wanted the name of a host or an address, without a port"
        raise CannotServeTls(f"'{name}' cannot be in a certificate: {error}; {wanted}") from error


def _load(context: ssl.SSLContext, cert: Path, key: Path | None) -> None:
    for path in filter(None, (cert, key)):
        if not path.is_file():
            raise CannotServeTls(f"{path}: not a file; wanted a certificate or key in PEM format")
    try:
        context.load_cert_chain(cert, key, _no_password)
    except _Encrypted as error:
        message = "the key has a password; decrypt it, for example with `openssl pkey`"
        raise CannotServeTls(f"{key or cert}: {message}") from error
    except ssl.SSLError as error:
        raise CannotServeTls(_unusable(cert, key, error.reason)) from error
    except OSError as error:
        raise CannotServeTls(f"{cert}: cannot be read: {error.strerror}") from error


def _unusable(cert: Path, key: Path | None, reason: str | None) -> str:
    """Return why a certificate and its key cannot be used; OpenSSL often gives no `reason`."""
    if reason == _OTHER_KEY:
        return f"{key or cert}: the key does not belong to the certificate in {cert}"
    wanted = "wanted a certificate and its key in PEM format"
    if key is None:
        return f"{cert}: {wanted}; the key may also be in a file of its own"
    known = f": {reason.replace('_', ' ').lower()}" if reason else ""
    return f"{cert} and {key}: {wanted}, got other content in one of them{known}"


class _Encrypted(Exception):  # noqa: N818  # never leaves this module
    """A key asks for a password."""


def _no_password() -> str:
    raise _Encrypted
