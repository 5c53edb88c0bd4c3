"""The keys that can have signed a token: one secret, or the public keys of a JWKS file.

The key decides the algorithm, never the token, so a public key cannot serve as a secret. The header
of a token only names a key by its `kid`; keys and URLs in it (`jwk`, `jku`, `x5u`) are ignored.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from streamproof.contracts.files import system_problem
from streamproof.relay.errors import SettingsError, Unauthorized
from streamproof.relay.setting_checks import MIN_SECRET_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamproof.relay.settings import Settings

HS256: Final = "HS256"
ALGORITHMS: Final = {("RSA", None): "RS256", ("EC", "P-256"): "ES256"}
"""The algorithm of each type of public key, by `kty` and `crv`."""
MIN_RSA_BITS: Final = 2048
"""RFC 7518, section 3.3."""


class TokenKeys(ABC):
    """Finds the key of a token."""

    @abstractmethod
    def of(self, token: str) -> tuple[str, Any]:
        """Return the algorithm and the key; raises `Unauthorized` or an error of `jwt`."""


class SharedSecret(TokenKeys):
    """One secret for all tokens (HS256); raises `SettingsError` for one under 32 bytes."""

    def __init__(self, secret: str) -> None:
        check_secret(secret)
        self._secret = secret

    def of(self, token: str) -> tuple[str, Any]:  # noqa: ARG002 - one key for all
        """Return the secret."""
        return HS256, self._secret


class PublicKeys(TokenKeys):
    """The public keys of a JWKS file by their `kid`; raises `SettingsError` for a bad file."""

    def __init__(self, path: str) -> None:
        problems: list[str] = []
        self._keys = dict(_keys(path, problems))
        if problems:
            raise SettingsError(tuple(f"jwt_jwks_file: {path}: {one}" for one in problems))

    def of(self, token: str) -> tuple[str, Any]:
        """Return the key that the header of the token names."""
        import jwt  # large; `auth` imports it as late

        found = self._keys.get(jwt.get_unverified_header(token).get("kid", ""))
        if found is None:
            raise Unauthorized
        return found


def keys_of(settings: Settings) -> TokenKeys:
    """Return the keys of the settings; raises `SettingsError` if they cannot be used."""
    if settings.jwt_jwks_file:
        return PublicKeys(settings.jwt_jwks_file)
    return SharedSecret(settings.jwt_secret or "")


def check_secret(secret: str) -> None:
    """Raise `SettingsError` for a secret that is too short."""
    if len(secret.encode()) < MIN_SECRET_BYTES:
        raise SettingsError((f"jwt_secret: wanted at least {MIN_SECRET_BYTES} bytes",))


def _keys(path: str, problems: list[str]) -> Iterator[tuple[str, tuple[str, Any]]]:
    """Yield the keys of a file by their IDs; add what is wrong with the file to `problems`."""
    import jwt

    try:
        keys = json.loads(Path(path).read_bytes())["keys"]
    except OSError as error:
        problems.append(f"cannot be read: {system_problem(error)}")
        return
    except (ValueError, KeyError, TypeError, RecursionError):
        problems.append('wanted JSON like {"keys": [{"kid": "a", "kty": "RSA", …}]}')
        return
    if not isinstance(keys, list) or not keys:
        problems.append("wanted a list of at least one key in keys")
        return
    for at, key in enumerate(keys):
        try:
            algorithm = ALGORITHMS[key["kty"], key.get("crv")]
            public = jwt.PyJWK(key, algorithm).key
        except (jwt.PyJWTError, ValueError, KeyError, TypeError, AttributeError):
            problems.append(f"keys[{at}]: wanted a public key of RSA or of the curve P-256")
            continue
        if not isinstance(key.get("kid"), str) or "d" in key:
            problems.append(f"keys[{at}]: wanted a public key with a kid, without the private d")
        elif getattr(public, "key_size", 0) < MIN_RSA_BITS and algorithm == "RS256":
            problems.append(
                f"keys[{at}]: wanted at least {MIN_RSA_BITS} bits, got {public.key_size}"
            )
        else:
            yield key["kid"], (algorithm, public)
