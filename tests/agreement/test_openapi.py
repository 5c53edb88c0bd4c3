"""Both servers do what their OpenAPI documents say: Schemathesis finds nothing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.postgres import Databases
from tests.processes import output, serving
from tests.round_robin import round_robin

HERE = Path(__file__).resolve().parent
SECRET = "schemathesis-" * 3


@pytest.fixture(scope="module")
def mock() -> Iterator[str]:
    """Return the URL of a mock that answers every valid question."""
    with serving("mock", "--default", "example-conversation", "--speed", "0") as url:
        yield url


@pytest.fixture(scope="module")
def relay(mock: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the URL of a relay in front of that mock."""
    database = tmp_path_factory.mktemp("relay") / "chat.sqlite3"
    with serving(
        "relay", "--ai-url", mock, "--database", str(database), STREAMPROOF_JWT_SECRET=SECRET
    ) as url:
        yield url


@pytest.fixture
def replicas(mock: str, postgres: Databases) -> Iterator[list[str]]:
    """Return the URLs of two relays that share a database."""
    words = ("--ai-url", mock, "--database", postgres.migrated())
    with ExitStack() as stack:
        yield [
            stack.enter_context(serving("relay", *words, STREAMPROOF_JWT_SECRET=SECRET))
            for _ in range(2)
        ]


def hold(
    url: str,
    tmp_path: Path,
    amount: Sequence[str],
    *arguments: str,
    document: str = "/openapi.json",
) -> None:
    """Fail with all that Schemathesis printed where it found something."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli"),
            *("--config-file", str(HERE / "schemathesis.toml")),
            *("run", f"{url}{document}", *amount),
            *("--generation-deterministic", "--no-color", *arguments),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.fail(done.stdout + done.stderr, pytrace=False)


AMOUNTS = [
    # The boundary values of every schema; random values add little to so few.
    pytest.param(("--phases", "examples,coverage"), id="short"),
    pytest.param(("--max-examples", "150"), id="long", marks=pytest.mark.prove),
]


@pytest.mark.prove
@pytest.mark.parametrize("amount", AMOUNTS)
def test_mock_does_what_its_document_says(mock, tmp_path, amount):
    hold(mock, tmp_path, amount)


@pytest.mark.prove  # its replies are held against its document in tests/mock_ai/control, too
@pytest.mark.parametrize("amount", AMOUNTS)
def test_control_of_the_mock_does_what_its_document_says(mock, tmp_path, amount):
    # To wait takes as long as it is told to: tests/mock_ai/control/test_journal.py does it.
    arguments = ("--exclude-operation-id", "waitForEntries")
    document = "/__mock/openapi.json"
    hold(mock, tmp_path, amount, *arguments, document=document)


@pytest.mark.parametrize("amount", AMOUNTS)
@pytest.mark.prove
def test_relay_does_what_its_document_says(relay, tmp_path, amount):
    hold(relay, tmp_path, amount, *_of_a_user())


@pytest.mark.prove
def test_two_relays_do_what_their_document_says(replicas, tmp_path):
    amount = ("--phases", "examples,coverage,stateful", "--max-examples", "50")
    with round_robin(replicas) as url:
        hold(url, tmp_path, amount, *_of_a_user())
    for relay in replicas:
        with urlopen(f"{relay}/metrics") as metrics:  # noqa: S310 - a relay of this test
            assert "streamproof_relay_turns_total{" in metrics.read().decode()


def _of_a_user() -> tuple[str, str]:
    token = output("token", "--user", "schemathesis", STREAMPROOF_JWT_SECRET=SECRET)
    return "--header", f"Authorization: Bearer {token}"
