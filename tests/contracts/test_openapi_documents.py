"""The documents in OpenAPI 3.1 and 3.2 say the same; only the items of sequences are spelled."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from streamproof.contracts.openapi_documents import NAMES, V3_2, VERSIONS, in_3_2, openapi_document

DOCUMENT = pytest.mark.parametrize("name", NAMES)


def differences(one: Any, other: Any, place: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the places at which two JSON values differ."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted({*one, *other}):
            if key in one and key in other:
                yield from differences(one[key], other[key], (*place, key))
            else:
                yield (*place, key)
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for number, pair in enumerate(zip(one, other, strict=True)):
            yield from differences(*pair, (*place, str(number)))
    elif one != other:
        yield place


@DOCUMENT
def test_both_versions_differ_only_in_the_items_of_sequences(name):
    found = list(differences(openapi_document(name), openapi_document(name, V3_2)))
    assert ("openapi",) in found
    spelled = {"schema", "itemSchema", "x-item-schema"}
    assert {place[-1] for place in found} - {"openapi"} <= spelled
    assert {place[-3] for place in found if len(place) > 1} <= {"content"}


@pytest.mark.parametrize("name", ["ai-service", "relay"])
def test_the_item_of_an_event_stream_is_what_3_1_calls_its_schema(name):
    both = [openapi_document(name, version)["components"]["responses"] for version in VERSIONS]
    old, new = (response["stream"]["content"]["text/event-stream"] for response in both)
    assert new == {"itemSchema": old["schema"]}


def test_other_sequences_have_their_item_beside_the_schema():
    old, new = (
        openapi_document("ai-service", version)["components"]["responses"]["providerReply"]
        for version in VERSIONS
    )
    assert old["content"]["application/x-ndjson"]["schema"]["type"] == "string"
    lines = new["content"]["application/x-ndjson"]
    assert list(lines) == ["itemSchema"]
    assert lines["itemSchema"]["type"] == "object"
    assert new["content"]["application/json"] == old["content"]["application/json"]


def test_a_property_named_content_stays_as_it_is():
    schema = {"properties": {"content": {"type": "string", "x-item-schema": 1}}}
    assert in_3_2({"openapi": "3.1.0", "a": [schema]}) == {"openapi": "3.2.0", "a": [schema]}


@DOCUMENT
@pytest.mark.parametrize("version", VERSIONS)
def test_the_document_is_valid_in_its_version(name, version):
    import schemathesis  # it takes a second

    schemathesis.openapi.from_dict(openapi_document(name, version)).validate()
