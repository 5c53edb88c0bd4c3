"""The written file says what was found, loads, and leaves the rest as comments."""

import pytest

from streamproof.contracts.source.toml_text import parse_toml
from streamproof.harness.verify.capabilities import CAPABILITIES
from streamproof.harness.verify.probing.writing import settings_text
from streamproof.harness.verify.settings.loading import check_document

DOCUMENT = {
    "profile": "events",
    "relay": {
        "url": "http://127.0.0.1:1",
        "start": "node 'my server.mjs' \"x\" \\ \t",
        "environment": {"A B": "{ai_url}/v1", "C": "é😀\x7f"},
    },
    "ask": {"path": "/ask/{room}", "json": {"text": "{message}", "n": [1, True, {"deep": 1.5}]}},
    "events": {
        "content": {"when": {"data.type": "piece"}, "text": "data.text"},
        "end": {"data": "[DONE]"},
    },
}


def test_the_file_has_the_document_and_the_capabilities():
    text = settings_text(DOCUMENT, {"ids"}, "./settings.schema.json")
    assert text.startswith("#:schema ./settings.schema.json\n")
    document = parse_toml(text)
    check_document(document)
    assert document.value == DOCUMENT | {"capabilities": {"ids": True}}


@pytest.mark.parametrize("name", sorted(CAPABILITIES.keys() - {"reasons"}))
def test_every_other_capability_is_there_to_be_declared(name):
    text = settings_text({"relay": {"url": "http://h"}}, set(), "x")
    (line,) = (one for one in text.splitlines() if one.startswith(f"# {name} = true"))
    assert line.endswith(f"# {CAPABILITIES[name]}")
