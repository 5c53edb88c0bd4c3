"""The page of the gateways has exactly what the scenarios find in them."""

import re
from pathlib import Path

import pytest

from bench.clients.errors import Missing
from bench.gateways.verified import GATEWAYS, broken_checks, settings_of, verified
from streamproof.harness.verify.settings.loading import load_settings
from tests.shipped_files import LONG, SCENARIOS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "gateways.md").read_text("utf-8")


@pytest.mark.parametrize("gateway", GATEWAYS, ids=lambda one: one.name)
def test_the_settings_of_a_gateway_load_and_the_page_names_its_version(gateway):
    load_settings(ROOT / "bench" / "gateways" / gateway.name / "streamproof.toml")
    assert f"{gateway.name} {gateway.version}" in PAGE.lower()


@pytest.mark.prove
@pytest.mark.parametrize("gateway", GATEWAYS, ids=lambda one: one.name)
def test_the_page_has_every_check_that_a_gateway_breaks_and_no_other(gateway):
    try:
        settings = settings_of(gateway)
    except Missing as error:
        pytest.skip(f"{gateway.name} cannot be installed: {error}")
    scenarios = [one for name, one in SCENARIOS.items() if name not in LONG]
    found = broken_checks(verified(settings, scenarios))
    section = PAGE[PAGE.lower().index(f"## {gateway.name}") :]
    assert set(re.findall(r"^\| `([\w.-]+)` \|", section, re.MULTILINE)) == set(found)
