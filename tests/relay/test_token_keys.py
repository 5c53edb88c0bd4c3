"""Tokens are checked with the one kind of key of the settings, never with what they bring."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from streamproof.relay.auth import Authenticator
from streamproof.relay.errors import SettingsError, Unauthorized
from streamproof.relay.token_keys import PublicKeys

RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
SHORT_RSA = rsa.generate_private_key(65537, key_size=1024)  # noqa: S505 - it is refused
EC = ec.generate_private_key(ec.SECP256R1())
EC_384 = ec.generate_private_key(ec.SECP384R1())
RSA_PEM = RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def jwk(key, kid="a", **changes):
    """Return the public part of a key as a JWK."""
    algorithm = RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else ECAlgorithm
    values = json.loads(algorithm.to_jwk(key.public_key()))
    values.pop("key_ops", None)
    return {**values, "kid": kid, **changes}


def token(key, algorithm, kid="a", header=(), **changes):
    """Sign a token."""
    claims = {"sub": "ana", "exp": datetime.now(UTC) + timedelta(hours=1), **changes}
    return jwt.encode(claims, key, algorithm=algorithm, headers={"kid": kid, **dict(header)})


@pytest.fixture
def write(tmp_path):
    def write(*keys):
        path = tmp_path / "keys.json"
        path.write_text(json.dumps({"keys": list(keys)}))
        return str(path)

    return write


@pytest.fixture
def authenticator(write):
    path = write(jwk(RSA, "rsa"), jwk(EC, "ec"))
    return Authenticator(PublicKeys(path), "token", audience="chat", issuer="https://id.test")


GOOD = {"aud": "chat", "iss": "https://id.test"}


@pytest.mark.security(1)
@pytest.mark.parametrize(
    ("key", "algorithm", "kid"), [(RSA, "RS256", "rsa"), (EC, "ES256", "ec")], ids=["RSA", "EC"]
)
def test_a_token_of_a_public_key_identifies_its_user(authenticator, key, algorithm, kid):
    assert authenticator.user_id(token(key, algorithm, kid, **GOOD)) == "ana"
    several = token(key, algorithm, kid, **{**GOOD, "aud": ["other", "chat"]})
    assert authenticator.user_id(several) == "ana"


def confused():
    """Return a token signed with the public key as if that were a secret."""
    parts = token(b"s" * 32, "HS256", "rsa", **GOOD).rsplit(".", 1)[0]
    signature = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256).sign(
        parts.encode(), RSA_PEM
    )
    return f"{parts}.{jwt.utils.base64url_encode(signature).decode()}"


FORGED = {
    "another key": lambda: token(OTHER_RSA, "RS256", "rsa", **GOOD),
    "the kid of another key": lambda: token(EC, "ES256", "rsa", **GOOD),
    "an unknown kid": lambda: token(RSA, "RS256", "other", **GOOD),
    "another algorithm of the key": lambda: token(RSA, "RS512", "rsa", **GOOD),
    "none": lambda: token("", "none", "rsa", **GOOD),
    "the public key as a secret": confused,
    "a key in the header": lambda: token(
        OTHER_RSA, "RS256", "rsa", {"jwk": jwk(OTHER_RSA)}, **GOOD
    ),
    "a URL in the header": lambda: token(
        OTHER_RSA, "RS256", "rsa", {"jku": "http://127.0.0.1:9/", "x5u": "file:///x"}, **GOOD
    ),
}


@pytest.mark.security(1)
@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
def test_a_token_that_no_key_of_the_file_signed_is_refused(authenticator, forge):
    with pytest.raises(Unauthorized):
        authenticator.user_id(forge())


@pytest.mark.security(2)
@pytest.mark.parametrize(
    "changes",
    [
        {"aud": None},
        {"aud": "other"},
        {"iss": None},
        {"iss": "https://evil.test"},
        {"exp": None},
        {"sub": None},
        {"nbf": timedelta(hours=1)},
        {"exp": timedelta(hours=-1)},
    ],
    ids=str,
)
def test_a_token_without_the_wanted_claims_is_refused(authenticator, changes):
    wanted = {"sub": "ana", "exp": timedelta(hours=1), **GOOD, **changes}
    now = datetime.now(UTC)
    claims = {
        name: now + value if isinstance(value, timedelta) else value
        for name, value in wanted.items()
        if value is not None
    }
    signed = jwt.encode(claims, RSA, algorithm="RS256", headers={"kid": "rsa"})
    with pytest.raises(Unauthorized):
        authenticator.user_id(signed)


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ([], "a list of at least one key"),
        (["x"], r"keys\[0\]: wanted a public key"),
        ([jwk(RSA), jwk(EC_384)], r"keys\[1\]: wanted a public key of RSA or of the curve P-256"),
        ([{"kty": "oct", "k": "c2VjcmV0", "kid": "a"}], r"keys\[0\]: wanted a public key"),
        ([jwk(RSA, kid=5)], r"keys\[0\]: wanted a public key with a kid"),
        ([json.loads(RSAAlgorithm.to_jwk(RSA)) | {"kid": "a"}], "without the private d"),
        ([jwk(SHORT_RSA)], "at least 2048 bits, got 1024"),
    ],
)
def test_a_file_with_keys_that_cannot_work_is_refused(write, keys, problem):
    with pytest.raises(SettingsError, match=problem):
        PublicKeys(write(*keys))


@pytest.mark.parametrize("text", ["", "[]", "{}", "[" * 100_000, "\xff"])
def test_a_file_that_is_not_a_jwks_is_refused(tmp_path, text):
    path = tmp_path / "keys.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(SettingsError, match=r"jwt_jwks_file: .*wanted"):
        PublicKeys(str(path))


def test_a_file_that_is_missing_is_refused(tmp_path):
    with pytest.raises(SettingsError, match="cannot be read"):
        PublicKeys(str(tmp_path / "none.json"))
