"""The schema of the scenario format explains every key, with examples that are valid."""

from collections.abc import Iterator
from typing import Any

from jsonschema import Draft202012Validator

from streamproof.contracts.schema import load_schema
from streamproof.mock_ai.library.files import shipped_folder
from streamproof.mock_ai.library.loading import scenario_schema

SCHEMA = scenario_schema().contents


def properties(node: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every property of a schema, and of those inside it, with its path."""
    for name, schema in node.get("properties", {}).items():
        if schema.keys() != {"$ref"}:  # what it refers to is met elsewhere
            yield f"{path}.{name}".removeprefix("."), schema
    below = {**node.get("properties", {}), **node.get("$defs", {}), "[]": node.get("items", {})}
    for name, schema in below.items():
        if schema:
            yield from properties(schema, f"{path}.{name}")


def test_schema_has_no_misspelt_keyword_and_no_open_reference():
    assert load_schema(shipped_folder() / "scenario.schema.json").contents == SCHEMA


def test_properties_are_explained_by_a_sentence():
    found = [path for path, s in properties(SCHEMA) if not s["description"].endswith(".")]
    assert found == []


def test_properties_have_valid_examples():
    for path, schema in properties(SCHEMA):
        validator = Draft202012Validator({"$defs": SCHEMA["$defs"], **schema})
        assert schema["examples"], path
        assert [e for e in schema["examples"] if not validator.is_valid(e)] == [], path


def test_all_objects_are_closed_but_for_names_and_values_of_others():
    open_ones = {
        path.rpartition(".")[2]
        for path, schema in properties(SCHEMA)
        if "object" in schema.get("type", ()) and schema.get("additionalProperties") is not False
    }
    names_of_others = {"headers", "query", "trailers", "json", "vars", "body", "data", "arguments"}
    assert open_ones == names_of_others


def test_every_kind_of_reply_has_the_same_keys():
    definitions = SCHEMA["$defs"]
    reply = definitions["reply"]["properties"].keys()
    assert definitions["turn"]["properties"].keys() == reply | {"then"}
    assert definitions["alternative"]["properties"].keys() == reply - {"times", "choose"} | {
        "weight"
    }
    assert reply <= SCHEMA["properties"].keys()
