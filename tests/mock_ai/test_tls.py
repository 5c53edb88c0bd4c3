"""TLS: who trusts the mock, which certificates are refused, and how a connection closes."""

import asyncio
import ssl
import subprocess
from pathlib import Path

import pytest
import trustme
from aiohttp import ClientConnectorCertificateError, ClientSession

from streamproof import CannotServeTls, MockAI, Tls, TlsFault
from streamproof.mock_ai.tls import served_tls
from tests.mock_ai.mock_fixture import JumpingClock, scenario
from tests.mock_ai.tls_client import CLOSE_NOTIFY, FIN, RST, connected
from tests.programs import program

PATH = "/s/it/chat/stream?question=hi"
STEPS = 'steps: [{raw: "data: 1\\n\\n"}, {raw: "data: 2\\n\\n"}]'
ONE = b"9\r\ndata: 1\n\n\r\n"
WHOLE = ONE + b"9\r\ndata: 2\n\n\r\n0\r\n\r\n"
AFTER_ONE = "faults: [{cut: {after_events: 1}}]"
WAYS = pytest.mark.parametrize("plain", [False, True], ids=["fast path", "aiohttp"])


def trusting(mock: MockAI) -> ssl.SSLContext:
    """Return the context of a client that trusts the mock's authority."""
    return ssl.create_default_context(cafile=mock.ca_file)


@WAYS
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
async def test_client_that_trusts_the_authority_gets_the_reply(plain, host):
    async with MockAI(scenario(STEPS), tls=True, plain=plain) as mock, ClientSession() as client:
        assert mock.url.startswith("https://127.0.0.1:")
        url = mock.url.replace("127.0.0.1", host) + PATH
        async with client.get(url, ssl=trusting(mock)) as reply:
            assert await reply.read() == b"data: 1\n\ndata: 2\n\n"


async def test_connection_is_reused_over_tls():
    async with MockAI(scenario(STEPS), tls=True) as mock, connected(mock) as client:
        for _ in range(2):
            await client.ask(PATH)
            assert (await client.until(b"0\r\n\r\n")).endswith(b"\r\n\r\n" + WHOLE)


@pytest.mark.parametrize("fault", TlsFault)
async def test_client_refuses_a_wrong_certificate(fault):
    reasons = {
        TlsFault.EXPIRED: "certificate has expired",
        TlsFault.NOT_YET_VALID: "certificate is not yet valid",
        TlsFault.WRONG_HOST: "IP address mismatch",
        TlsFault.UNKNOWN_AUTHORITY: "unable to get local issuer certificate",
    }
    async with MockAI(scenario(STEPS), tls=Tls(fault=fault)) as mock, ClientSession() as client:
        with pytest.raises(ClientConnectorCertificateError, match=reasons[fault]):
            await client.get(mock.url + PATH, ssl=trusting(mock))
        async with client.get(mock.url + PATH, ssl=False) as reply:
            assert reply.status == 200
        assert len(mock.journal) == 1


@WAYS
async def test_each_write_leaves_at_its_time(plain):
    text = scenario(f"pace: {{gap_ms: 40}}\n{STEPS}")
    clock = JumpingClock()
    async with MockAI(text, tls=True, plain=plain, clock=clock) as mock, connected(mock) as client:
        await client.ask(PATH)
        await client.until(b"0\r\n\r\n")
        [entry] = await mock.wait_for(ended=True)
    assert [write.planned_ms for write in entry.writes] == [0, 40]
    assert [write.actual_ms for write in entry.writes] == pytest.approx([0, 40], abs=1)


@WAYS
async def test_bytes_before_a_hold_are_not_kept_back(plain):
    text = scenario("steps: [{raw: a}, {hold: until-released}, {raw: b}]")
    async with MockAI(text, tls=True, plain=plain) as mock, connected(mock) as client:
        await client.ask(PATH)
        await client.until(b"1\r\na\r\n")
        await mock.wait_for(held=True)
        mock.release()
        assert await client.until(b"0\r\n\r\n") == b"1\r\nb\r\n0\r\n\r\n"


async def test_large_body_arrives_whole():
    text = scenario("steps: [{content: {text: x, times: 3000000}}, end]")
    async with MockAI(text, tls=True) as mock, connected(mock) as client:
        await client.ask(PATH)
        assert (await client.until(b"\r\n0\r\n\r\n")).count(b"x") > 3_000_000


@WAYS
@pytest.mark.parametrize(
    ("keys", "body", "ending"),
    [
        (AFTER_ONE, ONE, CLOSE_NOTIFY),
        ("faults: [{cut: {after_events: 1}}, {no_close_notify: {}}]", ONE, FIN),
        ("faults: [{reset: {after_events: 1}}]", ONE, RST),
        ("faults: [{half_close: {after_events: 1}}]", ONE, FIN),
        ("faults: [{close: {}}]", WHOLE, CLOSE_NOTIFY),
        ("faults: [{close: {idle_ms: 20}}]", WHOLE, CLOSE_NOTIFY),
        ("faults: [{close: {idle_ms: 20}}, {no_close_notify: {}}]", WHOLE, FIN),
        ("faults: [{close: {reset: true}}]", WHOLE, RST),
        ("faults: [{no_close_notify: {}}]", WHOLE, FIN),
        ("chunked: false", b"data: 1\n\ndata: 2\n\n", CLOSE_NOTIFY),
        (
            "chunked: false\nfaults: [{no_close_notify: {}}]",
            b"data: 1\n\ndata: 2\n\n",
            FIN,
        ),
    ],
)
async def test_close_is_that_of_the_scenario(keys, body, ending, plain):
    text = scenario(f"{STEPS}\n{keys}")
    async with MockAI(text, tls=True, plain=plain) as mock, connected(mock) as client:
        await client.ask(PATH)
        got, seen = await client.rest()
        assert (got.partition(b"\r\n\r\n")[2], seen) == (body, ending)


@pytest.mark.parametrize(
    ("keys", "trust", "code", "output"),
    [
        ("", True, 0, b"data: 1\n\ndata: 2\n\n"),
        ("", False, 60, b""),
    ],
    ids=["trusted", "not trusted"],
)
async def test_curl_judges_the_mock(keys, trust, code, output):
    async with MockAI(scenario(f"{STEPS}\n{keys}"), tls=True) as mock:
        options = ["--cacert", str(mock.ca_file)] if trust else []
        command = [program("curl"), "-sN", *options, mock.url + PATH]
        done = await asyncio.to_thread(subprocess.run, command, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (code, output)


def test_mock_in_a_thread_speaks_tls():
    with MockAI.in_thread(scenario(STEPS), tls=True) as mock:
        assert mock.url.startswith("https://")
        assert mock.ca_file.read_text("ascii").startswith("-----BEGIN CERTIFICATE-----")


async def test_file_of_the_authority_is_removed_with_the_mock():
    async with MockAI(scenario(STEPS), tls=True) as mock:
        file = mock.ca_file
    assert not file.parent.exists()


async def test_mock_without_an_authority_has_no_file(tmp_path):
    cert, key = files(tmp_path)
    for tls in (False, Tls(cert=cert, key=key)):
        async with MockAI(scenario(STEPS), tls=tls) as mock:
            with pytest.raises(ValueError, match="wanted a running mock with tls=True"):
                _ = mock.ca_file


def files(folder: Path) -> tuple[Path, Path]:
    """Write a certificate of another authority and its key."""
    authority = trustme.CA()
    leaf = authority.issue_cert("localhost", "127.0.0.1")
    cert, key = folder / "cert.pem", folder / "key.pem"
    leaf.cert_chain_pems[0].write_to_path(str(cert))
    leaf.private_key_pem.write_to_path(str(key))
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    return cert, key


@pytest.mark.parametrize("together", [False, True], ids=["two files", "one file"])
async def test_certificate_from_files_is_served(tmp_path, together):
    cert, key = files(tmp_path)
    if together:
        cert.write_bytes(cert.read_bytes() + key.read_bytes())
    tls = Tls(cert=cert, key=None if together else key)
    trusted = ssl.create_default_context(cafile=tmp_path / "ca.pem")
    async with (
        MockAI(scenario(STEPS), tls=tls) as mock,
        ClientSession() as client,
        client.get(mock.url + PATH, ssl=trusted) as reply,
    ):
        assert reply.status == 200


def test_certificate_names_further_hosts(tmp_path):
    with served_tls(Tls(ca_file=tmp_path / "ca.pem"), ["mock.example", "0.0.0.0", ""]) as served:  # noqa: S104  # not bound
        client = ssl.create_default_context(cafile=tmp_path / "ca.pem")
        assert handshake(served.context, client, "mock.example")


def handshake(server: ssl.SSLContext, client: ssl.SSLContext, host: str) -> bool:
    """Shake hands in memory; raises `ssl.SSLError` if one side refuses."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    sides = [
        client.wrap_bio(to_client, to_server, server_hostname=host),
        server.wrap_bio(to_server, to_client, server_side=True),
    ]
    for _ in range(4):
        for side in sides:
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    return True


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"key": Path("k")}, "key needs cert"),
        ({"cert": Path("c"), "fault": TlsFault.EXPIRED}, "cert excludes fault and ca_file"),
        ({"cert": Path("c"), "ca_file": Path("a")}, "cert excludes fault and ca_file"),
    ],
)
def test_values_that_exclude_each_other_are_refused(values, message):
    with pytest.raises(ValueError, match=message):
        Tls(**values)


@pytest.mark.parametrize(
    ("cert", "key", "message"),
    [
        ("missing.pem", "key.pem", "missing.pem: not a file; wanted a certificate or key"),
        ("cert.pem", "missing.pem", "missing.pem: not a file"),
        ("cert.pem", None, "wanted a certificate and its key in PEM format; the key may also be"),
        ("key.pem", "cert.pem", "wanted a certificate and its key in PEM format"),
        ("cert.pem", "other.pem", "other.pem: the key does not belong to the certificate"),
        ("cert.pem", "locked.pem", "locked.pem: the key has a password"),
    ],
)
def test_files_that_do_not_fit_are_refused(tmp_path, cert, key, message):
    files(tmp_path)
    other = trustme.CA().issue_cert("localhost").private_key_pem
    other.write_to_path(str(tmp_path / "other.pem"))
    (tmp_path / "locked.pem").write_bytes(locked(other.bytes()))
    tls = Tls(cert=tmp_path / cert, key=tmp_path / key if key else None)
    with pytest.raises(CannotServeTls, match=message), served_tls(tls):
        pass


def locked(key: bytes) -> bytes:
    """Return a key with a password."""
    from cryptography.hazmat.primitives import serialization

    read = serialization.load_pem_private_key(key, None)
    return read.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"secret"),
    )


@pytest.mark.parametrize("name", ["mock_ai", "host:80", "a" * 64])
def test_name_that_cannot_be_in_a_certificate_is_refused(name):
    message = f"^'{name}' cannot be in a certificate: .*; wanted the name of a host"
    with pytest.raises(CannotServeTls, match=message), served_tls(Tls(), [name]):
        pass


def test_authority_that_cannot_be_written_is_refused(tmp_path):
    tls = Tls(ca_file=tmp_path / "missing" / "ca.pem")
    message = r"ca.pem: cannot be written: No such file"
    with pytest.raises(CannotServeTls, match=message), served_tls(tls):
        pass
