"""The variables of the official clients; tests/agreement/clients/test_variables.py uses them."""

from streamproof.harness.client_variables import VARIABLES, client_environment, variables_of
from streamproof.harness.pytest_plugin import plugin

SECRET = "a real key"


def test_every_client_has_a_fixture():
    assert {f"streamproof_{name.replace('-', '_')}" for name in VARIABLES} <= set(vars(plugin))
    assert variables_of("ollama", "http://mock")["OLLAMA_HOST"] == "http://mock"


def test_a_program_gets_the_variables_of_every_client_and_no_real_key(monkeypatch):
    for name in {name for variables in VARIABLES.values() for name in variables}:
        monkeypatch.setenv(name, SECRET)
    monkeypatch.setenv("OWN", "kept")
    found = client_environment("http://mock", "it")
    assert SECRET not in found.values()
    assert (found["STREAMPROOF_URL"], found["STREAMPROOF_SCENARIO"]) == ("http://mock", "it")
    assert (found["OPENAI_BASE_URL"], found["OWN"]) == ("http://mock/v1", "kept")
    assert "OLLAMA_API_KEY" not in found
