"""An option is a flag, an environment variable and a key of the ini file, in this order."""

from __future__ import annotations

import pytest

from streamproof.harness.pytest_plugin.options import OPTIONS, RELAY, SCENARIOS
from tests.harness.pytest_plugin.running import run, write

pytest_plugins = ["pytester"]

SHOW = """\
from streamproof.harness.pytest_plugin.options import RELAY, SCENARIOS

def test_it(pytestconfig):
    print("relay", RELAY.of(pytestconfig), SCENARIOS.path_of(pytestconfig))
"""


@pytest.fixture(autouse=True)
def project(pytester: pytest.Pytester) -> None:
    write(pytester, "below/test_it.py", SHOW)


def shown(pytester: pytest.Pytester, *arguments: str, **environment: str) -> str:
    """Return what the options are in a run."""
    [line] = [
        line for line in run(pytester, "-s", *arguments, **environment).outlines if "relay " in line
    ]
    return line.partition("relay ")[2].rstrip(".")


def test_the_flag_wins_over_the_variable_and_the_variable_over_the_file(pytester):
    assert shown(pytester) == "None None"
    pytester.makeini("[pytest]\nstreamproof_relay = http://ini\n")
    assert shown(pytester) == "http://ini None"
    environment = {RELAY.variable: "http://variable"}
    assert shown(pytester, **environment) == "http://variable None"
    flag = f"{RELAY.flag}=http://flag"
    assert shown(pytester, flag, **environment) == "http://flag None"


def test_a_folder_of_the_file_is_relative_to_the_file(pytester, monkeypatch):
    answer = "name: one\ntitle: One\nsteps: [end]\n"
    write(pytester, "scenarios/one.yaml", answer)
    write(pytester, "below/scenarios/one.yaml", answer)
    pytester.makeini("[pytest]\nstreamproof_scenarios = scenarios\n")
    monkeypatch.chdir(pytester.path / "below")
    assert shown(pytester, "test_it.py").endswith(f" {pytester.path / 'scenarios'}")
    given = shown(pytester, "test_it.py", "-k", "test_it", f"{SCENARIOS.flag}=scenarios")
    assert given.endswith(f" {pytester.path / 'below' / 'scenarios'}")


def test_every_option_has_one_name_in_all_three_places():
    assert [(one.flag, one.ini, one.variable) for one in OPTIONS[:2]] == [
        ("--streamproof-relay", "streamproof_relay", "STREAMPROOF_RELAY"),
        ("--streamproof-settings", "streamproof_settings", "STREAMPROOF_SETTINGS"),
    ]
