"""What pytest loads in every run: options, markers, fixtures and hooks.

It imports only pytest, and no fixture is used by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from pathlib import Path

    from streamproof.harness.known_failures.loading import KnownFailures
    from streamproof.harness.pytest_plugin.relay_client import RelayClient
    from streamproof.harness.pytest_plugin.scenario_items import ScenarioFile
    from streamproof.harness.pytest_plugin.services import Services
    from streamproof.harness.pytest_plugin.usage import UsedScenarios
    from streamproof.mock_ai import AwaitedRun, ThreadedMock

T = TypeVar("T")

RELAY_FIXTURE: Final = "streamproof_relay"
MARKER: Final = (
    "scenario(name, ..., speed=None): the mock of the test plays these scenarios, one for each"
    " message, and the last one for all further messages; a name or the path of a file"
)
MOCK: Final[pytest.StashKey[ThreadedMock]] = pytest.StashKey()
USED: Final[pytest.StashKey[UsedScenarios]] = pytest.StashKey()
SERVICES: Final[pytest.StashKey[Services]] = pytest.StashKey()
FOLDER: Final[pytest.StashKey[Path]] = pytest.StashKey()
FILES: Final[pytest.StashKey[frozenset[Path]]] = pytest.StashKey()
KNOWN: Final[pytest.StashKey[KnownFailures]] = pytest.StashKey()
ONE_PROCESS: Final[pytest.StashKey[str]] = pytest.StashKey()
"""Why the tests are not divided, although pytest-xdist was to do so."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options."""
    from streamproof.harness.pytest_plugin.options import OPTIONS

    for option in OPTIONS:
        option.declare(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker; find the scenario files and known failures, if they are given."""
    from streamproof.harness.pytest_plugin.options import KNOWN_FAILURES, SCENARIOS

    config.addinivalue_line("markers", MARKER)
    config.pluginmanager.register(_UsageLine(), "streamproof-usage")
    folder = SCENARIOS.path_of(config)
    if folder is not None:
        from streamproof.harness.pytest_plugin.scenario_items import (
            add_to_arguments,
            files_in,
            spelled,
        )

        config.stash[FOLDER] = spelled(folder)
        config.stash[FILES] = files_in(folder)
        add_to_arguments(config, folder)
    known = KNOWN_FAILURES.path_of(config)
    if known is not None:
        from streamproof.harness.pytest_plugin.known import load_list

        config.stash[KNOWN] = load_list(known)
    # pytest-xdist reads its options after this function.
    is_divided = config.getoption("tx", None) and config.getoption("dist") != "no"
    if FOLDER in config.stash and is_divided:
        from streamproof.harness.pytest_plugin.processes import keep_in_one_process

        keep_in_one_process(config)


def pytest_report_header(config: pytest.Config) -> str | None:
    """Print why the tests are not divided."""
    return config.stash.get(ONE_PROCESS, None)


# --- Fixtures


@pytest.fixture
def streamproof_mock(request: pytest.FixtureRequest) -> Iterator[ThreadedMock]:
    """Return a mock AI service; it is in its initial state, and in a thread of its own.

    `@pytest.mark.scenario("NAME")` chooses what it plays. In asynchronous tests, use
    `streamproof_async_mock`.
    """
    from streamproof.harness.pytest_plugin.marker import play_marked
    from streamproof.harness.pytest_plugin.usage import usage_of

    asks_relay = RELAY_FIXTURE in request.fixturenames
    mock = _or_fail(lambda: services_of(request.config).mock_for(asks_relay=asks_relay))
    play_marked(mock, request.node)
    request.node.stash[MOCK] = mock
    yield mock
    request.node.stash[USED] = usage_of(mock)
    for stream in mock.streams:
        stream.drop()
    mock.reset()


@pytest.fixture
def streamproof_async_mock(streamproof_mock: ThreadedMock) -> AwaitedRun:
    """Return the same mock for an asynchronous test: `await mock.wait_for()`."""
    return streamproof_mock.awaited


@pytest.fixture
def streamproof_relay(
    request: pytest.FixtureRequest,
    streamproof_mock: ThreadedMock,  # noqa: ARG001  # its AI service, with what a marker chose
) -> RelayClient:
    """Return a user of the relay under test, with a room of their own.

    The relay is the one of `--streamproof-relay`, or else the reference relay; its AI service is
    `streamproof_mock`.
    """
    return _or_fail(lambda: services_of(request.config).new_client())


@pytest.fixture
def streamproof_openai(
    streamproof_mock: ThreadedMock, monkeypatch: pytest.MonkeyPatch
) -> ThreadedMock:
    """Return the mock, which clients of OpenAI find by their environment variables."""
    return _pointed(streamproof_mock, monkeypatch, "openai")


@pytest.fixture
def streamproof_azure_openai(
    streamproof_mock: ThreadedMock, monkeypatch: pytest.MonkeyPatch
) -> ThreadedMock:
    """Return the mock, which clients of OpenAI on Azure find by their environment variables."""
    return _pointed(streamproof_mock, monkeypatch, "azure-openai")


@pytest.fixture
def streamproof_anthropic(
    streamproof_mock: ThreadedMock, monkeypatch: pytest.MonkeyPatch
) -> ThreadedMock:
    """Return the mock, which clients of Anthropic find by their environment variables."""
    return _pointed(streamproof_mock, monkeypatch, "anthropic")


@pytest.fixture
def streamproof_bedrock(
    streamproof_mock: ThreadedMock, monkeypatch: pytest.MonkeyPatch
) -> ThreadedMock:
    """Return the mock, which clients of Amazon Bedrock find by their environment variables.

    They also need a region and keys, which stay as they are: other services use them.
    """
    return _pointed(streamproof_mock, monkeypatch, "bedrock")


@pytest.fixture
def streamproof_gemini(
    streamproof_mock: ThreadedMock, monkeypatch: pytest.MonkeyPatch
) -> ThreadedMock:
    """Return the mock, which clients of Gemini find by their environment variables."""
    return _pointed(streamproof_mock, monkeypatch, "gemini")


@pytest.fixture
def streamproof_ollama(
    streamproof_mock: ThreadedMock, monkeypatch: pytest.MonkeyPatch
) -> ThreadedMock:
    """Return the mock, which clients of Ollama find by their environment variables."""
    return _pointed(streamproof_mock, monkeypatch, "ollama")


@pytest.fixture
def streamproof_cohere(
    streamproof_mock: ThreadedMock, monkeypatch: pytest.MonkeyPatch
) -> ThreadedMock:
    """Return the mock, which clients of Cohere find by their environment variables.

    The client for Python reads them when it is imported, so import it in the test.
    """
    return _pointed(streamproof_mock, monkeypatch, "cohere")


def _pointed(mock: ThreadedMock, monkeypatch: pytest.MonkeyPatch, client: str) -> ThreadedMock:
    from streamproof.harness.client_variables import variables_of

    for variable, value in variables_of(client, mock.url).items():
        if value is None:
            monkeypatch.delenv(variable, raising=False)
        else:
            monkeypatch.setenv(variable, value)
    return mock


def _or_fail(start: Callable[[], T]) -> T:
    """Return what a function returns; fail the test with the words of an error of streamproof."""
    from streamproof.errors import StreamproofError

    try:
        return start()
    except StreamproofError as error:
        from streamproof.harness.pytest_plugin.error_text import error_text

        problem = error_text(error)
    pytest.fail(problem, pytrace=False)


def services_of(config: pytest.Config) -> Services:
    """Return the mock and the relay of this process; each is started when it is used first."""
    if SERVICES not in config.stash:
        from streamproof.harness.known_failures.loading import KnownFailures
        from streamproof.harness.pytest_plugin.services import services_by

        known = config.stash.get(KNOWN, KnownFailures())
        services = config.stash[SERVICES] = services_by(config, known)
        config.add_cleanup(services.close)
    return config.stash[SERVICES]


# --- Scenario files as tests


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Add what a relay of the user's own plays besides scenarios to their folder."""
    report = yield
    is_folder = collector.path == collector.config.stash.get(FOLDER, None)
    if is_folder and isinstance(collector, pytest.Directory):
        from streamproof.harness.pytest_plugin.relay_items import around

        report.result = around(collector, report.result or ())
    return report


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> ScenarioFile | None:
    """Collect a scenario file of the given folder."""
    if file_path not in parent.config.stash.get(FILES, ()):
        return None
    from streamproof.harness.pytest_plugin.scenario_items import ScenarioFile

    file: ScenarioFile = ScenarioFile.from_parent(parent, path=file_path)
    return file


@pytest.hookimpl(tryfirst=True)  # before tests are deselected
def pytest_collection_modifyitems(
    session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Add the test of the list of known failures, and put tests of a relay into a group."""
    if KNOWN in config.stash and FILES in config.stash:
        from streamproof.harness.pytest_plugin.list_items import add_test_of_list

        add_test_of_list(session, items)
    asking = [one for one in items if RELAY_FIXTURE in getattr(one, "fixturenames", ())]
    if asking and config.pluginmanager.hasplugin("xdist"):
        from streamproof.harness.pytest_plugin.processes import mark_tests_of_relay

        mark_tests_of_relay(config, asking)


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the order
def pytest_collection_finish(session: pytest.Session) -> None:
    """Put the tests of what a relay declares at the end, whatever changed the order."""
    if FILES in session.config.stash:
        from streamproof.harness.pytest_plugin.relay_items import run_last

        run_last(session.items)


# --- Reports


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Attach the journal of the mock to a failed test, and what the test used to every test."""
    report = yield
    if report.failed and call.when != "teardown" and MOCK in item.stash:
        from streamproof.harness.pytest_plugin.journal_text import journal_section

        report.sections.append(journal_section(item.stash[MOCK]))
    if call.when == "teardown" and USED in item.stash:
        # pytest-xdist passes the attributes of a report on to its main process.
        vars(report)["streamproof_usage"] = item.stash[USED].as_json()
    return report


class _UsageLine:
    """Collects what the tests of all processes used, for one line at the end."""

    def __init__(self) -> None:
        self._found: list[dict[str, list[str]]] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take what a test used from its report."""
        if used := getattr(report, "streamproof_usage", None):
            self._found.append(used)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the line, if something was not used."""
        if self._found:
            from streamproof.harness.pytest_plugin.usage import UsedScenarios

            total = UsedScenarios()
            for used in self._found:
                total.add(used)
            if line := total.line():
                terminalreporter.write_line(line, yellow=True)
