"""The page of the gateways has exactly what the scenarios find in them."""

import re
from pathlib import Path

import pytest

from bench.clients.errors import Missing
from bench.gateways.verified import GATEWAYS, broken_checks, settings_of, verified
from streamproof.harness.reports.result import CheckState
from streamproof.harness.verify.settings.loading import load_settings
from tests.shipped_files import LONG, SCENARIOS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "gateways.md").read_text("utf-8")
ROW = re.compile(r"^\| `([\w.-]+)` \| (.*) \| ([^|]*) \|$", re.MULTILINE)
SOMETIMES = "In some runs, "
"""How the page begins what a gateway does not do each time."""


def rows_of(gateway):
    """Return the rows of a gateway by check: what happens, and the scenarios that show it."""
    sections = re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]
    [section] = [one for one in sections if one.lower().startswith(f"{gateway.name}\n")]
    return {
        check: (what, set(re.findall(r"`([\w.-]+)`", shown)))
        for check, what, shown in ROW.findall(section)
    }


@pytest.mark.parametrize("gateway", GATEWAYS, ids=lambda one: one.name)
def test_the_settings_of_a_gateway_load_and_the_page_names_its_version(gateway):
    load_settings(ROOT / "bench" / "gateways" / gateway.name / "streamproof.toml")
    assert f"{gateway.name} {gateway.version}" in PAGE.lower()


@pytest.mark.parametrize("gateway", GATEWAYS, ids=lambda one: one.name)
def test_each_check_in_the_page_has_a_shipped_scenario(gateway):
    rows = rows_of(gateway)
    assert rows
    assert all(shown and shown <= set(SCENARIOS) - LONG for _, shown in rows.values())


@pytest.mark.prove
@pytest.mark.parametrize("gateway", GATEWAYS, ids=lambda one: one.name)
def test_the_page_has_every_check_that_a_gateway_breaks_and_scenarios_that_show_it(gateway):
    try:
        settings = settings_of(gateway)
    except Missing as error:
        pytest.skip(f"{gateway.name} cannot be installed: {error}")
    scenarios = [one for name, one in SCENARIOS.items() if name not in LONG]
    result = verified(settings, scenarios)
    unjudged = [case.name for case in result.cases if case.state is CheckState.UNJUDGED]
    assert unjudged == [], "the machine is too busy to compare anything"
    found, rows = broken_checks(result), rows_of(gateway)
    assert set(found) <= set(rows)
    for check, (what, shown) in rows.items():
        if check in found or not what.startswith(SOMETIMES):
            assert shown <= set(found.get(check, ())), check
