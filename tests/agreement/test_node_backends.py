"""Backends in Node.js, verified by their settings files: each finding is a bug that they have.

`seed.ts` is the relay of the document from which the protocol comes, unchanged. `hono.ts` is what a
careful developer makes of it with Hono. `use-chat.ts` is the route of a page with useChat.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import ClientSession

from streamproof.harness.reports.result import CheckState, RunResult
from streamproof.harness.verify.relay_run import RelaysUnderTest, RunOptions, verify_relay
from streamproof.harness.verify.settings.loading import load_settings
from streamproof.harness.verify.targets.declared import declared_relay
from tests.node_packages import node_path, working_copy
from tests.ports import free_port
from tests.shipped_files import SCENARIOS

PROJECT = Path(__file__).parents[1] / "foreign_backends" / "node"
PORTS = ("3101", "3102", "3103")
SOUND = ("word-by-word", "sources-first", "crlf-line-ends", "status-500", "cut-mid-answer")
"""Scenarios of which most backends make the right thing."""

EXPECTED: Mapping[str, Mapping[str, set[str]]] = {
    "seed": {
        "frontend.after-terminal": {
            "word-by-word",
            "sources-first",
            "crlf-line-ends",
            "double-end",
        },
        "frames.kinds": {"end-missing"},
        "stored.ai-row": {"end-missing"},
    },
    "hono": {
        "frames.kinds": {"cr-line-ends"},
        "frontend.shape": {"wrong-event-names"},
        "frontend.message-names": {"wrong-event-names"},
        "frontend.after-terminal": {"wrong-event-names"},
    },
    "use-chat": {
        "answer.end": {"end-missing"},
        "answer.error": {"end-missing", "cut-mid-answer"},
        "vercel-ui.unbroken": {"cut-mid-answer"},
    },
}
"""The broken checks of each backend, with the scenarios in which they are broken.

seed: it sends its own `end` after that of the AI service, and takes a stream that stops for a
complete one. hono: it waits for what follows a CR, and passes on any event name. use-chat: the AI
SDK takes a stream that stops for a complete one, and breaks off when the AI service does.
"""
MORE = {
    "seed": ("end-missing", "double-end"),
    "hono": ("end-missing", "double-end", "cr-line-ends", "wrong-event-names"),
    "use-chat": ("end-missing", "double-end", "openai-error-object-first"),
}


RARE = {
    "seed": {
        *("stored.answer", "stored.sources", "stored.at-end", "frontend.shape", "frontend.json"),
        *("frontend.message-names", "frontend.close", "frontend.stall", "frames.verbatim"),
        "upstream.attempts",
    },
    "hono": {"frontend.close", "frontend.stall", "frontend.json", "upstream.attempts"},
    "use-chat": {"answer.text"},
}
"""What else breaks in some scenario of the whole pack."""


@pytest.fixture(scope="module")
def project() -> Iterator[Path]:
    node_path()
    with working_copy(PROJECT) as folder:
        yield folder


def on_free_ports(file: Path) -> Path:
    """Give the backend of a settings file a port that no program uses."""
    text = file.read_text()
    for port in PORTS:
        text = text.replace(port, str(free_port()) if port in text else port)
    file.write_text(text)
    return file


async def verified(file: Path, scenarios: tuple[str, ...]) -> RunResult:
    settings = load_settings(file)

    @asynccontextmanager
    async def open_relays(session: ClientSession, ai_url: str):
        async with declared_relay(session, settings, ai_url) as target:
            yield RelaysUnderTest(target, target)

    chosen = [SCENARIOS[name] for name in scenarios]
    options = RunOptions(scenarios=chosen)
    return await verify_relay(options, open_relays)


def broken(result: RunResult) -> dict[str, set[str]]:
    """Return the broken checks, with the cases in which they are broken."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for case in result.cases:
        for outcome in case.outcomes:
            if outcome.state is CheckState.BROKEN:
                found[outcome.check].add(case.name)
    return dict(found)


@pytest.mark.parametrize("name", EXPECTED)
async def test_every_bug_of_the_backend_is_found_and_nothing_else(project, name):
    result = await verified(on_free_ports(project / f"{name}.toml"), (*SOUND, *MORE[name]))
    assert broken(result) == EXPECTED[name]


@pytest.mark.prove
@pytest.mark.parametrize("name", EXPECTED)
async def test_the_whole_pack_finds_these_bugs_and_a_few_more(project, name):
    result = await verified(on_free_ports(project / f"{name}.toml"), tuple(SCENARIOS))
    found = set(broken(result))
    assert found >= set(EXPECTED[name])
    assert found - set(EXPECTED[name]) <= RARE[name]
