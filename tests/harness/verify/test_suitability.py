"""A scenario that says nothing about a backend is skipped, and the reason says what it needs."""

import pytest

from streamproof.harness.verify.capabilities import OF_THE_PROTOCOL
from streamproof.harness.verify.profiles.profile import builtin_profile
from streamproof.harness.verify.settings.model import BackendSettings, TargetSettings
from streamproof.harness.verify.suitability import needed_capabilities, why_skipped
from streamproof.harness.verify.targets.declared import how_to_ask
from streamproof.harness.verify.targets.target import RelayTarget, RelayUser
from tests.shipped_files import SCENARIOS


def target(
    dialect: str = "chat", *, without: set[str] | None = None, profile: str = "frontend"
) -> RelayTarget:
    async def new_user() -> RelayUser:
        return RelayUser("room")

    return RelayTarget(
        url="http://relay.test",
        new_user=new_user,
        ask=how_to_ask(TargetSettings(backend=BackendSettings(url="http://relay.test"))),
        dialect=dialect,
        profile=builtin_profile(profile),
        capabilities=OF_THE_PROTOCOL - (without or set()),
    )


@pytest.mark.parametrize(
    ("name", "dialect", "reason"),
    [
        ("word-by-word", "openai-chat", None),
        ("end-missing", "anthropic", None),
        ("bad-json-in-one-event", "openai-chat", "written out for the chat dialect"),
        ("anthropic-stops-inside-a-tool-call", "openai-chat", "written for another dialect"),
        ("weather", "anthropic", "steps besides text"),
        ("drop-end", "openai-chat", "means something else in the dialect openai-chat: completed"),
        ("openai-cut", "openai-chat", None),
        ("openai-error-object-first", "openai-chat", None),
        ("openai-without-done", "openai-chat", "clients differ in what they make of its stream"),
    ],
)
def test_a_scenario_needs_what_the_dialect_has(name, dialect, reason):
    why = why_skipped(SCENARIOS[name], target(dialect))
    assert why is None if reason is None else reason in (why or "")


def test_every_scenario_says_something_about_a_backend_of_the_protocol():
    assert {name for name, one in SCENARIOS.items() if why_skipped(one, target())} == set()


@pytest.mark.parametrize(
    ("name", "capability"),
    [
        ("bad-json-in-one-event", "raw_passthrough"),
        ("sources-first", "sources"),
        ("event-too-large", "size_limits"),
        ("stall-mid-answer", "time_limits"),
        ("retry-after-in-the-past", "retries"),
    ],
)
def test_a_scenario_needs_what_decides_its_outcome(name, capability):
    assert capability in set(needed_capabilities(SCENARIOS[name], target()))
    why = why_skipped(SCENARIOS[name], target(without={capability}))
    assert why == f"it needs {capability}, which is not declared"


def test_only_the_frames_of_the_protocol_have_sources_to_compare():
    relay = target(profile="vercel-ui", without={"sources"})
    assert why_skipped(SCENARIOS["sources-first"], relay) is None
