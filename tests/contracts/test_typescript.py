"""The TypeScript file has every shape of the schemas, under the names of the protocol."""

from __future__ import annotations

import json
import re

import pytest

from streamproof.contracts.contract import SCHEMAS

TYPES = (SCHEMAS.parent / "ts" / "events.d.ts").read_text("utf-8")
EXPORTED = set(re.findall(r"^export (?:interface|type) (\w+)", TYPES, re.MULTILINE))

PROTOCOL = {
    "AiClientContentResponse": {"type", "content"},
    "AiClientSourceResponse": {"type", "sources"},
    "AiClientEndResponse": {"type"},
    "AiClientSource": {"id", "title", "content"},
}


def contents(name):
    return json.loads((SCHEMAS / f"{name}.schema.json").read_text("utf-8"))


def members(name):
    body = re.search(rf"^export interface {name} \{{\n(.*?)^\}}", TYPES, re.MULTILINE | re.DOTALL)
    return set(re.findall(r"^ {4}(\w+):", body[1], re.MULTILINE)) if body else None


@pytest.mark.parametrize("name", ["ai-service", "frontend"])
def test_every_definition_and_the_union_are_exported(name):
    schema = contents(name)

    assert {*schema["$defs"], schema["title"]} - EXPORTED == set()


def test_nothing_else_is_exported():
    schemas = [contents(name) for name in ("ai-service", "frontend")]

    assert {name for s in schemas for name in (*s["$defs"], s["title"])} == EXPORTED


@pytest.mark.parametrize("name", ["ai-service", "frontend"])
def test_every_interface_has_the_keys_of_its_schema(name):
    for definition, schema in contents(name)["$defs"].items():
        if "properties" in schema:
            assert members(definition) == set(schema["required"]) == set(schema["properties"])


def test_the_interfaces_of_the_protocol_are_exported():
    assert {name: members(name) for name in PROTOCOL} == PROTOCOL
    assert set(contents("ai-service")["$defs"]) == set(PROTOCOL)
    assert contents("ai-service")["title"] == "AiClientResponse"
